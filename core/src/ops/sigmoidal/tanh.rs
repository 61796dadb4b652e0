//! Tanh: `y = tanh(x)`. <https://onnx.ai/onnx/operators/onnx__Tanh.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy * (1 - y^2)`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The hyperbolic tangent of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tanh;

crate::ops::role::part!(Tanh: Activation, InPlace, Broadcast);

/// Reader of `Tanh` nodes.
pub const ONNX: &[Import] = &[("Tanh", |n| Ok(vec![n.apply(Tanh, &[0])?]))];

impl Unary for Tanh {
    const NAME: &'static str = "Tanh";

    fn f(&self, x: f64) -> f64 {
        x.tanh()
    }

    fn gradient(&self, b: &mut Builder, _x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let square = b.square(y)?;
        let one = b.scalar_like(1.0, y);
        let slope = b.sub(one, square)?;
        b.mul(dy, slope)
    }
}

unary_rules!(Tanh);

impl OpExamples for Tanh {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}
