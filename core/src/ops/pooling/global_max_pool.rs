//! GlobalMaxPool: maximum over all positions, read as a ReduceMax. <https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html>

use crate::ops::Import;
use crate::ops::reduce_max::ReduceMax;

/// Reader of `GlobalMaxPool` nodes.
pub const ONNX: &[Import] = &[("GlobalMaxPool", |n| {
    let axes = (2..n.ty(0)?.rank()).collect();
    Ok(vec![n.apply(ReduceMax { axes, keep_dims: true }, &[0])?])
})];
