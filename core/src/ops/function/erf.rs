//! Erf: the error function `y = 2/sqrt(pi) * integral of e^(-t^2) from 0 to x`.
//! <https://onnx.ai/onnx/operators/onnx__Erf.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy * 2/sqrt(pi) * e^(-x^2)`.

use std::f64::consts::FRAC_2_SQRT_PI;

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The error function of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erf;

crate::ops::role::part!(Erf: Activation, InPlace, Broadcast);

/// Reader of `Erf` nodes.
pub const ONNX: &[Import] = &[("Erf", |n| Ok(vec![n.apply(Erf, &[0])?]))];

impl Unary for Erf {
    const NAME: &'static str = "Erf";

    fn f(&self, x: f64) -> f64 {
        libm::erf(x)
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let square = b.square(x)?;
        let negative = b.neg(square)?;
        let bell = b.exp(negative)?;
        let slope = b.scale(bell, FRAC_2_SQRT_PI)?;
        b.mul(dy, slope)
    }
}

unary_rules!(Erf);

impl OpExamples for Erf {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}
