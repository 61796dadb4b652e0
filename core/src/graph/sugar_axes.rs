//! Short names, continued: what folds, sorts or normalises along axes, and a few formulas.

use super::{Builder, GraphError, ValueId};
use crate::ops;
use crate::tensor::DType;

impl Builder {
    /// `x * x`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn square(&mut self, x: ValueId) -> Result<ValueId, GraphError> {
        self.mul(x, x)
    }

    /// `x > 0`, as truth values.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn is_positive(&mut self, x: ValueId) -> Result<ValueId, GraphError> {
        let zero = self.scalar_like(0.0, x);
        self.greater(x, zero)
    }

    /// `min(max(x, low), high)`; an infinite bound bounds nothing.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub(crate) fn clip(&mut self, x: ValueId, low: f64, high: f64) -> Result<ValueId, GraphError> {
        self.apply1(ops::clip::Clip { low, high }, &[x])
    }

    /// Shares that sum to 1 along `axis`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn softmax(&mut self, x: ValueId, axis: usize) -> Result<ValueId, GraphError> {
        self.apply1(ops::softmax::Softmax { axis }, &[x])
    }

    /// Logarithms of the shares that sum to 1 along `axis`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn log_softmax(&mut self, x: ValueId, axis: usize) -> Result<ValueId, GraphError> {
        self.apply1(ops::log_softmax::LogSoftmax { axis }, &[x])
    }

    /// Mean over `axes`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn reduce_mean(&mut self, x: ValueId, axes: &[usize], keep_dims: bool) -> Result<ValueId, GraphError> {
        if axes.is_empty() {
            return Ok(x);
        }
        self.apply1(ops::reduce_mean::ReduceMean { axes: axes.to_vec(), keep_dims }, &[x])
    }

    /// Largest element over `axes`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub(crate) fn reduce_max(&mut self, x: ValueId, axes: &[usize], keep_dims: bool) -> Result<ValueId, GraphError> {
        if axes.is_empty() {
            return Ok(x);
        }
        self.apply1(ops::reduce_max::ReduceMax { axes: axes.to_vec(), keep_dims }, &[x])
    }

    /// Integer indices as f32 vectors of 0 and 1 along a new last axis of `depth` positions.
    ///
    /// # Errors
    /// [`GraphError::Op`] when the indices are not integers.
    pub(crate) fn one_hot(&mut self, indices: ValueId, depth: usize) -> Result<ValueId, GraphError> {
        let axis = self.ty(indices).rank();
        self.apply1(ops::one_hot::OneHot { depth, axis, on: 1.0, off: 0.0, dtype: DType::F32 }, &[indices])
    }

    /// Index of the largest element along `axis`, which vanishes; the first of equals.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn arg_max(&mut self, x: ValueId, axis: usize) -> Result<ValueId, GraphError> {
        self.apply1(ops::arg_max::ArgMax { axis, keep_dims: false }, &[x])
    }

    /// The `k` largest elements along `axis` in falling order, and their indices.
    ///
    /// # Errors
    /// [`GraphError::Op`] when there are fewer, or the axis depends on the batch.
    pub(crate) fn top_k(&mut self, x: ValueId, k: usize, axis: usize) -> Result<(ValueId, ValueId), GraphError> {
        let results = self.apply(ops::top_k::TopK { k, axis, largest: true }, &[x])?;
        Ok((results[0], results[1]))
    }
}
