//! Neg: `y = -x`. <https://onnx.ai/onnx/operators/onnx__Neg.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = -dy`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The opposite of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neg;

crate::ops::role::part!(Neg: Affine, InPlace, Broadcast);

/// Reader of `Neg` nodes.
pub const ONNX: &[Import] = &[("Neg", |n| Ok(vec![n.apply(Neg, &[0])?]))];

impl Unary for Neg {
    const NAME: &'static str = "Neg";

    fn f(&self, x: f64) -> f64 {
        -x
    }

    fn gradient(&self, b: &mut Builder, _x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        b.neg(dy)
    }
}

unary_rules!(Neg);

impl OpExamples for Neg {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}
