//! Gelu: `y = x * Phi(x)`, the Gaussian's distribution function as gate. <https://onnx.ai/onnx/operators/onnx__Gelu.html>
//!
//! Exactly `x/2 * (1 + erf(x / sqrt(2)))`, or by the approximation `x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))`.
//! Shapes: `x`, `y` any. Gradient: that of the parts.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::composite::{Composite, composite_rules};
use crate::ops::{Attribute, Example, Export, Import, OpExamples, Sample};

/// The Gaussian error linear unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gelu {
    /// Whether the approximation by `tanh` is meant.
    pub tanh: bool,
}

crate::ops::role::part!(Gelu: Activation, InPlace, Broadcast);

/// Reader of `Gelu` nodes (opset 20 on; older files spell out the formula).
pub const ONNX: &[Import] = &[("Gelu", |n| match n.text("approximate", "none")?.as_str() {
    "none" => Ok(vec![n.apply(Gelu { tanh: false }, &[0])?]),
    "tanh" => Ok(vec![n.apply(Gelu { tanh: true }, &[0])?]),
    other => Err(n.error(format!("attribute approximate must be none or tanh, is {other}"))),
})];

/// `sqrt(2 / pi)`.
const STEEPNESS: f64 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;

/// Share of the cube in the approximation.
const CUBE: f64 = 0.044_715;

impl Composite for Gelu {
    const NAME: &'static str = "Gelu";

    fn f(&self, x: f64) -> f64 {
        let gate = if self.tanh { (STEEPNESS * (x + CUBE * x * x * x)).tanh() } else { libm::erf(x * FRAC_1_SQRT_2) };
        0.5 * x * (1.0 + gate)
    }

    fn build(&self, b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
        let gate = if self.tanh {
            let square = b.square(x)?;
            let bend = b.scale(square, STEEPNESS * CUBE)?;
            let factor = b.shift(bend, STEEPNESS)?;
            let inner = b.mul(x, factor)?;
            b.tanh(inner)?
        } else {
            let inner = b.scale(x, FRAC_1_SQRT_2)?;
            b.apply1(crate::ops::erf::Erf, &[inner])?
        };
        let half = b.scale(x, 0.5)?;
        let both = b.shift(gate, 1.0)?;
        b.mul(half, both)
    }
}

composite_rules!(Gelu, |op| {
    let word = if op.tanh { "tanh" } else { "none" };
    Export::with("Gelu", 1, vec![("approximate", Attribute::Text(word.to_owned()))])
});

impl OpExamples for Gelu {
    fn examples() -> Vec<Example> {
        vec![
            Example::new("exact", Self { tanh: false }, vec![Sample::within(&[3, 5, 7], -4.0, 4.0)]),
            Example::new("by tanh", Self { tanh: true }, vec![Sample::within(&[3, 5, 7], -4.0, 4.0)]),
            Example::new("one element", Self { tanh: false }, vec![Sample::within(&[1], 0.5, 1.0)]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_pytorch() {
        // torch.nn.functional.gelu(torch.tensor(1.0, dtype=torch.float64), approximate=...)
        assert!((Gelu { tanh: false }.f(1.0) - 0.841_344_746_068_543).abs() < 1e-12);
        assert!((Gelu { tanh: true }.f(1.0) - 0.841_191_990_608_276).abs() < 1e-12);
    }
}
