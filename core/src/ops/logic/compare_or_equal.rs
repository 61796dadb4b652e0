//! LessOrEqual and GreaterOrEqual, read as the choice of two comparisons: `a <= b` is `a < b` or `a == b`, which is false
//! for NaN as it must be. <https://onnx.ai/onnx/operators/onnx__LessOrEqual.html>
//!
//! Shapes: `a`, `b` broadcast against each other to truth values.

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::equal::Equal;
use crate::ops::greater::Greater;
use crate::ops::less::Less;
use crate::ops::or::Or;
use crate::ops::{Import, Op};

/// Readers of `LessOrEqual` and `GreaterOrEqual` nodes.
pub const ONNX: &[Import] = &[("LessOrEqual", |n| either(n, Less)), ("GreaterOrEqual", |n| either(n, Greater))];

fn either(n: &mut NodeContext<'_>, strictly: impl Into<Op>) -> Result<Vec<ValueId>, OnnxError> {
    let (a, b) = (n.input(0)?, n.input(1)?);
    let beyond = n.b.apply1(strictly, &[a, b]).map_err(|e| n.wrap(e))?;
    let same = n.b.apply1(Equal, &[a, b]).map_err(|e| n.wrap(e))?;
    n.apply_to(Or, &[beyond, same])
}
