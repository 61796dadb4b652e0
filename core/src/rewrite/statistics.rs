//! BatchNorm whose statistics are not frozen: given from outside, or those of the batch with running ones that follow them.
//!
//! While a stitch is trained with adapted BatchNorm, both halves normalise by the batch: `y = (x - m) / sqrt(v + epsilon) * scale +
//! bias` with mean `m` and biased variance `v` over images and positions, and after it, as PyTorch documents,
//! `running mean = 0.9 running mean + 0.1 m`, `running variance = 0.9 running variance + 0.1 v n / (n - 1)` with `n` the values per
//! channel. Everything is written in ordinary operators, so the gradient through the statistics comes by itself.

use crate::graph::{Builder, Graph, GraphError, Node, ValueId, extract, translate};
use crate::ops::{Op, batch_normalization::BatchNormalization};
use crate::tensor::{Dim, Tensor, TensorType};

/// Share of a batch's statistics in the running ones after it: PyTorch's default, which the published stitches use.
pub(crate) const MOMENTUM: f64 = 0.1;

/// Running statistics of one BatchNorm.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// Name of its node.
    pub node: String,
    /// Mean of every channel.
    pub mean: Vec<f32>,
    /// Variance of every channel.
    pub variance: Vec<f32>,
}

impl Running {
    /// Mean and variance as tensors `[channels]`.
    #[must_use]
    pub fn tensors(&self) -> [Tensor; 2] {
        [&self.mean, &self.variance].map(|numbers| {
            // One axis as long as its numbers: the count always fits.
            Tensor::f32(&[numbers.len()], numbers.clone()).unwrap_or_else(|_| Tensor::scalar(0.0))
        })
    }
}

/// The statistics that a graph holds as constants, in the order of its nodes.
#[must_use]
pub fn running(graph: &Graph) -> Vec<Running> {
    let numbers = |value: ValueId| graph.constant(value).map(|t| t.as_f32().map(<[f32]>::to_vec).unwrap_or_default());
    let of = |node: &Node| {
        let (_, [_, _, _, mean, variance]) = normalization(node)?;
        Some(Running { node: node.name.clone(), mean: numbers(*mean)?, variance: numbers(*variance)? })
    };
    graph.nodes().iter().filter_map(of).collect()
}

/// The same graph with these statistics; BatchNorms that are not among them keep theirs.
///
/// # Errors
/// [`GraphError`] when one has other channels.
pub(crate) fn with_statistics(graph: &Graph, statistics: &[Running]) -> Result<Graph, GraphError> {
    translate(graph, |b, node, inputs| {
        let found = statistics.iter().find(|s| s.node == node.name);
        let (Some(found), Some((op, [x, scale, bias, ..]))) = (found, normalization_of(node, inputs)) else {
            return Ok(None);
        };
        let [mean, variance] = found.tensors().map(|tensor| b.constant(tensor));
        let names: Vec<String> = node.outputs.iter().map(|o| graph.value(*o).name.clone()).collect();
        b.apply_named(&node.name, op.clone().into(), &[*x, *scale, *bias, mean, variance], &names).map(Some)
    })
}

/// The graph as it is evaluated, with statistics as arguments: `(x, mean, variance, mean, ...) -> outputs`, in the order of
/// [`running`]. A graph without any stays as it is.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn open_statistics(graph: &Graph) -> Result<Graph, GraphError> {
    translate(graph, |b, node, inputs| {
        let Some((op, [x, scale, bias, mean, variance])) = constant_normalization(b, node, inputs) else {
            return Ok(None);
        };
        let [mean, variance] = opened(b, &node.name, [mean, variance]);
        b.apply_named(&node.name, op.into(), &[x, scale, bias, mean, variance], &[]).map(Some)
    })
}

/// The graph as it is trained: `(x, share, mean, variance, mean, ...) -> (outputs.., mean, variance, mean, ...)`, where `share` is
/// `1 / images` and the statistics, in the order of [`running`], are those before and after the batch. A graph without any stays as it is.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn batch_statistics(graph: &Graph) -> Result<Graph, GraphError> {
    let mut share = None;
    let mut next = 0;
    let moving = translate(graph, |b, node, inputs| {
        let Some((op, [x, scale, bias, mean, variance])) = constant_normalization(b, node, inputs) else {
            return Ok(None);
        };
        let share = *share.get_or_insert_with(|| b.input("share", TensorType::f32(&[])));
        let old = opened(b, &node.name, [mean, variance]);
        let batch = moments(b, x, 1)?;
        for value in moved(b, (old, batch), (x, 1), share)? {
            b.output(&format!("statistics{next}"), value);
            next += 1;
        }
        b.apply_named(&node.name, op.into(), &[x, scale, bias, batch[0], batch[1]], &[]).map(Some)
    })?;
    if next == 0 {
        return Ok(moving);
    }
    // Statistics were declared while the nodes were made, before the graph's own results.
    let (statistics, own) = moving.outputs().split_at(next);
    let ordered: Vec<(&str, ValueId)> = own.iter().chain(statistics).map(|o| (o.name.as_str(), o.value)).collect();
    extract(&moving, moving.inputs(), &ordered).map_err(|e| GraphError::Mismatch {
        what: "statistics".to_owned(),
        expected: "a whole graph".to_owned(),
        found: e.to_string(),
    })
}

/// Mean and biased variance `[C]` over everything but `axis`.
pub(crate) fn moments(b: &mut Builder, x: ValueId, axis: usize) -> Result<[ValueId; 2], GraphError> {
    let axes: Vec<usize> = (0..b.ty(x).rank()).filter(|i| *i != axis).collect();
    let channels = b.ty(x).shape[axis];
    let mean = b.reduce_mean(x, &axes, true)?;
    let centred = b.sub(x, mean)?;
    let squares = b.square(centred)?;
    let variance = b.reduce_mean(squares, &axes, false)?;
    Ok([b.reshape(mean, &[channels])?, variance])
}

/// Running statistics after a batch of `x` with these moments.
pub(crate) fn moved(
    b: &mut Builder,
    (old, batch): ([ValueId; 2], [ValueId; 2]),
    (x, axis): (ValueId, usize),
    share: ValueId,
) -> Result<[ValueId; 2], GraphError> {
    let sizes = b.ty(x).at(1);
    let places: usize = sizes.iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, size)| *size).product();
    #[expect(clippy::cast_precision_loss, reason = "a count of positions")]
    let part = b.scale(share, -1.0 / places.max(1) as f64)?;
    // (n - 1) / n. A single value has variance 0, not 0 / 0.
    let rest = b.shift(part, 1.0)?;
    let rest = b.clip(rest, 1e-6, f64::INFINITY)?;
    let unbiased = b.div(batch[1], rest)?;
    Ok([follow(b, old[0], batch[0])?, follow(b, old[1], unbiased)?])
}

fn follow(b: &mut Builder, old: ValueId, new: ValueId) -> Result<ValueId, GraphError> {
    let (old, new) = (b.scale(old, 1.0 - MOMENTUM)?, b.scale(new, MOMENTUM)?);
    b.add(old, new)
}

/// Inputs in place of constant statistics.
fn opened(b: &mut Builder, node: &str, statistics: [ValueId; 2]) -> [ValueId; 2] {
    let [mean, variance] = statistics.map(|value| b.ty(value).clone());
    [b.input(&format!("{node}.mean"), mean), b.input(&format!("{node}.variance"), variance)]
}

fn normalization(node: &Node) -> Option<(&BatchNormalization, &[ValueId; 5])> {
    normalization_of(node, &node.inputs)
}

fn normalization_of<'a>(node: &'a Node, inputs: &'a [ValueId]) -> Option<(&'a BatchNormalization, &'a [ValueId; 5])> {
    match &node.op {
        Op::BatchNormalization(op) => Some((op, inputs.try_into().ok()?)),
        _ => None,
    }
}

/// A BatchNorm with constant statistics, and its arguments.
fn constant_normalization(b: &Builder, node: &Node, inputs: &[ValueId]) -> Option<(BatchNormalization, [ValueId; 5])> {
    let (op, arguments) = normalization_of(node, inputs)?;
    let constant = |value: &ValueId| b.graph().constant(*value).is_some();
    arguments[3..].iter().all(constant).then(|| (op.clone(), *arguments))
}

/// `values [C]` with ones around them, to broadcast along `axis` of a tensor of that rank.
pub(crate) fn along(b: &mut Builder, values: ValueId, axis: usize, rank: usize) -> Result<ValueId, GraphError> {
    let mut shape = vec![Dim::ONE; rank];
    shape[axis] = b.ty(values).shape[0];
    b.reshape(values, &shape)
}

#[cfg(test)]
mod tests;
