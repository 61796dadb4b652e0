//! Short names for the operators that move elements and look through windows; the arithmetic is in `sugar.rs`.

use super::{Builder, GraphError, ValueId};
use crate::ops;
use crate::tensor::{Data, Dim, Tensor};

impl Builder {
    /// A constant tensor of the same element type as `like` (f32 unless that is f64).
    ///
    /// # Errors
    /// [`GraphError::Mismatch`] when the sizes do not multiply to the number of values.
    pub fn constant_like(&mut self, shape: &[usize], values: Vec<f64>, like: ValueId) -> Result<ValueId, GraphError> {
        let found = values.len();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "constants are given in f64 and stored as the graph computes"
        )]
        let tensor = match self.ty(like).dtype {
            crate::tensor::DType::F64 => Tensor::new(shape, Data::F64(values.into())),
            _ => Tensor::f32(shape, values.into_iter().map(|v| v as f32).collect()),
        };
        let tensor = tensor.map_err(|_| GraphError::Mismatch {
            what: "a constant".to_owned(),
            expected: format!("values for {shape:?}"),
            found: format!("{found} values"),
        })?;
        Ok(self.constant(tensor))
    }

    /// Zeros of the type of `x`; they do not depend on its values, so not on its infinities.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub(crate) fn zeros_like(&mut self, x: ValueId) -> Result<ValueId, GraphError> {
        let shape = self.ty(x).shape.clone();
        let zero = self.scalar_like(0.0, x);
        self.expand(zero, &shape)
    }

    /// Positions `start .. start + len` of an axis.
    ///
    /// # Errors
    /// [`GraphError::Op`] when they are not all there.
    pub fn slice(
        &mut self,
        x: ValueId,
        axis: usize,
        start: impl Into<Dim>,
        len: impl Into<Dim>,
    ) -> Result<ValueId, GraphError> {
        let (start, len) = (start.into(), len.into());
        if start == Dim::fixed(0) && self.ty(x).shape.get(axis) == Some(&len) {
            return Ok(x);
        }
        self.apply1(ops::slice::Slice { axis, start, len }, &[x])
    }

    /// Zeros before and after along one axis.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub(crate) fn pad_axis(&mut self, x: ValueId, axis: usize, before: Dim, after: Dim) -> Result<ValueId, GraphError> {
        let none = vec![Dim::fixed(0); self.ty(x).rank()];
        let (mut front, mut back) = (none.clone(), none);
        if let (Some(first), Some(last)) = (front.get_mut(axis), back.get_mut(axis)) {
            (*first, *last) = (before, after);
        }
        self.pad(x, &front, &back, 0.0)
    }

    /// A border of `value`, so many positions before and after each axis.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn pad(&mut self, x: ValueId, before: &[Dim], after: &[Dim], value: f32) -> Result<ValueId, GraphError> {
        if before.iter().chain(after).all(|d| *d == Dim::fixed(0)) {
            return Ok(x);
        }
        self.apply1(ops::pad::Pad { before: before.to_vec(), after: after.to_vec(), value }, &[x])
    }

    /// One after the other along an axis.
    ///
    /// # Errors
    /// [`GraphError::Op`] when the other sizes differ.
    pub fn concat(&mut self, parts: &[ValueId], axis: usize) -> Result<ValueId, GraphError> {
        self.apply1(ops::concat::Concat { axis }, parts)
    }

    /// Positions of an axis that an integer tensor names.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn gather(&mut self, x: ValueId, indices: ValueId, axis: usize) -> Result<ValueId, GraphError> {
        self.apply1(ops::gather::Gather { axis }, &[x, indices])
    }

    /// One position along an axis for every element of `indices`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub(crate) fn gather_elements(&mut self, x: ValueId, indices: ValueId, axis: usize) -> Result<ValueId, GraphError> {
        self.apply1(ops::gather_elements::GatherElements { axis }, &[x, indices])
    }

    /// Puts `updates` at, or adds them to, one position along an axis each.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub(crate) fn scatter_elements(
        &mut self,
        x: ValueId,
        indices: ValueId,
        updates: ValueId,
        axis: usize,
        add: bool,
    ) -> Result<ValueId, GraphError> {
        self.apply1(ops::scatter_elements::ScatterElements { axis, add }, &[x, indices, updates])
    }

    /// Convolution of `x` [N, C, H, W] with `w` [O, C/groups, kh, kw]; no bias.
    ///
    /// # Errors
    /// [`GraphError::Op`] when the sizes do not fit.
    pub fn conv(&mut self, x: ValueId, w: ValueId, op: ops::conv::Conv) -> Result<ValueId, GraphError> {
        self.apply1(op, &[x, w])
    }

    /// Transposed convolution of `x` [N, C, H, W] with `w` [C, O/groups, kh, kw]; no bias.
    ///
    /// # Errors
    /// [`GraphError::Op`] when the sizes do not fit.
    pub fn conv_transpose(
        &mut self,
        x: ValueId,
        w: ValueId,
        op: ops::conv_transpose::ConvTranspose,
    ) -> Result<ValueId, GraphError> {
        self.apply1(op, &[x, w])
    }

    /// Mean over all positions of each image and channel: [N, C, H, W] to [N, C, 1, 1].
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn global_average_pool(&mut self, x: ValueId) -> Result<ValueId, GraphError> {
        self.apply1(ops::global_average_pool::GlobalAveragePool, &[x])
    }
}
