//! Abs: `y = |x|`. <https://onnx.ai/onnx/operators/onnx__Abs.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy * sign(x)`, 0 at the kink.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The size of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abs;

crate::ops::role::part!(Abs: Activation, InPlace, Broadcast);

/// Reader of `Abs` nodes.
pub const ONNX: &[Import] = &[("Abs", |n| Ok(vec![n.apply(Abs, &[0])?]))];

impl Unary for Abs {
    const NAME: &'static str = "Abs";

    fn f(&self, x: f64) -> f64 {
        x.abs()
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let sign = b.sign(x)?;
        b.mul(dy, sign)
    }
}

unary_rules!(Abs);

impl OpExamples for Abs {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}
