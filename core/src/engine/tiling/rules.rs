//! A rule for each operator whose settings decide: where the images' axis of the arguments goes.
//!
//! Every rule may take for granted that at least one argument has rows and that the others have rows or are fixed, and that
//! the node types: two sizes that must agree do. The result is checked against the shape afterwards.

use super::tags::{Tag, Through};
use crate::ops::stitch::channel_axis;
use crate::ops::{Images, Op};
use crate::tensor::Dim;

/// The tags of the results. An operator says in its own file which way images take; only those whose settings decide have a rule here.
pub(super) fn through(n: &Through<'_>) -> Vec<Tag> {
    let along = |axis: Option<usize>| vec![axis.map_or(Tag::Mixed, Tag::Rows); n.node.outputs.len()];
    if n.own.iter().any(|tag| matches!(tag, Tag::Places(..))) {
        return vec![places(n); n.node.outputs.len()];
    }
    match n.node.op.images() {
        Images::Broadcast => return along(broadcast(n)),
        Images::First => return along(first(n)),
        Images::Own => {}
    }
    match &n.node.op {
        Op::Reshape(_) => along(n.rows(0).and_then(|axis| reshaped(&n.ty(0).shape, axis, &n.result().shape))),
        Op::Transpose(op) => along(op.order.iter().position(|from| Some(*from) == n.rows(0))),
        Op::ReduceSum(op) => vec![summed(n, &op.axes, op.keep_dims)],
        Op::ReduceSumSquare(op) => vec![summed(n, &op.axes, op.keep_dims)],
        Op::ReduceMean(op) => along(folded(n, &op.axes, op.keep_dims)),
        Op::ReduceMax(op) => along(folded(n, &op.axes, op.keep_dims)),
        Op::ReduceL2(op) => along(folded(n, &op.axes, op.keep_dims)),
        Op::ArgMax(op) => along(folded(n, &[op.axis], op.keep_dims)),
        Op::Softmax(op) => along(beside(n, op.axis)),
        Op::LogSoftmax(op) => along(beside(n, op.axis)),
        Op::TopK(op) => along(beside(n, op.axis)),
        Op::Concat(op) => along(n.rows(0).filter(|axis| *axis != op.axis && n.all_along(*axis))),
        Op::Slice(op) => along(n.rows(0).filter(|axis| *axis != op.axis || n.along(0, *axis) == Some(op.len))),
        Op::Pad(op) => along(n.rows(0).filter(|a| op.before[*a].plus(op.after[*a]) == Dim::fixed(0))),
        Op::OneHot(op) => along(n.rows(0).map(|axis| axis + usize::from(op.axis <= axis))),
        Op::Gather(op) => along(gathered(n, op.axis)),
        Op::GatherElements(op) => along(element_by_element(n, op.axis)),
        Op::ScatterElements(op) => along(element_by_element(n, op.axis).filter(|_| n.rows(0).is_some())),
        Op::MatMul(_) => vec![product(n)],
        Op::Conv(_) if kernel_gradient(n) => vec![Tag::Sum],
        Op::Conv(_) => along(first(n)),
        Op::MaxPool(_) => vec![along(first(n))[0], indices(n)],
        Op::StitchGrad(_) => stitch_gradient(n),
        Op::Stitch(_) => along(n.only_first().filter(|axis| *axis != channel_axis(n.ty(0).rank()))),
        Op::BatchNormalization(_) => along(n.only_first().filter(|axis| *axis != 1)),
        Op::LayerNormalization(op) => along(n.only_first().filter(|axis| *axis < op.axis)),
        // Without a rule its images stay together, which is never wrong.
        _ => along(None),
    }
}

/// Images along the first axis of argument 0 alone.
fn first(n: &Through<'_>) -> Option<usize> {
    n.only_first().filter(|axis| *axis == 0)
}

/// The axis that stands as far from the last as the images' of every argument that has one.
fn broadcast(n: &Through<'_>) -> Option<usize> {
    let rank = n.result().rank();
    let mut places = (0..n.own.len()).filter_map(|i| Some(n.rows(i)? + rank - n.ty(i).rank()));
    let axis = places.next()?;
    places.all(|other| other == axis).then_some(axis)
}

/// The images' axis after a reshape: what lies before it must hold as many elements as before, so that each image's elements
/// stay together.
fn reshaped(from: &[Dim], axis: usize, to: &[Dim]) -> Option<usize> {
    let count = |dims: &[Dim]| dims.iter().try_fold(1_usize, |all, dim| all.checked_mul(dim.known()?));
    let target = to.iter().position(|dim| dim.batch > 0)?;
    let lead = count(&from[..axis])?;
    (lead > 0 && count(&to[..target]) == Some(lead)).then_some(target)
}

/// The images' axis beside `axes` that are folded.
fn folded(n: &Through<'_>, axes: &[usize], keep_dims: bool) -> Option<usize> {
    let axis = n.rows(0).filter(|axis| !axes.contains(axis))?;
    let gone = if keep_dims { 0 } else { axes.iter().filter(|a| **a < axis).count() };
    Some(axis - gone)
}

fn summed(n: &Through<'_>, axes: &[usize], keep_dims: bool) -> Tag {
    let over_images = n.rows(0).is_some_and(|axis| axes.contains(&axis));
    if over_images { Tag::Sum } else { folded(n, axes, keep_dims).map_or(Tag::Mixed, Tag::Rows) }
}

/// The images' axis, when it is another than the one that is worked along.
fn beside(n: &Through<'_>, worked: usize) -> Option<usize> {
    n.rows(0).filter(|axis| *axis != worked)
}

fn gathered(n: &Through<'_>, picked: usize) -> Option<usize> {
    match (n.rows(0), n.rows(1)) {
        (None, Some(axis)) => Some(picked + axis),
        (Some(axis), None) if axis < picked => Some(axis),
        (Some(axis), None) if axis > picked => Some(axis + n.ty(1).rank() - 1),
        _ => None,
    }
}

/// Indices with rows that point within their own image, or anywhere in a fixed table.
fn element_by_element(n: &Through<'_>, pointed: usize) -> Option<usize> {
    let axis = n.rows(1)?;
    if n.rows(0).is_none() {
        return (axis == pointed).then_some(axis);
    }
    (axis != pointed && n.all_along(axis) && n.along(0, axis) == n.along(1, axis)).then_some(axis)
}

fn product(n: &Through<'_>) -> Tag {
    let from_end = |index: usize| n.rows(index).map(|axis| n.ty(index).rank() - axis);
    match (from_end(0), from_end(1)) {
        // Last axis of the left against the last but one of the right: the sum runs over images.
        (Some(1), Some(2)) => Tag::Sum,
        (Some(1), _) | (_, Some(2)) => Tag::Mixed,
        (Some(a), Some(b)) if a != b || a < 3 => Tag::Mixed,
        _ => broadcast(n).map_or(Tag::Mixed, Tag::Rows),
    }
}

/// A convolution whose channels are the images: the derivative of a convolution by its kernel.
fn kernel_gradient(n: &Through<'_>) -> bool {
    n.own.len() == 2 && n.all_along(1) && matches!(&n.node.op, Op::Conv(op) if op.groups == 1)
}

fn stitch_gradient(n: &Through<'_>) -> Vec<Tag> {
    let axis = n.rows(0).filter(|axis| n.all_along(*axis) && *axis != channel_axis(n.ty(0).rank()));
    vec![if axis.is_some() { Tag::Sum } else { Tag::Mixed }; n.node.outputs.len()]
}

/// The second result of a pool.
fn indices(n: &Through<'_>) -> Tag {
    match (first(n), n.ty(0).elements()) {
        (Some(axis), Some(count)) => Tag::Places(axis, count),
        _ => Tag::Mixed,
    }
}

/// What takes places in a tile: a reshape keeps them; picking from and putting into a flat tensor of as many elements uses
/// them up.
fn places(n: &Through<'_>) -> Tag {
    let flat = |count: Dim| n.own[0] == Tag::Rows(0) && n.ty(0).shape == [count];
    match (&n.node.op, n.own) {
        (Op::Reshape(_), [Tag::Places(axis, count)]) => {
            reshaped(&n.ty(0).shape, *axis, &n.result().shape).map_or(Tag::Mixed, |axis| Tag::Places(axis, *count))
        }
        (Op::Gather(_) | Op::GatherElements(_), [_, Tag::Places(axis, count)]) if flat(*count) => Tag::Rows(*axis),
        (Op::ScatterElements(_), [_, Tag::Places(0, count), Tag::Rows(0)]) if flat(*count) => Tag::Rows(0),
        _ => Tag::Mixed,
    }
}
