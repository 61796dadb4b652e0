//! Shape arithmetic that moves elements: gathering, slicing, joining, reshaping, counting.

use ndarray::{ArrayD, Axis, IxDyn, Slice, concatenate};

use super::{AttributeValue, Fold, OnnxError};
use crate::onnx::SymbolicInt;
use crate::onnx::symbols::{MOST_SYMBOLS, Symbols};

/// `x[indices]` along an axis.
pub(super) fn gather(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let (x, indices) = (node.input(0)?, node.input(1)?);
    let axis = node.axis(node.int_attribute("axis", 0), x.array.ndim())?;
    let size = x.array.shape()[axis];
    let picked = node.ints(1)?.unwrap_or_default();
    let picked = picked.into_iter().map(|i| node.axis(i, size)).collect::<Result<Vec<_>, _>>()?;
    bounded(node, picked.len(), x.array.len())?;
    let mut shape = x.array.shape()[..axis].to_vec();
    shape.extend(indices.array.shape());
    shape.extend(&x.array.shape()[axis + 1..]);
    reshaped(node, &x.array.select(Axis(axis), &picked), &shape, x.boolean)
}

/// `x[start:end:step]` along some axes.
pub(super) fn slice(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let x = node.input(0)?;
    let list = |name: &str, index: usize| match node.info.attributes.get(name) {
        Some(AttributeValue::Ints(values)) => Ok(Some(values.clone())),
        _ => node.ints(index),
    };
    let starts = list("starts", 1)?.ok_or_else(|| node.error("its starts are missing"))?;
    let ends = list("ends", 2)?.ok_or_else(|| node.error("its ends are missing"))?;
    let axes = match list("axes", 3)? {
        Some(axes) => axes,
        None => (0..).take(starts.len()).collect(),
    };
    let steps = node.ints(4)?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err(node.error("its starts, ends, axes and steps differ in length"));
    }
    let mut array = x.array.clone();
    for index in 0..starts.len() {
        let axis = node.axis(axes[index], array.ndim())?;
        let picked = indices(node, starts[index], ends[index], steps[index], array.shape()[axis])?;
        array = array.select(Axis(axis), &picked);
    }
    Ok(Symbols { array, boolean: x.boolean })
}

fn indices(node: &Fold<'_>, start: i64, end: i64, step: i64, size: usize) -> Result<Vec<usize>, OnnxError> {
    let length = i64::try_from(size).unwrap_or(i64::MAX);
    let place = |at: i64| {
        if at < 0 { at.saturating_add(length) } else { at }
    };
    let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
    let index = |at: i64| usize::try_from(at).unwrap_or(0);
    match step.signum() {
        1 => {
            let (low, high) = (place(start).clamp(0, length), place(end).clamp(0, length));
            Ok((index(low)..index(high)).step_by(stride).collect())
        }
        -1 => {
            // From `start` down to, but without, `end`; -1 stands before the first element.
            let (high, low) = (place(start).clamp(-1, length - 1), place(end).clamp(-1, length - 1));
            Ok((index(low + 1)..index(high + 1)).rev().step_by(stride).collect())
        }
        _ => Err(node.error("a step must not be 0")),
    }
}

/// Inputs joined along an axis.
pub(super) fn concat(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let first = node.input(0)?;
    let parts = (0..node.inputs.len()).map(|i| node.input(i)).collect::<Result<Vec<_>, _>>()?;
    bounded(node, parts.iter().map(|p| p.array.len()).sum(), 1)?;
    let rank = first.array.ndim();
    if let Some(other) = parts.iter().map(|p| p.array.ndim()).find(|other| *other != rank) {
        return Err(node.error(format!(
            "it joins tensors of {rank} and of {other} axes; where a size alone is joined (x.shape[0]), Unsqueeze it first, or export \
             the model again"
        )));
    }
    let axis = node.axis(node.int_attribute("axis", 0), rank)?;
    let views: Vec<_> = parts.iter().map(|p| p.array.view()).collect();
    let array = concatenate(Axis(axis), &views).map_err(|_| {
        let shapes: Vec<&[usize]> = parts.iter().map(|p| p.array.shape()).collect();
        node.error(format!("tensors of the sizes {shapes:?} do not join along axis {axis}"))
    })?;
    Ok(Symbols { array, boolean: first.boolean })
}

/// New axes of size 1.
pub(super) fn unsqueeze(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let x = node.input(0)?;
    let axes = node.axes(1)?.ok_or_else(|| node.error("its axes are missing"))?;
    bounded(node, axes.len(), 64)?;
    let rank = x.array.ndim() + axes.len();
    let mut places = axes.iter().map(|a| node.axis(*a, rank)).collect::<Result<Vec<_>, _>>()?;
    places.sort_unstable();
    let mut shape = x.array.shape().to_vec();
    for place in places {
        if place > shape.len() {
            return Err(node.error("its axes repeat"));
        }
        shape.insert(place, 1);
    }
    reshaped(node, &x.array, &shape, x.boolean)
}

/// Without some (or all) axes of size 1.
pub(super) fn squeeze(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let x = node.input(0)?;
    let rank = x.array.ndim();
    let axes = match node.axes(1)? {
        Some(axes) => axes.iter().map(|a| node.axis(*a, rank)).collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).filter(|a| x.array.shape()[*a] == 1).collect(),
    };
    let kept = (0..rank).filter(|a| !axes.contains(a)).map(|a| x.array.shape()[a]);
    reshaped(node, &x.array, &kept.collect::<Vec<_>>(), x.boolean)
}

/// The same elements under another shape.
pub(super) fn reshape(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let x = node.input(0)?;
    let target = node.ints(1)?.ok_or_else(|| node.error("its target shape is missing"))?;
    let keep_zero = node.int_attribute("allowzero", 0) != 0;
    let copied = |axis: usize| {
        x.array.shape().get(axis).copied().ok_or_else(|| node.error(format!("there is no axis {axis} to copy")))
    };
    let mut shape = Vec::with_capacity(target.len());
    let mut rest = None;
    for (axis, size) in target.into_iter().enumerate() {
        shape.push(match size {
            -1 if rest.is_none() => {
                rest = Some(axis);
                1
            }
            0 if !keep_zero => copied(axis)?,
            size => usize::try_from(size).map_err(|_| node.error(format!("{size} is not a size")))?,
        });
    }
    if let Some(axis) = rest {
        let others = shape.iter().try_fold(1_usize, |all, d| all.checked_mul(*d)).unwrap_or(0);
        shape[axis] = x.array.len().checked_div(others).unwrap_or(0);
    }
    reshaped(node, &x.array, &shape, x.boolean)
}

/// Axes in another order; reversed when none is told.
pub(super) fn transpose(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let x = node.input(0)?;
    let rank = x.array.ndim();
    let order = match node.info.attributes.get("perm") {
        Some(AttributeValue::Ints(order)) => {
            order.iter().map(|a| node.axis(*a, rank)).collect::<Result<Vec<_>, _>>()?
        }
        _ => (0..rank).rev().collect(),
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..rank) {
        return Err(node.error(format!("{order:?} is not an order of its {rank} axes")));
    }
    let array = x.array.view().permuted_axes(IxDyn(&order));
    Ok(Symbols { array: array.as_standard_layout().into_owned(), boolean: x.boolean })
}

/// Repeated up to a shape.
pub(super) fn expand(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let x = node.input(0)?;
    let target = node.ints(1)?.ok_or_else(|| node.error("its target shape is missing"))?;
    let mut shape = target
        .iter()
        .map(|d| usize::try_from(*d).map_err(|_| node.error(format!("{d} is not a size"))))
        .collect::<Result<Vec<_>, _>>()?;
    let size = shape.iter().try_fold(1_usize, |all, d| all.checked_mul(*d));
    bounded(node, size.unwrap_or(usize::MAX), x.array.len())?;
    // ONNX broadcasts both ways: the result may be larger than the target.
    while shape.len() < x.array.ndim() {
        shape.insert(0, 1);
    }
    let lead = shape.len() - x.array.ndim();
    for (axis, size) in x.array.shape().iter().enumerate() {
        if shape[lead + axis] == 1 {
            shape[lead + axis] = *size;
        }
    }
    let wide = x.array.broadcast(IxDyn(&shape)).map(|w| w.to_owned());
    let array = wide.ok_or_else(|| node.error(format!("{:?} does not expand to {shape:?}", x.array.shape())))?;
    Ok(Symbols { array, boolean: x.boolean })
}

/// Sum or product over some axes.
pub(super) fn reduce(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let x = node.input(0)?;
    let rank = x.array.ndim();
    let none = node.int_attribute("noop_with_empty_axes", 0) == 1;
    let given = node.axes(1)?.filter(|axes| !axes.is_empty());
    let axes = match given {
        Some(axes) => axes.iter().map(|a| node.axis(*a, rank)).collect::<Result<Vec<_>, _>>()?,
        None if none => Vec::new(),
        None => (0..rank).collect(),
    };
    let product = node.info.op_type == "ReduceProd";
    let mut array = x.array.clone();
    for axis in &axes {
        let lanes = array.map_axis(Axis(*axis), |lane| combined(product, lane.iter().copied()));
        if lanes.iter().any(Option::is_none) {
            return Err(node.no_form());
        }
        array = lanes.mapv(Option::unwrap_or_default).insert_axis(Axis(*axis));
    }
    if node.int_attribute("keepdims", 1) == 0 {
        let kept: Vec<usize> = (0..rank).filter(|a| !axes.contains(a)).map(|a| array.shape()[a]).collect();
        return reshaped(node, &array, &kept, false);
    }
    Ok(Symbols { array, boolean: false })
}

fn combined(product: bool, mut lane: impl Iterator<Item = SymbolicInt>) -> Option<SymbolicInt> {
    let scaled =
        |s: SymbolicInt, k: i64| Some(SymbolicInt { batch: s.batch.checked_mul(k)?, fixed: s.fixed.checked_mul(k)? });
    lane.try_fold(SymbolicInt::fixed(i64::from(product)), |all, s| match (product, all.known(), s.known()) {
        (false, ..) => {
            Some(SymbolicInt { batch: all.batch.checked_add(s.batch)?, fixed: all.fixed.checked_add(s.fixed)? })
        }
        (true, Some(k), _) => scaled(s, k),
        (true, _, Some(k)) => scaled(all, k),
        (true, None, None) => None,
    })
}

/// `start, start + step, ...` before `limit`.
pub(super) fn range(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let one =
        |index| node.ints(index)?.and_then(|v| v.first().copied()).ok_or_else(|| node.error("it takes three numbers"));
    let (start, limit, step) = (one(0)?, one(1)?, one(2)?);
    let span = limit.checked_sub(start).ok_or_else(|| node.no_form())?;
    let whole = span.checked_div(step).ok_or_else(|| node.error("a step must not be 0"))?;
    let count = whole.max(0) + i64::from(span.checked_rem(step).unwrap_or(0) != 0 && (span < 0) == (step < 0));
    bounded(node, usize::try_from(count).unwrap_or(usize::MAX), 1)?;
    Ok(Symbols::list((0..count).map(|i| SymbolicInt::fixed(start.saturating_add(i.saturating_mul(step)))).collect()))
}

/// One axis of `x` between two places; what `Shape` with `start` and `end` shows.
pub(in crate::onnx) fn part(x: &Symbols, start: usize, end: usize) -> Symbols {
    let high = end.min(x.array.len());
    let low = start.min(high);
    let array = x.array.slice_axis(Axis(0), Slice::from(low..high)).to_owned();
    Symbols { array, boolean: false }
}

fn reshaped(
    node: &Fold<'_>,
    array: &ArrayD<SymbolicInt>,
    shape: &[usize],
    boolean: bool,
) -> Result<Symbols, OnnxError> {
    let values: Vec<SymbolicInt> = array.iter().copied().collect();
    let array = ArrayD::from_shape_vec(IxDyn(shape), values)
        .map_err(|_| node.error(format!("{:?} does not reshape to {shape:?}", array.shape())))?;
    Ok(Symbols { array, boolean })
}

/// Keeps a hostile file from growing a shape beyond any network's.
fn bounded(node: &Fold<'_>, count: usize, each: usize) -> Result<(), OnnxError> {
    if count.checked_mul(each.max(1)).is_none_or(|size| size > MOST_SYMBOLS) {
        return Err(node.error("the result is too large for a shape"));
    }
    Ok(())
}
