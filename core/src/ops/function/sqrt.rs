//! Sqrt: `y = sqrt(x)`; NaN below 0. <https://onnx.ai/onnx/operators/onnx__Sqrt.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy / (2 y)`, infinite at 0.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The square root of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sqrt;

crate::ops::role::part!(Sqrt: Activation, InPlace, Broadcast);

/// Reader of `Sqrt` nodes.
pub const ONNX: &[Import] = &[("Sqrt", |n| Ok(vec![n.apply(Sqrt, &[0])?]))];

impl Unary for Sqrt {
    const NAME: &'static str = "Sqrt";
    const RANGE: (f64, f64) = (0.2, 4.0);

    fn f(&self, x: f64) -> f64 {
        x.sqrt()
    }

    fn gradient(&self, b: &mut Builder, _x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let twice = b.scale(y, 2.0)?;
        b.div(dy, twice)
    }
}

unary_rules!(Sqrt);

impl OpExamples for Sqrt {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}
