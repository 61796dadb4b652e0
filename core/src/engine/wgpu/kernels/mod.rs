//! Which kernel runs an operator, and how: one file per family, each turning a group's anchor into launches.

mod conv;
mod layout;
mod map;
mod matmul;
mod reduce;
mod sizes;

use super::plan::{Site, View};
use crate::engine::EngineError;
use crate::ops::Op;

/// Whether some kernel runs `op`.
pub fn has_kernel(op: &Op) -> bool {
    can_be_joined(op) || matches!(op, Op::ArgMax(_) | Op::TopK(_))
}

/// Whether the kernel of `op` emits its result element by element, so that pointwise operators can be fused into it.
pub fn can_be_joined(op: &Op) -> bool {
    reduce::folds(op)
        || matches!(op, Op::Conv(_) | Op::MatMul(_) | Op::Softmax(_) | Op::LogSoftmax(_))
}

/// Whether the kernel of `op` can read an argument through `view` instead of a dense copy.
pub fn reads_through(op: &Op, view: &View) -> bool {
    match op {
        Op::MatMul(_) => view.is_dense() || view.is_dense_transposed(),
        _ => view.is_dense(),
    }
}

/// Launches of a group.
///
/// # Errors
/// [`EngineError`] naming the node.
pub fn lower(site: &mut Site<'_, '_>) -> Result<(), EngineError> {
    let Some(node) = site.node() else { return map::lower(site) };
    match &node.op {
        Op::Conv(op) => conv::conv(site, op),
        Op::MatMul(_) => matmul::matmul(site),
        Op::ArgMax(op) => reduce::arg_max(site, op.axis),
        Op::TopK(op) => reduce::top_k(site, op.axis, op.k, op.largest),
        Op::Softmax(op) => reduce::softmax(site, op.axis, false),
        Op::LogSoftmax(op) => reduce::softmax(site, op.axis, true),
        op if reduce::folds(op) => reduce::reduce(site, op),
        other => Err(EngineError::Lacking { node: node.name.clone(), op: other.rules().name() }),
    }
}
