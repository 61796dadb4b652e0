//! Flatten: axes before and from `axis` on become one each, read as a Reshape.
//! <https://onnx.ai/onnx/operators/onnx__Flatten.html>

use crate::ops::Import;
use crate::ops::reshape::Reshape;
use crate::tensor::{Dim, TensorType};

/// Reader of `Flatten` nodes.
pub const ONNX: &[Import] = &[("Flatten", |n| {
    let x = n.ty(0)?;
    let given = n.int("axis", 1)?;
    // Unlike other axes this one may lie behind the last.
    let axis = if usize::try_from(given) == Ok(x.rank()) { x.rank() } else { n.axis(given, x.rank())? };
    let size = |dims: &[Dim]| TensorType::new(x.dtype, dims).elements();
    let (Some(rows), Some(columns)) = (size(&x.shape[..axis]), size(&x.shape[axis..])) else {
        return Err(n.error(format!("{x} has more than one dimension that depends on the batch")));
    };
    Ok(vec![n.apply(Reshape { shape: vec![rows, columns] }, &[0])?])
})];
