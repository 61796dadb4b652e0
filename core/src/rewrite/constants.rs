//! What depends on constants alone is computed once, by the oracle.

use crate::graph::{Builder, Graph, GraphError, Node, ValueId, translate};
use crate::tensor::{Array, Tensor};

/// A result may be this much larger than its arguments before it is cheaper to compute it at each run.
const GROWTH: usize = 4;
/// Results up to this size are folded whatever they grow from.
const SMALL: usize = 4096;

/// Replaces nodes whose arguments are all constant by their results.
///
/// # Errors
/// [`GraphError`] from the builder.
pub fn fold_constants(graph: &Graph) -> Result<Graph, GraphError> {
    translate(graph, |b, node, inputs| Ok(folded(b, node, inputs)))
}

/// The results as constants, or `None` when something is known only at run time or would grow too much.
fn folded(b: &mut Builder, node: &Node, inputs: &[ValueId]) -> Option<Vec<ValueId>> {
    let tensors: Vec<&Tensor> = inputs.iter().map(|i| b.graph().constant(*i)).collect::<Option<_>>()?;
    let types: Vec<_> = inputs.iter().map(|i| b.ty(*i).clone()).collect();
    let results = node.op.rules().infer(&types).ok()?;
    let given: usize = tensors.iter().map(|t| t.len()).sum();
    let made: usize = results.iter().map(|ty| ty.elements()?.known()).sum::<Option<usize>>()?;
    if made > SMALL.max(given.saturating_mul(GROWTH)) {
        return None;
    }
    let arrays: Vec<Array> = tensors.iter().map(|t| t.to_array()).collect();
    // The batch does not enter: every size of the results is fixed.
    let values = node.op.rules().eval(&arrays, 1).ok()?;
    let folded = values.into_iter().zip(&results).map(|(value, ty)| value.to_tensor(ty.dtype)).collect::<Vec<_>>();
    Some(folded.into_iter().map(|tensor| b.named_constant(&node.name, tensor)).collect())
}
