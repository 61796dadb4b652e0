//! ReduceProd: the product over axes, read as products of halves. <https://onnx.ai/onnx/operators/onnx__ReduceProd.html>

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::Import;
use crate::ops::reshape::Reshape;
use crate::tensor::Dim;

/// Longest axis that is read.
const LONGEST: usize = 1 << 16;

/// Reader of `ReduceProd` nodes.
pub const ONNX: &[Import] = &[("ReduceProd", |n| {
    let (axes, keep_dims) = n.reduction()?;
    let mut value = n.input(0)?;
    for axis in &axes {
        let dim = n.b.ty(value).shape[*axis];
        let size = dim.known().filter(|size| *size <= LONGEST);
        let size = size.ok_or_else(|| n.error(format!("an axis of {dim} positions cannot be multiplied up")))?;
        value = product(n.b, value, *axis, size).map_err(|e| n.wrap(e))?;
    }
    let shape = n.b.ty(value).shape.clone();
    let kept = (0..shape.len()).filter(|i| keep_dims || !axes.contains(i)).map(|i| shape[i]).collect();
    n.apply_to(Reshape { shape: kept }, &[value])
})];

/// One position instead of `size`.
fn product(b: &mut Builder, mut value: ValueId, axis: usize, mut size: usize) -> Result<ValueId, GraphError> {
    if size == 0 {
        // The product of nothing.
        let mut shape = b.ty(value).shape.clone();
        shape[axis] = Dim::ONE;
        let one = b.scalar_like(1.0, value);
        return b.expand(one, &shape);
    }
    while size > 1 {
        let half = Dim::fixed(size / 2);
        let (low, high) = (b.slice(value, axis, Dim::fixed(0), half)?, b.slice(value, axis, half, half)?);
        let mut pairs = b.mul(low, high)?;
        if size % 2 == 1 {
            let rest = b.slice(value, axis, Dim::fixed(size - 1), Dim::ONE)?;
            pairs = b.concat(&[pairs, rest], axis)?;
        }
        (value, size) = (pairs, size.div_ceil(2));
    }
    Ok(value)
}
