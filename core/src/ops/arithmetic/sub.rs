//! Sub: `y = a - b`, broadcast. <https://onnx.ai/onnx/operators/onnx__Sub.html>
//!
//! Shapes: `a`, `b` broadcast against each other to `y`. Gradient: `da = dy`, `db = -dy`, summed over broadcast axes.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::binary;
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules};
use crate::tensor::{Array, TensorType};

/// Difference of two tensors, real or integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sub;

crate::ops::role::part!(Sub: Affine, InPlace, Broadcast);

/// Reader of `Sub` nodes.
pub const ONNX: &[Import] = &[("Sub", |n| Ok(vec![n.apply(Sub, &[0, 1])?]))];

impl OpRules for Sub {
    fn name(&self) -> &'static str {
        "Sub"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        binary::infer(inputs)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        if let [Array::Int(a), Array::Int(b)] = inputs {
            return Ok(vec![Array::Int(binary::zip(a, b, |x, y| x.wrapping_sub(*y))?)]);
        }
        binary::eval(inputs, |a, b| a - b)
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, index, like, dy| {
            // Summed first: there is less to negate.
            let summed = binary::unbroadcast(b, dy, like)?;
            if index == 0 { Ok(summed) } else { b.neg(summed) }
        })
    }

    fn export(&self) -> Export {
        Export::plain("Sub", 2)
    }
}

impl OpExamples for Sub {
    fn examples() -> Vec<Example> {
        binary::examples(Self, (-2.0, 2.0), (-2.0, 2.0))
    }
}
