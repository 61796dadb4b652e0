//! Squeeze: axes of size 1 vanish, read as a Reshape. <https://onnx.ai/onnx/operators/onnx__Squeeze.html>

use crate::ops::Import;
use crate::ops::reshape::Reshape;
use crate::tensor::Dim;

/// Reader of `Squeeze` nodes (axes as input 1; as an attribute before opset 13; all of size 1 when neither is there).
pub const ONNX: &[Import] = &[("Squeeze", |n| {
    let x = n.ty(0)?;
    let given = match n.ints("axes")? {
        Some(axes) => Some(axes),
        None => n.ints_input(1)?,
    };
    let axes = match given {
        Some(axes) => n.axes(&axes, x.rank())?,
        None => (0..x.rank()).filter(|i| x.shape[*i] == Dim::ONE).collect(),
    };
    if let Some(axis) = axes.iter().find(|a| x.shape[**a] != Dim::ONE) {
        return Err(n.error(format!("axis {axis} of {x} is not of size 1")));
    }
    let shape = (0..x.rank()).filter(|i| !axes.contains(i)).map(|i| x.shape[i]).collect();
    Ok(vec![n.apply(Reshape { shape }, &[0])?])
})];
