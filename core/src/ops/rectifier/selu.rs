//! Selu: `y = gamma * x` above 0, `gamma * alpha * (e^x - 1)` below. <https://onnx.ai/onnx/operators/onnx__Selu.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = gamma * dy` above 0, `dy * (y + gamma * alpha)` elsewhere.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Attribute, Example, Export, Import, OpExamples};

/// The scaled exponential linear unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Selu {
    /// As Elu's.
    pub alpha: f64,
    /// Slope above 0, and factor below.
    pub gamma: f64,
}

crate::ops::role::part!(Selu: Activation, InPlace, Broadcast);

/// ONNX's default `alpha`, the value that keeps activations normalised.
const ALPHA: f32 = 1.673_263_2;

/// ONNX's default `gamma`.
const GAMMA: f32 = 1.050_701;

/// Reader of `Selu` nodes.
pub const ONNX: &[Import] = &[("Selu", |n| {
    let (alpha, gamma) = (f64::from(n.float("alpha", ALPHA)?), f64::from(n.float("gamma", GAMMA)?));
    Ok(vec![n.apply(Selu { alpha, gamma }, &[0])?])
})];

impl Unary for Selu {
    const NAME: &'static str = "Selu";

    fn f(&self, x: f64) -> f64 {
        self.gamma * if x < 0.0 { self.alpha * x.exp_m1() } else { x }
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let positive = b.is_positive(x)?;
        let above = b.scale(dy, self.gamma)?;
        let slope = b.shift(y, self.gamma * self.alpha)?;
        let below = b.mul(dy, slope)?;
        b.select(positive, above, below)
    }
}

unary_rules!(Selu, |op| Export::with(
    "Selu",
    1,
    vec![("alpha", Attribute::real(op.alpha)), ("gamma", Attribute::real(op.gamma))]
));

impl OpExamples for Selu {
    fn examples() -> Vec<Example> {
        let default = Self { alpha: f64::from(ALPHA), gamma: f64::from(GAMMA) };
        unary::examples(&[default, Self { alpha: 0.5, gamma: 2.0 }])
    }
}
