//! Mul: `y = a * b`, broadcast. <https://onnx.ai/onnx/operators/onnx__Mul.html>
//!
//! Shapes: `a`, `b` broadcast against each other to `y`. Gradient: `da = dy * b`, `db = dy * a`, summed over broadcast axes.
//! An infinite constant, as of a mask, passes on nothing of a `dy` of 0.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{binary, limit};
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules};
use crate::tensor::{Array, TensorType};

/// Product of two tensors, element by element, real or integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mul;

crate::ops::role::part!(Mul: Affine, InPlace, Broadcast);

/// Reader of `Mul` nodes.
pub const ONNX: &[Import] = &[("Mul", |n| Ok(vec![n.apply(Mul, &[0, 1])?]))];

impl OpRules for Mul {
    fn name(&self) -> &'static str {
        "Mul"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        binary::infer(inputs)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        if let [Array::Int(a), Array::Int(b)] = inputs {
            return Ok(vec![Array::Int(binary::zip(a, b, |x, y| x.wrapping_mul(*y))?)]);
        }
        binary::eval(inputs, |a, b| a * b)
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, index, like, dy| {
            let factor = limit::constant_factor(b, node.inputs[1 - index], dy)?;
            let product = b.mul(dy, factor)?;
            binary::unbroadcast(b, product, like)
        })
    }

    fn export(&self) -> Export {
        Export::plain("Mul", 2)
    }
}

impl OpExamples for Mul {
    fn examples() -> Vec<Example> {
        binary::examples(Self, (-2.0, 2.0), (-2.0, 2.0))
    }
}
