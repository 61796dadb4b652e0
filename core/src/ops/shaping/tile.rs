//! Tile: a tensor side by side with itself along its axes, read as an Expand between two Reshapes.
//! <https://onnx.ai/onnx/operators/onnx__Tile.html>

use crate::ops::Import;
use crate::ops::reshape::Reshape;
use crate::tensor::Dim;

/// Reader of `Tile` nodes: how often each axis is repeated is input 1.
pub const ONNX: &[Import] = &[("Tile", |n| {
    let (shape, repeats) = (n.ty(0)?.shape, n.dims_input(1)?);
    if repeats.len() != shape.len() {
        return Err(n.error(format!("{} repeats do not fit the {} axes of its input", repeats.len(), shape.len())));
    }
    let mut value = n.input(0)?;
    // Every repeated axis gets one of size 1 before it, which is then expanded.
    let (mut apart, mut wide, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for (dim, times) in shape.iter().zip(&repeats) {
        if *times != Dim::ONE {
            apart.push(Dim::ONE);
            wide.push(*times);
        }
        apart.push(*dim);
        wide.push(*dim);
        let size = dim.times(*times);
        whole.push(size.ok_or_else(|| n.error(format!("{dim} repeated {times} times has no size")))?);
    }
    if apart.len() == shape.len() {
        return Ok(vec![value]);
    }
    value = n.b.reshape(value, &apart).map_err(|e| n.wrap(e))?;
    value = n.b.expand(value, &wide).map_err(|e| n.wrap(e))?;
    n.apply_to(Reshape { shape: whole }, &[value])
})];
