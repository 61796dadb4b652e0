//! Split: pieces of a tensor along an axis, read as one Slice each. <https://onnx.ai/onnx/operators/onnx__Split.html>

use crate::onnx::{NodeContext, OnnxError};
use crate::ops::slice::Slice;
use crate::ops::{Import, Op};
use crate::tensor::Dim;

/// Reader of `Split` nodes (sizes as input 1; as an attribute before opset 13; equal parts when neither is there).
pub const ONNX: &[Import] = &[("Split", |n| {
    let x = n.ty(0)?;
    let axis = n.axis(n.int("axis", 0)?, x.rank())?;
    let sizes = sizes(n, x.shape[axis])?;
    let (value, names) = (n.input(0)?, n.info.outputs.clone());
    let (mut start, mut parts) = (Dim::fixed(0), Vec::with_capacity(sizes.len()));
    for (index, len) in sizes.into_iter().enumerate() {
        let name = names.get(index..=index).unwrap_or_default();
        let slice = Op::from(Slice { axis, start, len });
        let node = format!("{}/{index}", n.info.name);
        parts.extend(n.b.apply_named(&node, slice, &[value], name).map_err(|e| n.wrap(e))?);
        start = start.plus(len);
    }
    Ok(parts)
})];

/// Size of every piece.
fn sizes(n: &mut NodeContext<'_>, whole: Dim) -> Result<Vec<Dim>, OnnxError> {
    let count = n.info.outputs.len();
    let said = n.int("num_outputs", 0)?;
    if said != 0 && usize::try_from(said) != Ok(count) {
        return Err(n.error(format!("num_outputs is {said}, but it has {count} outputs")));
    }
    let given = match n.ints("split")? {
        Some(sizes) => Some(sizes),
        None => n.ints_input(1)?,
    };
    if let Some(sizes) = given {
        let size = |s: &i64| usize::try_from(*s).ok().filter(|s| *s < 1 << 30).map(Dim::fixed);
        let sizes: Vec<Dim> = sizes
            .iter()
            .map(|s| size(s).ok_or_else(|| n.error(format!("{s} is not a size"))))
            .collect::<Result<_, _>>()?;
        let sum = sizes.iter().fold(Dim::fixed(0), |all, size| all.plus(*size));
        return if sum == whole && sizes.len() == count {
            Ok(sizes)
        } else {
            Err(n.error(format!("{} pieces of {sum} in all do not make {count} outputs of {whole}", sizes.len())))
        };
    }
    if let Some(equal) = whole.divided_by(Dim::fixed(count)) {
        return Ok(vec![equal; count]);
    }
    // Opset 18: equal pieces but the last, which takes what is left.
    let size = whole.known().ok_or_else(|| n.error(format!("{whole} does not split into {count} equal parts")))?;
    let piece = size.div_ceil(count.max(1));
    Ok((0..count).map(|i| Dim::fixed(size.saturating_sub(i * piece).min(piece))).collect())
}
