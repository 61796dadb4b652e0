//! ReduceMin, read as `-ReduceMax(-x)`, and ReduceL1, read as the sum of sizes.
//! <https://onnx.ai/onnx/operators/onnx__ReduceMin.html>
//!
//! Shapes: the axes vanish, or stay at size 1.

use crate::ops::Import;
use crate::ops::neg::Neg;
use crate::ops::reduce_sum::ReduceSum;

/// Readers of `ReduceMin` and `ReduceL1` nodes.
pub const ONNX: &[Import] = &[
    ("ReduceMin", |n| {
        let (axes, keep_dims) = n.reduction()?;
        let x = n.input(0)?;
        let opposite = n.b.neg(x).map_err(|e| n.wrap(e))?;
        let top = n.b.reduce_max(opposite, &axes, keep_dims).map_err(|e| n.wrap(e))?;
        n.apply_to(Neg, &[top])
    }),
    ("ReduceL1", |n| {
        let (axes, keep_dims) = n.reduction()?;
        let x = n.input(0)?;
        let sizes = n.b.abs(x).map_err(|e| n.wrap(e))?;
        n.apply_to(ReduceSum { axes, keep_dims }, &[sizes])
    }),
];
