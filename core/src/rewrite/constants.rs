//! What depends on constants alone is computed once, by the oracle.

use crate::graph::{Builder, Graph, GraphError, Node, Source, ValueId, translate};
use crate::tensor::{Array, Tensor};

/// A result may be this much larger than its arguments before it is cheaper to compute it at each run.
const GROWTH: usize = 4;
/// Results up to this size are folded whatever they grow from.
const SMALL: usize = 4096;

/// All results together may have so many elements more than [`GROWTH`] times those that the graph came with: a constant that is joined
/// with itself forty times grows little at each step and beyond all bounds in all.
const ALL: usize = 1 << 22;

/// Replaces nodes whose arguments are all constant by their results.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn fold_constants(graph: &Graph) -> Result<Graph, GraphError> {
    let given = graph.values().iter().filter_map(|value| match &value.source {
        Source::Constant(tensor) => Some(tensor.len()),
        Source::Input | Source::Node(_) => None,
    });
    let mut left = given.fold(0_usize, usize::saturating_add).saturating_mul(GROWTH).saturating_add(ALL);
    translate(graph, |b, node, inputs| Ok(folded(b, node, inputs, &mut left)))
}

/// The results as constants, or `None` when something is known only at run time or would grow too much.
fn folded(b: &mut Builder, node: &Node, inputs: &[ValueId], left: &mut usize) -> Option<Vec<ValueId>> {
    let tensors: Vec<&Tensor> = inputs.iter().map(|i| b.graph().constant(*i)).collect::<Option<_>>()?;
    let types: Vec<_> = inputs.iter().map(|i| b.ty(*i).clone()).collect();
    let results = node.op.rules().infer(&types).ok()?;
    let given: usize = tensors.iter().map(|t| t.len()).sum();
    let made = results.iter().try_fold(0_usize, |all, ty| all.checked_add(ty.elements()?.known()?))?;
    if made > *left || made > SMALL.max(given.saturating_mul(GROWTH)) {
        return None;
    }
    *left -= made;
    let arrays: Vec<Array> = tensors.iter().map(|t| t.to_array()).collect();
    // The batch does not enter: every size of the results is fixed.
    let values = node.op.rules().eval(&arrays, 1).ok()?;
    let folded = values.into_iter().zip(&results).map(|(value, ty)| value.to_tensor(ty.dtype)).collect::<Vec<_>>();
    Some(folded.into_iter().map(|tensor| b.named_constant(&node.name, tensor)).collect())
}
