//! Sin: `y = sin(x)`, `x` in radians. <https://onnx.ai/onnx/operators/onnx__Sin.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy * cos(x)`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::cos::Cos;
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The sine of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sin;

crate::ops::role::part!(Sin: Activation, InPlace, Broadcast);

/// Reader of `Sin` nodes.
pub const ONNX: &[Import] = &[("Sin", |n| Ok(vec![n.apply(Sin, &[0])?]))];

impl Unary for Sin {
    const NAME: &'static str = "Sin";

    fn f(&self, x: f64) -> f64 {
        x.sin()
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let slope = b.apply1(Cos, &[x])?;
        b.mul(dy, slope)
    }
}

unary_rules!(Sin);

impl OpExamples for Sin {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}
