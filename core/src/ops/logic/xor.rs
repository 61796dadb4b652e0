//! Xor: `y = (a != b)` on truth values, read as `a || b` without `a && b`. <https://onnx.ai/onnx/operators/onnx__Xor.html>

use crate::ops::Import;
use crate::ops::and::And;
use crate::ops::not::Not;
use crate::ops::or::Or;

/// Reader of `Xor` nodes.
pub const ONNX: &[Import] = &[("Xor", |n| {
    let (a, b) = (n.input(0)?, n.input(1)?);
    let either = n.b.apply1(Or, &[a, b]).map_err(|e| n.wrap(e))?;
    let both = n.b.apply1(And, &[a, b]).map_err(|e| n.wrap(e))?;
    let not_both = n.b.apply1(Not, &[both]).map_err(|e| n.wrap(e))?;
    n.apply_to(And, &[either, not_both])
})];
