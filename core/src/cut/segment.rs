//! What happens between one tap and the next: an activation, a shift and scale, a move of elements, or a layer.

use super::Side;
use super::flow::Flow;
use crate::graph::ValueId;
use crate::ops::{Op, Role};

/// Kinds of segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Elementwise and nonlinear, in one node or in several (`x * sigmoid(x)`).
    Activation,
    /// Shift and scale.
    Affine,
    /// Elements moved or pooled.
    Passive,
    /// Branches meet: two in a sum, or any number side by side.
    Join,
    /// Anything else: a layer.
    Layer,
}

/// The nodes between one tap and the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// The node that ends it.
    pub node: usize,
    /// Its result, the tap.
    pub value: ValueId,
    pub kind: Kind,
}

/// All segments, in order.
pub(super) fn segments(flow: &Flow<'_>) -> Vec<Segment> {
    let mut rest = flow.nodes.as_slice();
    let mut segments = Vec::new();
    for (node, value) in flow.separators() {
        let length = rest.iter().take_while(|i| **i <= node).count();
        let (own, others) = rest.split_at(length);
        rest = others;
        segments.push(Segment { node, value, kind: kind(flow, own) });
    }
    segments
}

fn kind(flow: &Flow<'_>, nodes: &[usize]) -> Kind {
    let role = |index: &usize| flow.graph.nodes()[*index].op.role();
    let all = |known: &[Role]| nodes.iter().all(|i| known.contains(&role(i)));
    if all(&[Role::Activation, Role::Affine]) && nodes.iter().any(|i| role(i) == Role::Activation) {
        return Kind::Activation;
    }
    let joins = nodes.last().map(|i| &flow.graph.nodes()[*i]).is_some_and(|last| {
        let carried: Vec<ValueId> = last.inputs.iter().copied().filter(|i| flow.carries(*i)).collect();
        let branches = carried.iter().any(|branch| *branch != carried[0]);
        // Patches of one tensor that are only moved beside each other are no branches.
        let beside =
            || matches!(last.op, Op::Concat(_)) && !nodes[..nodes.len() - 1].iter().all(|i| role(i) == Role::Passive);
        branches && (matches!(last.op, Op::Add(_)) || beside())
    });
    match () {
        () if joins => Kind::Join,
        () if all(&[Role::Affine]) => Kind::Affine,
        () if all(&[Role::Passive]) => Kind::Passive,
        () => Kind::Layer,
    }
}

/// On which side of an activation the tap at the end of each segment lies.
pub(super) fn sides(segments: &[Segment]) -> Vec<Side> {
    // What the nearest segment is, looking back over moves and forth over shifts and scales; one walk each way.
    let mut before = Vec::with_capacity(segments.len());
    let mut last = None;
    for segment in segments {
        if segment.kind != Kind::Passive {
            last = Some(segment.kind);
        }
        before.push(last);
    }
    let mut next = None;
    let mut sides: Vec<Side> = segments
        .iter()
        .zip(before)
        .rev()
        .map(|(segment, before)| {
            let made = before == Some(Kind::Activation);
            let side = if !made && next == Some(Kind::Activation) { Side::Pre } else { Side::Post };
            if segment.kind != Kind::Affine {
                next = Some(segment.kind);
            }
            side
        })
        .collect();
    sides.reverse();
    sides
}
