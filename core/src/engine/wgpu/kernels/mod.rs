//! Which kernel runs an operator, and how: one file per family, each turning a group's anchor into launches.

mod map;

use super::plan::{Site, View};
use crate::engine::EngineError;
use crate::ops::Op;

/// Whether some kernel runs `op`.
pub const fn has_kernel(op: &Op) -> bool {
    let _ = op;
    false
}

/// Whether the kernel of `op` emits its result element by element, so that pointwise operators can be fused into it.
pub const fn can_be_joined(op: &Op) -> bool {
    let _ = op;
    false
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
        other => Err(EngineError::Lacking { node: node.name.clone(), op: other.rules().name() }),
    }
}
