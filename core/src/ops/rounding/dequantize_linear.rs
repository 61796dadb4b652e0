//! DequantizeLinear: `y = (x - zero point) * scale`, for the whole tensor, each position of an axis, or blocks along it. Read as
//! its parts; weights become floats while a file is read.
//! <https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html>

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError, computed};
use crate::ops::Import;
use crate::ops::mul::Mul;
use crate::tensor::{Dim, Tensor};

/// Reader of `DequantizeLinear` nodes.
pub const ONNX: &[Import] = &[("DequantizeLinear", |n| {
    // The result has the scale's type, or another of half or full floats.
    n.irrelevant(&["output_dtype"]);
    let (axis, block) = (n.int("axis", 1)?, n.int("block_size", 0)?);
    let x = n.input(0)?;
    let scale = spread(n, 1, axis, block)?;
    let zero = if n.has(2) { Some(spread(n, 2, axis, block)?) } else { None };
    let to = n.b.ty(scale).dtype;
    let mut value = n.b.cast(x, to).map_err(|e| n.wrap(e))?;
    if let Some(zero) = zero {
        let zero = n.b.cast(zero, to).map_err(|e| n.wrap(e))?;
        value = n.b.sub(value, zero).map_err(|e| n.wrap(e))?;
    }
    let results = n.apply_to(Mul, &[value, scale])?;
    // Whole numbers and their differences are exact in f32, so that a weight is rounded once.
    match computed(n.b.graph(), results[0]) {
        Some(weight) => Ok(vec![n.b.named_constant(&n.info.name, weight)]),
        None => Ok(results),
    }
})];

/// Scales or zero points, of a shape that broadcasts with the tensor's.
pub(in crate::ops) fn spread(
    n: &mut NodeContext<'_>,
    index: usize,
    axis: i64,
    block: i64,
) -> Result<ValueId, OnnxError> {
    let (x, value) = (n.ty(0)?, n.input(index)?);
    let own = n.b.ty(value).shape.clone();
    if own.iter().all(|d| *d == Dim::ONE) && block == 0 {
        return n.b.reshape(value, &[]).map_err(|e| n.wrap(e));
    }
    let axis = n.axis(axis, x.rank())?;
    if block == 0 {
        if own != x.shape[axis..=axis] {
            return Err(n.error(format!(
                "input {index} must have one element for each of the {} of axis {axis}",
                x.shape[axis]
            )));
        }
        let mut shape = vec![Dim::ONE; x.rank()];
        shape[axis] = own[0];
        return n.b.reshape(value, &shape).map_err(|e| n.wrap(e));
    }
    blocks(n, value, axis, block)
}

/// Every element along `axis` repeated `block` times; of the last block what fits.
fn blocks(n: &mut NodeContext<'_>, value: ValueId, axis: usize, block: i64) -> Result<ValueId, OnnxError> {
    let (whole, own) = (n.ty(0)?.shape, n.b.ty(value).shape.clone());
    let size = whole[axis].known();
    let fits = size.zip(usize::try_from(block).ok()).filter(|(size, block)| {
        own.len() == whole.len() && *block > 0 && own.get(axis) == Some(&Dim::fixed(size.div_ceil(*block)))
    });
    let (size, block) = fits.ok_or_else(|| n.error(format!("blocks of {block} do not fit its scales")))?;
    let indices = (0..size).map(|i| i64::try_from(i / block).unwrap_or(i64::MAX)).collect::<Vec<_>>();
    let indices = n.b.constant(Tensor::indices(&indices));
    n.b.gather(value, indices, axis).map_err(|e| n.wrap(e))
}
