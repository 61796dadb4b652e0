//! Unsqueeze: new axes of size 1, read as a Reshape. <https://onnx.ai/onnx/operators/onnx__Unsqueeze.html>

use crate::ops::Import;
use crate::ops::reshape::Reshape;
use crate::tensor::Dim;

/// Reader of `Unsqueeze` nodes (axes as input 1; as an attribute before opset 13). Axes count in the result.
pub const ONNX: &[Import] = &[("Unsqueeze", |n| {
    let x = n.ty(0)?;
    let given = match n.ints("axes")? {
        Some(axes) => Some(axes),
        None => n.ints_input(1)?,
    };
    let given = given.ok_or_else(|| n.error("the axes are missing"))?;
    let mut axes = n.axes(&given, x.rank() + given.len())?;
    axes.sort_unstable();
    axes.dedup();
    if axes.len() != given.len() {
        return Err(n.error(format!("axes {given:?} name one twice")));
    }
    let mut shape = x.shape;
    for axis in axes {
        shape.insert(axis.min(shape.len()), Dim::ONE);
    }
    Ok(vec![n.apply(Reshape { shape }, &[0])?])
})];
