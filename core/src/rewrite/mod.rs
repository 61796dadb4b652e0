//! Simplifications: the same results from a smaller or faster graph, one rule per file.
//!
//! Order in [`simplify`], and why: constants first, so that later rules see weights instead of arithmetic on weights;
//! BatchNorm into convolutions next, so that a gradient never meets it; transposed convolutions with frozen weights into
//! the fast forms, whose depth-to-space steps are merged; what that leaves to compute beforehand is folded again; equal nodes are shared last.

mod common_subexpressions;
mod constants;
mod normalization;
mod shuffles;
mod statistics;
mod transposed_conv;

pub use common_subexpressions::share;
pub(crate) use constants::fold_constants;
pub(crate) use normalization::fold_normalization;
pub(crate) use shuffles::merge_shuffles;
pub use statistics::{Running, running};
pub(crate) use statistics::{along, moments, moved};
pub(crate) use statistics::{batch_statistics, open_statistics, with_statistics};
pub(crate) use transposed_conv::direct_convolutions;

use crate::graph::{Graph, GraphError};

/// All rules in order.
///
/// # Errors
/// [`GraphError`] when a rule builds something that does not type: our bug, named with the node.
pub fn simplify(graph: &Graph) -> Result<Graph, GraphError> {
    let graph = fold_constants(graph)?;
    let graph = fold_normalization(&graph)?;
    let graph = direct_convolutions(&graph)?;
    let graph = merge_shuffles(&graph)?;
    let graph = fold_constants(&graph)?;
    share(&graph)
}
