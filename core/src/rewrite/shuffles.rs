//! Two blocks of channels that become pixels and are then added are added first: half the copying.
//!
//! The pattern is a residual block with a strided first convolution and a strided shortcut, seen from behind.

use crate::graph::{Graph, GraphError, translate};
use crate::ops::add::Add;
use crate::ops::{Op, depth_to_space::DepthToSpace};

/// `Add(DepthToSpace(a), DepthToSpace(b))` with equal settings and shapes becomes `DepthToSpace(Add(a, b))`.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn merge_shuffles(graph: &Graph) -> Result<Graph, GraphError> {
    translate(graph, |b, node, inputs| {
        let (Op::Add(_), [left, right]) = (&node.op, inputs) else { return Ok(None) };
        let shuffle = |value| match b.graph().producer(value) {
            Some(producer) => match &producer.op {
                Op::DepthToSpace(settings) => Some((settings.clone(), producer.inputs[0])),
                _ => None,
            },
            None => None,
        };
        let (Some((first, x)), Some((second, y))) = (shuffle(*left), shuffle(*right)) else { return Ok(None) };
        if first != second || b.ty(x) != b.ty(y) {
            return Ok(None);
        }
        let sum = b.apply1(Add, &[x, y])?;
        let DepthToSpace { block, order } = first;
        Ok(Some(b.apply(DepthToSpace { block, order }, &[sum])?))
    })
}
