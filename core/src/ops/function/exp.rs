//! Exp: `y = e^x`. <https://onnx.ai/onnx/operators/onnx__Exp.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy * y`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The exponential of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exp;

crate::ops::role::part!(Exp: Activation, InPlace, Broadcast);

/// Reader of `Exp` nodes.
pub const ONNX: &[Import] = &[("Exp", |n| Ok(vec![n.apply(Exp, &[0])?]))];

impl Unary for Exp {
    const NAME: &'static str = "Exp";

    fn f(&self, x: f64) -> f64 {
        x.exp()
    }

    fn gradient(&self, b: &mut Builder, _x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        b.mul(dy, y)
    }
}

unary_rules!(Exp);

impl OpExamples for Exp {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}
