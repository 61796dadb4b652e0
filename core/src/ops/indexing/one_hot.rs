//! OneHot: `on` at the position that an index names, `off` elsewhere. <https://onnx.ai/onnx/operators/onnx__OneHot.html>
//!
//! Shapes: integer indices of any shape; the result has a new axis of `depth` positions at `axis`. Negative indices count
//! from the end; one outside the axis leaves `off` everywhere. Gradient: none flows through indices.

use ndarray::{ArrayD, Axis, IxDyn};

use crate::ops::family::args;
use crate::ops::{
    Attribute, Derivative, Example, Export, ExportInput, Import, OpError, OpExamples, OpRules, Sample, export,
};
use crate::tensor::{Array, DType, Data, Dim, Tensor, TensorType};

/// Indices as real vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct OneHot {
    /// Positions along the new axis.
    pub depth: usize,
    /// Where the new axis is, counted in the result.
    pub axis: usize,
    /// Value at the position that the index names.
    pub on: f64,
    /// Value elsewhere.
    pub off: f64,
    /// Type of the result, f32 or f64.
    pub dtype: DType,
}

crate::ops::role::part!(OneHot: Layer, Other, Own);

/// Reader of `OneHot` nodes; depth and values must be constant.
pub const ONNX: &[Import] = &[("OneHot", |n| {
    let rank = n.ty(0)?.rank();
    let depth = n.numbers_input(1)?.and_then(|d| d.first().copied()).unwrap_or_default();
    if !(1.0..=1e9).contains(&depth) {
        return Err(n.error(format!("the depth must be 1 or larger, is {depth}")));
    }
    let dtype = n.ty(2)?.dtype;
    let Some([off, on]) = n.numbers_input(2)?.and_then(|v| <[f64; 2]>::try_from(v).ok()) else {
        return Err(n.error("input 2 must hold the values for off and on"));
    };
    let axis = n.int("axis", -1)?;
    let axis = n.axis(axis, rank + 1)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let depth = depth as usize;
    let indices = n.input(0)?;
    let indices = n.b.cast(indices, DType::I64).map_err(|e| n.wrap(e))?;
    n.apply_to(OneHot { depth, axis, on, off, dtype }, &[indices])
})];

impl OpRules for OneHot {
    fn name(&self) -> &'static str {
        "OneHot"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let indices = args::typed(inputs, 0, DType::I64)?;
        if !self.dtype.is_real() {
            return Err(OpError::Unsupported(format!("on and off values must be real, are {}", self.dtype)));
        }
        if self.axis > indices.rank() {
            return Err(OpError::shape(format!("there is no place for an axis {} in {indices}", self.axis)));
        }
        let mut shape = indices.shape.clone();
        shape.insert(self.axis, Dim::fixed(self.depth));
        Ok(vec![TensorType { dtype: self.dtype, shape }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let indices = args::int(inputs, 0)?;
        let mut shape = indices.shape().to_vec();
        shape.insert(self.axis, self.depth);
        let mut y = ArrayD::from_elem(IxDyn(&shape), self.off);
        for (mut row, index) in y.lanes_mut(Axis(self.axis)).into_iter().zip(indices) {
            let from_end = i64::try_from(self.depth).unwrap_or(i64::MAX);
            let position = if *index < 0 { index.saturating_add(from_end) } else { *index };
            if let Some(place) = usize::try_from(position).ok().and_then(|p| row.get_mut(p)) {
                *place = self.on;
            }
        }
        Ok(vec![Array::Real(y)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Zero
    }

    fn export(&self) -> Export {
        let depth = Tensor::indices(&export::ints(&[self.depth]));
        let axis = Attribute::Int(export::ints(&[self.axis])[0]);
        Export::with("OneHot", 1, vec![("axis", axis)])
            .and_input(ExportInput::Constant(depth))
            .and_input(ExportInput::Constant(self.values()))
    }
}

impl OneHot {
    /// ONNX's third input, `[off, on]`.
    #[expect(clippy::cast_possible_truncation, reason = "f32 results hold f32 numbers")]
    fn values(&self) -> Tensor {
        let values = match self.dtype {
            DType::F64 => Data::F64(vec![self.off, self.on].into()),
            DType::F32 | DType::I64 | DType::Bool => Data::F32(vec![self.off as f32, self.on as f32].into()),
        };
        // Two elements for a shape of two: the other arm is never taken.
        Tensor::new(&[2], values).unwrap_or_else(|_| Tensor::full(&[2], 0.0))
    }
}

impl OpExamples for OneHot {
    fn examples() -> Vec<Example> {
        let labels = |shape: &[usize]| Sample::Int { shape: shape.to_vec(), low: 0, high: 5 };
        let plain = Self { depth: 5, axis: 1, on: 1.0, off: 0.0, dtype: DType::F32 };
        let first = Self { depth: 6, axis: 0, on: 0.9, off: 0.02, ..plain.clone() };
        let from_end = Sample::Fixed(Tensor::indices(&[-1, 0, -5, 4]));
        vec![
            Example::new("labels", plain.clone(), vec![labels(&[7])]),
            Example::new("first axis, smoothed", first, vec![labels(&[3, 2])]),
            Example::new("negative indices", plain, vec![from_end]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{arr1, arr2};

    use super::*;

    #[test]
    fn an_index_outside_leaves_the_row_off() {
        let op = OneHot { depth: 2, axis: 1, on: 1.0, off: 0.0, dtype: DType::F32 };
        let y = op.eval(&[Array::Int(arr1(&[-1, 2, -3, i64::MIN]).into_dyn())], 1).unwrap();
        let expected = arr2(&[[0.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]);
        assert_eq!(y, vec![Array::Real(expected.into_dyn())]);
    }
}
