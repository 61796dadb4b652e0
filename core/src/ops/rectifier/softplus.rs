//! Softplus: `y = ln(1 + e^x)`, a smooth rectifier. <https://onnx.ai/onnx/operators/onnx__Softplus.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy * sigmoid(x)`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The smooth rectifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Softplus;

crate::ops::role::part!(Softplus: Activation, InPlace, Broadcast);

/// Reader of `Softplus` nodes.
pub const ONNX: &[Import] = &[("Softplus", |n| Ok(vec![n.apply(Softplus, &[0])?]))];

/// The formula as `max(x, 0) + ln(1 + e^-|x|)`, which neither overflows nor loses the small side.
pub(in crate::ops) fn softplus(x: f64) -> f64 {
    (if x < 0.0 { 0.0 } else { x }) + (-x.abs()).exp().ln_1p()
}

impl Unary for Softplus {
    const NAME: &'static str = "Softplus";

    fn f(&self, x: f64) -> f64 {
        softplus(x)
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let slope = b.sigmoid(x)?;
        b.mul(dy, slope)
    }
}

unary_rules!(Softplus);

impl OpExamples for Softplus {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_finite_and_keeps_digits_far_out() {
        assert_eq!(softplus(1000.0), 1000.0);
        assert!((softplus(-50.0) / (-50f64).exp() - 1.0).abs() < 1e-12);
        assert!((softplus(0.0) - 2f64.ln()).abs() < 1e-15);
        assert!(softplus(f64::NAN).is_nan());
    }
}
