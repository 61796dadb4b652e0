//! Which of four axes are the channels: `[N, C, H, W]`, or `[N, H, W, C]` where attention works on a picture's patches (Swin).
//!
//! A stitch mixes channels, and must not mix rows because a network has its channels last. The file does not say which they are;
//! what is done with the tensor does: a convolution takes its channels first, a normalisation or product over the last axis last.

use super::flow::Flow;
use crate::graph::{Node, ValueId};
use crate::ops::{Axes, Op};

/// How far the walk goes; what decides stands within a block.
const MOST_STEPS: usize = 64;

/// Whether the channels of a tensor of four axes are its last axis. In doubt they are the second.
pub(super) fn channels_last(flow: &Flow<'_>, value: ValueId) -> bool {
    let rank = flow.graph.ty(value).rank();
    rank == 4 && users(flow, value).or_else(|| maker(flow, value)).unwrap_or(false)
}

/// What those who use it take it for: `Some(true)` for last.
fn users(flow: &Flow<'_>, value: ValueId) -> Option<bool> {
    let mut open = std::collections::VecDeque::from([value]);
    for _ in 0..MOST_STEPS {
        let value = open.pop_front()?;
        for node in flow.users(value).iter().map(|index| &flow.graph.nodes()[*index]) {
            let decided = taken_as(flow, node, value);
            if decided.is_some() {
                return decided;
            }
            if keeps(flow, node, value) {
                open.extend(&node.outputs);
            }
        }
    }
    None
}

/// What its maker makes: a convolution channels first, a product with a matrix last.
fn maker(flow: &Flow<'_>, mut value: ValueId) -> Option<bool> {
    for _ in 0..MOST_STEPS {
        let node = flow.graph.producer(value)?;
        match &node.op {
            Op::LayerNormalization(_) | Op::MatMul(_) => return taken_as(flow, node, *node.inputs.first()?),
            Op::Transpose(t) => return moved(&t.order).map(|last| !last),
            op => match op.axes() {
                Axes::ChannelsFirst => return Some(false),
                Axes::InPlace => value = *node.inputs.iter().find(|i| flow.carries(**i))?,
                Axes::InOrder | Axes::Other => return None,
            },
        }
    }
    None
}

/// What `node` takes its argument for, if that shows.
fn taken_as(flow: &Flow<'_>, node: &Node, value: ValueId) -> Option<bool> {
    let rank = flow.graph.ty(value).rank();
    match &node.op {
        Op::LayerNormalization(norm) => (norm.axis + 1 == rank).then_some(true),
        Op::MatMul(_) => {
            let matrix = node.inputs.get(1).filter(|w| !flow.carries(**w))?;
            (node.inputs.first() == Some(&value) && flow.graph.ty(*matrix).rank() == 2).then_some(true)
        }
        Op::Transpose(t) => moved(&t.order),
        op => (op.axes() == Axes::ChannelsFirst).then_some(false),
    }
}

/// From which layout an order of axes leads to the other one.
fn moved(order: &[usize]) -> Option<bool> {
    match order {
        [0, 3, 1, 2] => Some(true),
        [0, 2, 3, 1] => Some(false),
        _ => None,
    }
}

/// Whether the last axis of `value` is still the last one, as a whole, behind `node`.
fn keeps(flow: &Flow<'_>, node: &Node, value: ValueId) -> bool {
    let (before, after) = (flow.graph.ty(value), node.outputs.first().map(|o| flow.graph.ty(*o)));
    let Some(after) = after else { return false };
    if matches!(node.op, Op::Reshape(_)) {
        return (3..=4).contains(&after.rank()) && before.shape.last() == after.shape.last();
    }
    matches!(node.op.axes(), Axes::InPlace | Axes::InOrder) && before.rank() == after.rank()
}
