//! CastLike: the elements as the type of a second tensor, read as a Cast. <https://onnx.ai/onnx/operators/onnx__CastLike.html>

use crate::onnx::cast_to;
use crate::ops::Import;
use crate::ops::cast::Cast;

/// Reader of `CastLike` nodes.
pub const ONNX: &[Import] = &[("CastLike", |n| {
    let to = n.ty(1)?.dtype;
    if let Some(kind) = n.info.kinds.get(1).copied().flatten().filter(|kind| cast_to(i64::from(*kind)).is_none()) {
        return Err(n.error(format!("element type {kind} is not supported")));
    }
    Ok(vec![n.apply(Cast { to }, &[0])?])
})];
