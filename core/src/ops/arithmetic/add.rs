//! Add: `y = a + b`, broadcast. <https://onnx.ai/onnx/operators/onnx__Add.html>
//!
//! Shapes: `a`, `b` broadcast against each other to `y`. Gradient: `da = dy`, `db = dy`, summed over broadcast axes.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::binary;
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules};
use crate::tensor::{Array, TensorType};

/// Sum of two tensors, real or integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Add;

crate::ops::role::part!(Add: Affine, InPlace, Broadcast);

/// Reader of `Add` nodes.
pub const ONNX: &[Import] = &[("Add", |n| Ok(vec![n.apply(Add, &[0, 1])?]))];

impl OpRules for Add {
    fn name(&self) -> &'static str {
        "Add"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        binary::infer(inputs)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        if let [Array::Int(a), Array::Int(b)] = inputs {
            return Ok(vec![Array::Int(binary::zip(a, b, |x, y| x.wrapping_add(*y))?)]);
        }
        binary::eval(inputs, |a, b| a + b)
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, _, like, dy| binary::unbroadcast(b, dy, like))
    }

    fn export(&self) -> Export {
        Export::plain("Add", 2)
    }
}

impl OpExamples for Add {
    fn examples() -> Vec<Example> {
        binary::examples(Self, (-2.0, 2.0), (-2.0, 2.0))
    }
}
