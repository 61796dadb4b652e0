//! Frozen BatchNorm after a convolution becomes part of it: `w' = w * g`, `bias' = (bias - mean) * g + shift` with
//! `g = scale / sqrt(var + epsilon)` per output channel. Computed in f64, stored in f32.

use crate::graph::{Builder, Graph, GraphError, Node, Source, ValueId, translate};
use crate::ops::{Op, batch_normalization::BatchNormalization};
use crate::tensor::Tensor;

/// Folds every frozen BatchNorm whose argument is a convolution with constant weights that nothing else reads.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn fold_normalization(graph: &Graph) -> Result<Graph, GraphError> {
    let mut readers = vec![0_usize; graph.values().len()];
    let uses = graph.nodes().iter().flat_map(|n| &n.inputs).chain(graph.outputs().iter().map(|o| &o.value));
    uses.for_each(|value| readers[value.index()] += 1);
    translate(graph, |b, node, inputs| match &node.op {
        Op::BatchNormalization(norm) if readers[node.inputs[0].index()] == 1 => folded(b, norm, node, inputs),
        _ => Ok(None),
    })
}

/// The merged convolution, or `None` when the pattern does not hold.
fn folded(
    b: &mut Builder,
    norm: &BatchNormalization,
    node: &Node,
    inputs: &[ValueId],
) -> Result<Option<Vec<ValueId>>, GraphError> {
    let numbers = |b: &Builder, v: ValueId| b.graph().constant(v).map(Tensor::to_f64);
    let Source::Node(_) = b.graph().value(inputs[0]).source else { return Ok(None) };
    let Some(conv) = b.graph().producer(inputs[0]).cloned() else { return Ok(None) };
    let Op::Conv(settings) = &conv.op else { return Ok(None) };
    let parameters: Option<Vec<Vec<f64>>> = inputs[1..].iter().map(|i| numbers(b, *i)).collect();
    let (Some(parameters), Some(weight)) = (parameters, b.graph().constant(conv.inputs[1]).cloned()) else {
        return Ok(None);
    };
    let [scale, shift, mean, variance] = parameters.as_slice() else { return Ok(None) };
    let bias = match conv.inputs.get(2).map(|i| numbers(b, *i)) {
        None => vec![0.0; mean.len()],
        Some(Some(bias)) => bias,
        Some(None) => return Ok(None),
    };
    let factor: Vec<f64> = scale.iter().zip(variance).map(|(s, v)| s / (v + f64::from(norm.epsilon)).sqrt()).collect();
    let per_channel = weight.len() / mean.len().max(1);
    let weights: Vec<f64> = weight.to_f64().iter().enumerate().map(|(i, w)| w * factor[i / per_channel]).collect();
    let biases: Vec<f64> = (0..mean.len()).map(|c| (bias[c] - mean[c]) * factor[c] + shift[c]).collect();
    let (Some(w), Some(offset)) = (narrowed(weight.shape(), &weights), narrowed(&[mean.len()], &biases)) else {
        return Ok(None);
    };
    let arguments = [conv.inputs[0], b.named_constant(&conv.name, w), b.named_constant(&node.name, offset)];
    let merged = b.apply_named(&node.name, settings.clone().into(), &arguments, &[])?;
    Ok(Some(merged))
}

#[expect(clippy::cast_possible_truncation, reason = "weights are stored in f32")]
fn narrowed(shape: &[usize], values: &[f64]) -> Option<Tensor> {
    Tensor::f32(shape, values.iter().map(|v| *v as f32).collect()).ok()
}
