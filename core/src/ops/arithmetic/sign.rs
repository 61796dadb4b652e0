//! Sign: `y = -1, 0, 1` by the sign of `x`; `sign(0) = 0`. <https://onnx.ai/onnx/operators/onnx__Sign.html>
//!
//! Shapes: `x`, `y` any. Gradient: zero almost everywhere.

use crate::ops::family::unary;
use crate::ops::{Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, TensorType};

/// The sign of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign;

crate::ops::role::part!(Sign: Affine, InPlace, Broadcast);

/// Reader of `Sign` nodes.
pub const ONNX: &[Import] = &[("Sign", |n| Ok(vec![n.apply(Sign, &[0])?]))];

impl OpRules for Sign {
    fn name(&self) -> &'static str {
        "Sign"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        unary::infer(inputs)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let sign = |x: f64| match x {
            _ if x > 0.0 => 1.0,
            _ if x < 0.0 => -1.0,
            // Zero stays zero, NaN stays NaN.
            _ => x,
        };
        Ok(vec![Array::Real(crate::ops::family::args::real(inputs, 0)?.mapv(sign))])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Zero
    }

    fn export(&self) -> Export {
        Export::plain("Sign", 1)
    }
}

impl OpExamples for Sign {
    fn examples() -> Vec<Example> {
        vec![Example::new("spread", Self, vec![Sample::distinct(&[3, 5])])]
    }
}
