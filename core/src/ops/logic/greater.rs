//! Greater: `y = a > b`, broadcast. <https://onnx.ai/onnx/operators/onnx__Greater.html>
//!
//! Shapes: `a`, `b` broadcast against each other to the truth values `y`. Gradient: zero almost everywhere.

use crate::ops::family::{args, binary};
use crate::ops::{Derivative, Example, Export, Import, OpError, OpExamples, OpRules};
use crate::tensor::{Array, DType, TensorType};

/// Whether the first is larger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greater;

crate::ops::role::part!(Greater: Affine, InPlace, Broadcast);

/// Reader of `Greater` nodes.
pub const ONNX: &[Import] = &[("Greater", |n| Ok(vec![n.apply(Greater, &[0, 1])?]))];

impl OpRules for Greater {
    fn name(&self) -> &'static str {
        "Greater"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![binary::infer(inputs)?[0].with_dtype(DType::Bool)])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        if let [Array::Int(a), Array::Int(b)] = inputs {
            return Ok(vec![Array::Bool(binary::zip(a, b, |x, y| x > y)?)]);
        }
        Ok(vec![Array::Bool(binary::zip(args::real(inputs, 0)?, args::real(inputs, 1)?, |x, y| x > y)?)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Zero
    }

    fn export(&self) -> Export {
        Export::plain("Greater", 2)
    }
}

impl OpExamples for Greater {
    fn examples() -> Vec<Example> {
        binary::examples(Self, (-2.0, 2.0), (-2.0, 2.0))
    }
}
