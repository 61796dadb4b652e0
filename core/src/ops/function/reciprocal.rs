//! Reciprocal: `y = 1 / x`, read as a division. <https://onnx.ai/onnx/operators/onnx__Reciprocal.html>

use crate::ops::Import;
use crate::ops::div::Div;

/// Reader of `Reciprocal` nodes.
pub const ONNX: &[Import] = &[("Reciprocal", |n| {
    let x = n.input(0)?;
    let one = n.b.scalar_like(1.0, x);
    n.apply_to(Div, &[one, x])
})];
