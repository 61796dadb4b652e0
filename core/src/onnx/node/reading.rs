//! What several operators read alike: axes, target shapes, reductions.

use super::NodeContext;
use crate::onnx::OnnxError;
use crate::tensor::{Dim, Shape, TensorType};

impl NodeContext<'_> {
    /// The target of a `Reshape`: input `index` with 0 (copy) and -1 (what is left) resolved against input 0.
    ///
    /// # Errors
    /// When more than one -1 is there or the elements do not come out even.
    pub(crate) fn reshape_target(&mut self, index: usize) -> Result<Shape, OnnxError> {
        let x = self.ty(0)?;
        let symbols = self.symbols_input(index)?.ok_or_else(|| self.error("the target shape is missing"))?;
        let keep_zero = self.int("allowzero", 0)? == 1;
        let mut shape = Vec::with_capacity(symbols.len());
        let mut rest = None;
        for (axis, symbol) in symbols.into_iter().enumerate() {
            let dim = match (symbol.batch, symbol.fixed) {
                (0, -1) if rest.is_none() => {
                    rest = Some(axis);
                    Dim::ONE
                }
                (0, 0) if !keep_zero => {
                    *x.shape.get(axis).ok_or_else(|| self.error(format!("there is no axis {axis} to copy")))?
                }
                _ => self.dim(symbol)?,
            };
            shape.push(dim);
        }
        if let Some(axis) = rest {
            let others = TensorType::new(x.dtype, &shape).elements();
            let left = x.elements().zip(others).and_then(|(all, part)| all.divided_by(part));
            shape[axis] = left.ok_or_else(|| self.error(format!("{x} does not divide into the target shape")))?;
        }
        Ok(shape)
    }

    /// Axes counted from either end, as indices.
    ///
    /// # Errors
    /// When one is out of range.
    pub fn axes(&self, axes: &[i64], rank: usize) -> Result<Vec<usize>, OnnxError> {
        axes.iter().map(|a| self.axis(*a, rank)).collect()
    }

    /// One axis counted from either end, as an index.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn axis(&self, axis: i64, rank: usize) -> Result<usize, OnnxError> {
        let from_start = if axis < 0 { axis + i64::try_from(rank).unwrap_or(i64::MAX) } else { axis };
        usize::try_from(from_start)
            .ok()
            .filter(|a| *a < rank)
            .ok_or_else(|| self.error(format!("axis {axis} is not among the {rank} axes of the input")))
    }

    /// Axes and `keepdims` of a reduction, whether axes are an attribute (older opsets) or input 1; none means all.
    ///
    /// # Errors
    /// When axes are out of range or known only at run time.
    pub(crate) fn reduction(&mut self) -> Result<(Vec<usize>, bool), OnnxError> {
        let rank = self.ty(0)?.rank();
        let given = match self.ints("axes")? {
            Some(axes) => Some(axes),
            None => self.ints_input(1)?,
        };
        let keep_dims = self.int("keepdims", 1)? == 1;
        let none = self.int("noop_with_empty_axes", 0)? == 1;
        match given.filter(|axes| !axes.is_empty()) {
            Some(axes) => Ok((self.axes(&axes, rank)?, keep_dims)),
            None if none => Ok((Vec::new(), keep_dims)),
            None => Ok(((0..rank).collect(), keep_dims)),
        }
    }
}
