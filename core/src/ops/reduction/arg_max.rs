//! ArgMax: `y` = the index of the largest element along an axis, the first of equals.
//! <https://onnx.ai/onnx/operators/onnx__ArgMax.html>
//!
//! Shapes: the axis vanishes, or stays at size 1 with `keep_dims`; the result is integer. Gradient: zero almost everywhere.

use ndarray::{ArrayView1, Axis};

use crate::graph::ValueId;
use crate::metrics::first_largest;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::family::{args, reduce};
use crate::ops::sub::Sub;
use crate::ops::{Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample, export};
use crate::tensor::{Array, DType, Tensor, TensorType};

/// Where the largest element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgMax {
    /// The axis that is searched.
    pub axis: usize,
    /// Whether it stays at size 1.
    pub keep_dims: bool,
}

crate::ops::role::part!(ArgMax: Layer, Other, Own);

/// Readers of `ArgMax` and `ArgMin` nodes.
pub const ONNX: &[Import] = &[
    ("ArgMax", |n| {
        let x = n.input(0)?;
        read(n, x)
    }),
    ("ArgMin", |n| {
        let x = n.input(0)?;
        let opposite = n.b.neg(x).map_err(|e| n.wrap(e))?;
        read(n, opposite)
    }),
];

/// The index of the largest element of `x`, the node's input or its opposite. The last of equals is the first from behind.
fn read(n: &mut NodeContext<'_>, x: ValueId) -> Result<Vec<ValueId>, OnnxError> {
    let ty = n.b.ty(x).clone();
    let axis = n.axis(n.int("axis", 0)?, ty.rank())?;
    let op = ArgMax { axis, keep_dims: n.int("keepdims", 1)? == 1 };
    if n.int("select_last_index", 0)? == 0 {
        return n.apply_to(op, &[x]);
    }
    let size = ty.shape[axis].known().and_then(|size| i64::try_from(size).ok());
    let size = size.ok_or_else(|| n.error("select_last_index over the batch is not supported"))?;
    let backwards: Vec<i64> = (0..size).rev().collect();
    let backwards = n.b.constant(Tensor::indices(&backwards));
    let turned = n.b.gather(x, backwards, axis).map_err(|e| n.wrap(e))?;
    let from_behind = n.b.apply1(op, &[turned]).map_err(|e| n.wrap(e))?;
    let last = n.b.constant(Tensor::indices(&[size - 1]));
    let last = n.b.reshape(last, &[]).map_err(|e| n.wrap(e))?;
    n.apply_to(Sub, &[last, from_behind])
}

impl OpRules for ArgMax {
    fn name(&self) -> &'static str {
        "ArgMax"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![reduce::infer(inputs, &[self.axis], self.keep_dims)?[0].with_dtype(DType::I64)])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let axis = Axis(self.axis);
        let indices = args::real(inputs, 0)?.map_axis(axis, largest);
        Ok(vec![Array::Int(if self.keep_dims { indices.insert_axis(axis) } else { indices })])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Zero
    }

    fn export(&self) -> Export {
        let axis = Attribute::Int(export::ints(&[self.axis])[0]);
        Export::with("ArgMax", 1, vec![("axis", axis), ("keepdims", Attribute::Int(i64::from(self.keep_dims)))])
    }
}

/// As NumPy has it, the first NaN counts as largest.
#[expect(clippy::cast_possible_wrap, reason = "sizes are far below 2^63")]
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_axis` wants")]
fn largest(row: ArrayView1<'_, f64>) -> i64 {
    let undefined = || row.iter().position(|x| x.is_nan());
    first_largest(row).or_else(undefined).unwrap_or(0) as i64
}

impl OpExamples for ArgMax {
    fn examples() -> Vec<Example> {
        vec![
            Example::new("last axis", Self { axis: 1, keep_dims: false }, vec![Sample::distinct(&[3, 7])]),
            Example::new("first axis, kept", Self { axis: 0, keep_dims: true }, vec![Sample::distinct(&[3, 1, 5])]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{arr1, arr2};

    use super::*;

    #[test]
    fn the_first_of_equals_counts() {
        let x = Array::Real(arr2(&[[1.0, 3.0, 3.0], [-1.0, -2.0, -1.0]]).into_dyn());
        let y = ArgMax { axis: 1, keep_dims: false }.eval(&[x], 1).unwrap();
        assert_eq!(y, vec![Array::Int(arr1(&[1, 0]).into_dyn())]);
    }
}
