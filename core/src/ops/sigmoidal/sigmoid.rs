//! Sigmoid: `y = 1 / (1 + e^-x)`. <https://onnx.ai/onnx/operators/onnx__Sigmoid.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy * y * (1 - y)`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The logistic function of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sigmoid;

crate::ops::role::part!(Sigmoid: Activation, InPlace, Broadcast);

/// Reader of `Sigmoid` nodes.
pub const ONNX: &[Import] = &[("Sigmoid", |n| Ok(vec![n.apply(Sigmoid, &[0])?]))];

/// The formula; the exponential never overflows.
pub(super) fn sigmoid(x: f64) -> f64 {
    let small = (-x.abs()).exp();
    if x < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

impl Unary for Sigmoid {
    const NAME: &'static str = "Sigmoid";

    fn f(&self, x: f64) -> f64 {
        sigmoid(x)
    }

    fn gradient(&self, b: &mut Builder, _x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let one = b.scalar_like(1.0, y);
        let rest = b.sub(one, y)?;
        let slope = b.mul(y, rest)?;
        b.mul(dy, slope)
    }
}

unary_rules!(Sigmoid);

impl OpExamples for Sigmoid {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_finite_and_keeps_digits_far_out() {
        assert_eq!(sigmoid(-1000.0), 0.0);
        assert_eq!(sigmoid(1000.0), 1.0);
        assert!((sigmoid(-50.0) / (-50f64).exp() - 1.0).abs() < 1e-12);
        assert!(sigmoid(f64::NAN).is_nan());
    }
}
