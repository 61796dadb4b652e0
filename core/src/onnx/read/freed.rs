//! A batch that the file fixes, let go: exporters write the batch of their example image out, in the targets of reshapes and in
//! constants that hold one row for each of its images.

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeInput, SymbolicInt};
use crate::ops::slice::Slice;
use crate::tensor::{Dim, Shape};

/// The sizes that a `Reshape`, `Expand` or `Slice` asks for, with the batch as `N` wherever the images lie, and which of the inputs they
/// are. `None` where nothing has to change.
pub(super) fn target(b: &Builder, op_type: &str, inputs: &[NodeInput], batch: usize) -> Option<(usize, NodeInput)> {
    let place = if op_type == "Slice" { 2 } else { 1 };
    let NodeInput::Value(x) = inputs.first()? else { return None };
    let from = &b.ty(*x).shape;
    let along = images(from)?;
    let target = constant(b, inputs.get(place)?)?;
    let free = match op_type {
        "Reshape" => reshaped(from, along, target, batch)?.iter().map(symbol).collect::<Option<Vec<_>>>()?,
        "Expand" => expanded(from, along, target, batch)?.iter().map(symbol).collect::<Option<Vec<_>>>()?,
        "Slice" => ends(from, along, (target, inputs.get(3).and_then(|axes| constant(b, axes))), batch)?,
        _ => return None,
    };
    Some((place, NodeInput::Symbolic(free)))
}

fn constant<'a>(b: &'a Builder, input: &NodeInput) -> Option<&'a [i64]> {
    let NodeInput::Value(value) = input else { return None };
    b.graph().constant(*value)?.as_i64().ok()
}

fn symbol(dim: &Dim) -> Option<SymbolicInt> {
    Some(SymbolicInt { batch: i64::try_from(dim.batch).ok()?, fixed: i64::try_from(dim.fixed).ok()? })
}

/// The ends of a slice: one that is the size of the images' axis stays its end.
fn ends(from: &[Dim], along: usize, (ends, axes): (&[i64], Option<&[i64]>), batch: usize) -> Option<Vec<SymbolicInt>> {
    let rank = i64::try_from(from.len()).ok()?;
    let own: Vec<i64> = axes.map_or_else(|| (0..rank).take(ends.len()).collect(), <[i64]>::to_vec);
    let place = own.iter().position(|axis| usize::try_from(axis.rem_euclid(rank)).ok() == Some(along))?;
    (usize::try_from(*ends.get(place)?).ok()? == from[along].at(batch)).then_some(())?;
    let mut free: Vec<SymbolicInt> = ends.iter().copied().map(SymbolicInt::fixed).collect();
    free[place] = symbol(&from[along])?;
    Some(free)
}

/// The only axis that is a multiple of the batch.
fn images(shape: &[Dim]) -> Option<usize> {
    let mut axes = (0..shape.len()).filter(|axis| shape[*axis].batch > 0);
    let axis = axes.next().filter(|axis| shape[*axis].fixed == 0)?;
    axes.next().is_none().then_some(axis)
}

/// A reshape moves elements within groups of neighbouring axes of equal product; in the group of the images, the axis of the target
/// that begins where they begin holds them.
fn reshaped(from: &[Dim], along: usize, target: &[i64], batch: usize) -> Option<Shape> {
    let sizes: Vec<usize> = from.iter().map(|dim| dim.at(batch)).collect();
    let target = resolved(&sizes, target)?;
    let group = group(&sizes, &target, along)?;
    let lead: usize = sizes[group.from..along].iter().product();
    let mut before = 1_usize;
    for axis in group.to..target.len() {
        let size = target[axis];
        if lead.is_multiple_of(before) && size.is_multiple_of((lead / before).checked_mul(batch)?) && size > 0 {
            let mut free: Shape = target.iter().copied().map(Dim::fixed).collect();
            free[axis] = Dim { batch: size / batch, fixed: 0 };
            return Some(free);
        }
        before = before.checked_mul(size)?;
        if before > lead {
            return None;
        }
    }
    None
}

/// Where the group that holds an axis begins, on both sides.
struct Group {
    from: usize,
    to: usize,
}

fn group(sizes: &[usize], target: &[usize], along: usize) -> Option<Group> {
    let (mut from, mut to) = (0, 0);
    loop {
        let start = Group { from, to };
        let (mut left, mut right) = (*sizes.get(from)?, *target.get(to)?);
        (from, to) = (from + 1, to + 1);
        while left != right {
            if left < right {
                left = left.checked_mul(*sizes.get(from)?)?;
                from += 1;
            } else {
                right = right.checked_mul(*target.get(to)?)?;
                to += 1;
            }
        }
        if along < from {
            return Some(start);
        }
    }
}

/// The target with 0 (copy) and -1 (what is left) as numbers.
fn resolved(sizes: &[usize], target: &[i64]) -> Option<Vec<usize>> {
    let elements = sizes.iter().try_fold(1_usize, |all, size| all.checked_mul(*size))?;
    let mut rest = None;
    let mut shape = Vec::with_capacity(target.len());
    for (axis, size) in target.iter().enumerate() {
        shape.push(match size {
            -1 => {
                rest = Some(axis);
                1
            }
            0 => *sizes.get(axis)?,
            size => usize::try_from(*size).ok()?,
        });
    }
    let others = shape.iter().try_fold(1_usize, |all, size| all.checked_mul(*size))?;
    if let Some(axis) = rest {
        shape[axis] = elements.checked_div(others)?;
    }
    Some(shape)
}

/// The images' axis keeps its size.
fn expanded(from: &[Dim], along: usize, target: &[i64], batch: usize) -> Option<Shape> {
    let axis = (along + target.len()).checked_sub(from.len())?;
    let wanted = usize::try_from(target[axis]).ok()?;
    if wanted != 1 && wanted != from[along].at(batch) {
        return None;
    }
    let mut free = target.iter().map(|size| usize::try_from(*size).ok().map(Dim::fixed)).collect::<Option<Shape>>()?;
    free[axis] = from[along];
    Some(free)
}

/// The inputs with every row-per-image tensor that does not depend on the images repeated for `N` of them; `None` where there is no such
/// tensor. Whether its rows are equal is seen where the freed network is held against the file's own.
pub(super) fn repeated(
    b: &mut Builder,
    inputs: &[NodeInput],
    batch: usize,
) -> Result<Option<Vec<NodeInput>>, GraphError> {
    let shape = |b: &Builder, input: &NodeInput| match input {
        NodeInput::Value(value) => b.ty(*value).shape.clone(),
        NodeInput::Symbolic(_) | NodeInput::Absent => Vec::new(),
    };
    // Axes are counted from the last, as those of the others may stand before them.
    let along: Vec<usize> =
        inputs.iter().filter_map(|i| shape(b, i).iter().rev().position(|dim| dim.batch > 0)).collect();
    let Some(from_end) = along.first().copied().filter(|first| along.iter().all(|axis| axis == first)) else {
        return Ok(None);
    };
    let mut changed = false;
    let mut all = Vec::with_capacity(inputs.len());
    for input in inputs {
        let own = shape(b, input);
        let axis = own.len().checked_sub(from_end + 1).filter(|axis| own[*axis] == Dim::fixed(batch));
        all.push(match (input, axis) {
            (NodeInput::Value(value), Some(axis)) if own.iter().all(|dim| dim.batch == 0) => {
                changed = true;
                NodeInput::Value(first_repeated(b, *value, axis)?)
            }
            _ => input.clone(),
        });
    }
    Ok(changed.then_some(all))
}

fn first_repeated(b: &mut Builder, value: ValueId, axis: usize) -> Result<ValueId, GraphError> {
    let first = b.apply1(Slice { axis, start: Dim::fixed(0), len: Dim::ONE }, &[value])?;
    let mut shape = b.ty(first).shape.clone();
    shape[axis] = Dim::BATCH;
    b.expand(first, &shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_images_axis_is_found_in_the_target() {
        let n = |batch: usize| Dim { batch, fixed: 0 };
        let free = |from: &[Dim], along: usize, target: &[i64], batch: usize| reshaped(from, along, target, batch);
        let f = Dim::fixed;
        // Flattened, with what is left, and copied.
        assert_eq!(free(&[n(1), f(8), f(4)], 0, &[2, 32], 2), Some(vec![n(1), f(32)]));
        assert_eq!(free(&[n(1), f(8), f(4)], 0, &[-1, 32], 2), Some(vec![n(1), f(32)]));
        assert_eq!(free(&[n(1), f(8), f(4)], 0, &[0, -1], 1), Some(vec![n(1), f(32)]));
        // Heads of attention beside the images, before and behind the sequence; windows of images.
        assert_eq!(free(&[n(1), f(5), f(4), f(8)], 0, &[2, 20, 8], 2), Some(vec![n(1), f(20), f(8)]));
        assert_eq!(free(&[f(5), n(1), f(32)], 1, &[5, 8, 8], 2), Some(vec![f(5), n(4), f(8)]));
        assert_eq!(
            free(&[n(1), f(4), f(4), f(3)], 0, &[2, 2, 2, 2, 2, 3], 2),
            Some(vec![n(1), f(2), f(2), f(2), f(2), f(3)])
        );
        assert_eq!(free(&[n(4), f(6)], 0, &[3, 4, 6], 3), Some(vec![n(1), f(4), f(6)]));
        assert_eq!(free(&[f(5), n(1)], 1, &[10], 2), Some(vec![n(5)]));
        // Images and positions in one axis that is no whole number of batches.
        assert_eq!(free(&[n(1), f(6)], 0, &[3, 4], 2), None);
    }
}
