//! HardSigmoid: `y = min(max(alpha * x + beta, 0), 1)`. <https://onnx.ai/onnx/operators/onnx__HardSigmoid.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = alpha * dy` where `0 < y < 1`, else 0; `sign(y * (1 - y))` is that mask.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{Unary, unary_rules};
use crate::ops::{Attribute, Example, Export, Import, OpExamples, Sample};

/// A sigmoid made of three straight pieces.
#[derive(Clone, Debug, PartialEq)]
pub struct HardSigmoid {
    /// Slope of the middle piece.
    pub alpha: f64,
    /// Value at 0.
    pub beta: f64,
}

crate::ops::role::part!(HardSigmoid: Activation, InPlace, Broadcast);

/// Reader of `HardSigmoid` nodes.
pub const ONNX: &[Import] = &[("HardSigmoid", |n| {
    let (alpha, beta) = (f64::from(n.float("alpha", 0.2)?), f64::from(n.float("beta", 0.5)?));
    Ok(vec![n.apply(HardSigmoid { alpha, beta }, &[0])?])
})];

impl Unary for HardSigmoid {
    const NAME: &'static str = "HardSigmoid";

    fn f(&self, x: f64) -> f64 {
        (self.alpha * x + self.beta).clamp(0.0, 1.0)
    }

    fn gradient(&self, b: &mut Builder, _x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let one = b.scalar_like(1.0, y);
        let rest = b.sub(one, y)?;
        let bump = b.mul(y, rest)?;
        let inside = b.sign(bump)?;
        let slope = b.scale(inside, self.alpha)?;
        b.mul(dy, slope)
    }
}

unary_rules!(HardSigmoid, |op| Export::with(
    "HardSigmoid",
    1,
    vec![("alpha", Attribute::real(op.alpha)), ("beta", Attribute::real(op.beta))]
));

impl OpExamples for HardSigmoid {
    fn examples() -> Vec<Example> {
        let wide = Sample::within(&[3, 5, 7], -5.0, 5.0);
        vec![
            Example::new("ONNX's defaults", Self { alpha: 0.2, beta: 0.5 }, vec![wide.clone()]),
            Example::new("PyTorch's", Self { alpha: 1.0 / 6.0, beta: 0.5 }, vec![wide]),
            Example::new("one element", Self { alpha: 0.7, beta: 0.1 }, vec![Sample::within(&[1], 0.1, 0.9)]),
        ]
    }
}
