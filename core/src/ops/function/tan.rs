//! Tan, Sinh and Cosh: read as quotients and sums of functions that are operators.
//! <https://onnx.ai/onnx/operators/onnx__Tan.html>

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::add::Add;
use crate::ops::cos::Cos;
use crate::ops::div::Div;
use crate::ops::sin::Sin;
use crate::ops::sub::Sub;
use crate::ops::{Import, Op};

/// Readers of `Tan`, `Sinh` and `Cosh` nodes.
pub const ONNX: &[Import] = &[
    ("Tan", |n| {
        let x = n.input(0)?;
        let sine = n.b.apply1(Sin, &[x]).map_err(|e| n.wrap(e))?;
        let cosine = n.b.apply1(Cos, &[x]).map_err(|e| n.wrap(e))?;
        n.apply_to(Div, &[sine, cosine])
    }),
    ("Sinh", |n| halves(n, Sub)),
    ("Cosh", |n| halves(n, Add)),
];

/// `e^x / 2` and `e^-x / 2`, brought together.
fn halves(n: &mut NodeContext<'_>, join: impl Into<Op>) -> Result<Vec<ValueId>, OnnxError> {
    let x = n.input(0)?;
    let opposite = n.b.neg(x).map_err(|e| n.wrap(e))?;
    let mut half = |x: ValueId| {
        let power = n.b.exp(x)?;
        n.b.scale(power, 0.5)
    };
    let rising = half(x);
    let falling = half(opposite);
    let (rising, falling) = (rising.map_err(|e| n.wrap(e))?, falling.map_err(|e| n.wrap(e))?);
    n.apply_to(join, &[rising, falling])
}
