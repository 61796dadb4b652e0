//! Log: `y = ln(x)`; minus infinity at 0, NaN below. <https://onnx.ai/onnx/operators/onnx__Log.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy / x`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The natural logarithm of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log;

/// Reader of `Log` nodes.
pub const ONNX: &[Import] = &[("Log", |n| Ok(vec![n.apply(Log, &[0])?]))];

impl Unary for Log {
    const NAME: &'static str = "Log";
    const RANGE: (f64, f64) = (0.2, 4.0);

    fn f(&self, x: f64) -> f64 {
        x.ln()
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        b.div(dy, x)
    }
}

unary_rules!(Log);

impl OpExamples for Log {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}
