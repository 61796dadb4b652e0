//! Relu: `y = max(x, 0)`. <https://onnx.ai/onnx/operators/onnx__Relu.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy * sign(y)`: as `y >= 0` its sign is the mask, 0 at the kink, and only the
//! result has to be kept, never the argument.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The rectifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relu;

crate::ops::role::part!(Relu: Activation, InPlace, Broadcast);

/// Reader of `Relu` nodes.
pub const ONNX: &[Import] = &[("Relu", |n| Ok(vec![n.apply(Relu, &[0])?]))];

impl Unary for Relu {
    const NAME: &'static str = "Relu";

    fn f(&self, x: f64) -> f64 {
        // Not `max`, which would turn NaN into 0 and hide it.
        if x < 0.0 { 0.0 } else { x }
    }

    fn gradient(&self, b: &mut Builder, _x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let mask = b.sign(y)?;
        b.mul(dy, mask)
    }
}

unary_rules!(Relu);

impl OpExamples for Relu {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}
