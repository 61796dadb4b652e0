//! Which kernel runs an operator, and how: one file per family, each turning a group's anchor into launches.

mod conv;
mod conv_tiled;
mod layout;
mod map;
mod matmul;
mod packing;
mod pick;
mod pool;
mod reduce;
mod shapes;
mod sizes;
mod stitch;

use super::plan::{Site, View};
use crate::engine::EngineError;
use crate::ops::Op;
use crate::tensor::DType;

/// Whether some kernel runs `op`.
pub(super) fn has_kernel(op: &Op) -> bool {
    can_be_joined(op)
        || matches!(
            op,
            Op::ArgMax(_)
                | Op::TopK(_)
                | Op::MaxPool(_)
                | Op::Gather(_)
                | Op::GatherElements(_)
                | Op::ScatterElements(_)
                | Op::OneHot(_)
                | Op::Concat(_)
                | Op::Pad(_)
                | Op::StitchGrad(_)
        )
}

/// Whether the kernel of `op` emits its result element by element, so that pointwise operators can be fused into it.
pub(super) fn can_be_joined(op: &Op) -> bool {
    reduce::folds(op)
        || matches!(
            op,
            Op::Conv(_)
                | Op::ConvTranspose(_)
                | Op::MatMul(_)
                | Op::Softmax(_)
                | Op::LogSoftmax(_)
                | Op::AveragePool(_)
        )
}

/// Whether the kernel of `op` can read argument `index` through `view` instead of a dense copy; `constant` says whether what is
/// seen is one.
pub(super) fn reads_through(op: &Op, index: usize, view: &View, constant: bool) -> bool {
    match op {
        Op::MatMul(_) => view.is_dense() || view.is_dense_transposed(),
        // One number repeated: the chooser fills it in, or needs it not at all.
        Op::ScatterElements(_) if index == 0 && constant => view.is_dense() || view.repeats_one(),
        _ => view.is_dense(),
    }
}

/// Launches of a group.
///
/// # Errors
/// [`EngineError`] naming the node.
pub(super) fn lower(site: &mut Site<'_, '_>) -> Result<(), EngineError> {
    let Some(node) = site.node() else { return map::lower(site) };
    match &node.op {
        Op::Conv(op) => conv::conv(site, op),
        Op::ConvTranspose(op) => conv::transposed(site, op),
        Op::MatMul(_) => matmul::matmul(site),
        Op::ArgMax(op) => reduce::arg_max(site, op.axis),
        Op::TopK(op) => reduce::top_k(site, op.axis, op.k, op.largest),
        Op::Softmax(op) => reduce::softmax(site, op.axis, false),
        Op::LogSoftmax(op) => reduce::softmax(site, op.axis, true),
        Op::MaxPool(op) => pool::max(site, op),
        Op::AveragePool(op) => pool::average(site, op),
        Op::Gather(op) => pick::gather(site, op.axis),
        Op::GatherElements(op) => pick::gather_elements(site, op.axis),
        Op::ScatterElements(op) => pick::scatter_elements(site, op),
        Op::OneHot(op) if op.dtype != DType::I64 => pick::one_hot(site, op),
        Op::Concat(op) => pick::concat(site, op.axis),
        Op::Pad(op) => pick::pad(site, op),
        Op::StitchGrad(_) => stitch::gradient(site),
        op if reduce::folds(op) => reduce::reduce(site, op),
        other => Err(EngineError::Lacking { node: node.name.clone(), op: other.rules().name() }),
    }
}
