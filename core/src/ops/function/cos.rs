//! Cos: `y = cos(x)`, `x` in radians. <https://onnx.ai/onnx/operators/onnx__Cos.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = -dy * sin(x)`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::sin::Sin;
use crate::ops::{Example, Import, OpExamples};

/// The cosine of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cos;

crate::ops::role::part!(Cos: Activation, InPlace, Broadcast);

/// Reader of `Cos` nodes.
pub const ONNX: &[Import] = &[("Cos", |n| Ok(vec![n.apply(Cos, &[0])?]))];

impl Unary for Cos {
    const NAME: &'static str = "Cos";

    fn f(&self, x: f64) -> f64 {
        x.cos()
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let slope = b.apply1(Sin, &[x])?;
        let slope = b.neg(slope)?;
        b.mul(dy, slope)
    }
}

unary_rules!(Cos);

impl OpExamples for Cos {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}
