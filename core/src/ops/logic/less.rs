//! Less: `y = a < b`, broadcast. <https://onnx.ai/onnx/operators/onnx__Less.html>
//!
//! Shapes: `a`, `b` broadcast against each other to the truth values `y`. Gradient: zero almost everywhere.

use crate::ops::family::{args, binary};
use crate::ops::{Derivative, Example, Export, Import, OpError, OpExamples, OpRules};
use crate::tensor::{Array, DType, TensorType};

/// Whether the first is smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Less;

crate::ops::role::part!(Less: Affine, InPlace, Broadcast);

/// Reader of `Less` nodes.
pub const ONNX: &[Import] = &[("Less", |n| Ok(vec![n.apply(Less, &[0, 1])?]))];

impl OpRules for Less {
    fn name(&self) -> &'static str {
        "Less"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![binary::infer(inputs)?[0].with_dtype(DType::Bool)])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        if let [Array::Int(a), Array::Int(b)] = inputs {
            return Ok(vec![Array::Bool(binary::zip(a, b, |x, y| x < y)?)]);
        }
        Ok(vec![Array::Bool(binary::zip(args::real(inputs, 0)?, args::real(inputs, 1)?, |x, y| x < y)?)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Zero
    }

    fn export(&self) -> Export {
        Export::plain("Less", 2)
    }
}

impl OpExamples for Less {
    fn examples() -> Vec<Example> {
        binary::examples(Self, (-2.0, 2.0), (-2.0, 2.0))
    }
}
