//! Where a network can be cut: its taps, and the two halves at each.
//!
//! A *tap* is a tensor that every path from the image to the logits passes through, so that a network that is cut there falls
//! into a front and an end joined by this one tensor. Names are the module paths people know from the code.

mod blocks;
mod cost;
mod error;
mod find;
mod flow;
mod layout;
mod names;
mod segment;
mod split;

use serde::{Deserialize, Serialize};

pub use cost::{Cost, cost};
pub use error::CutError;
pub use find::find;
pub use split::{between, front_at, split};

use crate::graph::{Graph, ValueId};
use crate::tensor::TensorType;
use flow::Flow;

/// On which side of a nonlinearity a tensor lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Made by no activation, and only shifted and scaled before one: a batch normalisation's output before the ReLU.
    Pre,
    /// Made by an activation, or on its way into the next layer.
    Post,
}

/// A tensor at which a network can be cut.
#[derive(Clone, Debug, PartialEq)]
pub struct Tap {
    /// Module path people recognise, unique in the network: `layer1.0.add`, `bn3`.
    pub name: String,
    /// The graph's own name of the tensor.
    pub tensor: String,
    /// The tensor in the graph that was asked.
    pub value: ValueId,
    /// Operator that makes it.
    pub op: &'static str,
    /// Element type and shape as the halves have it: `[N, channels, height, width]`, `[N, tokens, features]` or `[N, features]`.
    pub ty: TensorType,
    /// Whether the network's own tensor has its channels last; the halves turn it, so that a stitch finds them where it looks.
    pub channels_last: bool,
    /// Before or after the activation.
    pub side: Side,
    /// Whether this is where a block of the network ends; studies of "the same places" take these.
    pub block_output: bool,
    /// What the front half holds and computes.
    pub before: Cost,
    /// What the end half holds and computes.
    pub after: Cost,
}

/// All taps, from the image to the logits, both excluded. The logits are the graph's first output.
///
/// Block outputs are, in a network whose branches meet in sums or are put side by side (DenseNet, Inception): the activation
/// right after each meeting (the meeting itself if none follows), the last tensor of each block without one that is named like a
/// block with one (`features.4` beside `features.3`), and the last activation before the first block. In a plain chain they are
/// the activations.
#[must_use]
pub fn taps(graph: &Graph) -> Vec<Tap> {
    let Some(flow) = Flow::of(graph) else {
        return Vec::new();
    };
    let segments = segment::segments(&flow);
    let names = names::names(&flow);
    let costs = cost::Ledger::new(&flow);
    let sides = segment::sides(&segments);
    let all: Vec<Tap> = segments
        .iter()
        .enumerate()
        .map(|(index, segment)| {
            let (before, after) = costs.around(segment.node);
            let value = graph.value(segment.value);
            let channels_last = layout::channels_last(&flow, segment.value);
            Tap {
                name: names[segment.node].clone(),
                tensor: value.name.clone(),
                value: segment.value,
                op: graph.nodes()[segment.node].op.rules().name(),
                ty: if channels_last { split::channels_first(&value.ty) } else { value.ty.clone() },
                channels_last,
                side: sides[index],
                block_output: false,
                before,
                after,
            }
        })
        .collect();
    let blocks = blocks::outputs(&all, &segments);
    let last = graph.outputs().first().map(|o| o.value);
    let marked = all.into_iter().enumerate().map(|(index, tap)| Tap { block_output: blocks.contains(&index), ..tap });
    let ours = |tap: &Tap| Some(tap.value) != last && tap.ty.dtype.is_real() && !flow.is_part(tap.value);
    names::distinct(marked.filter(ours).collect())
}

/// Module paths that people recognise, one for each node of the graph in its order; several nodes may share one.
#[must_use]
pub fn node_names(graph: &Graph) -> Vec<String> {
    match Flow::of(graph) {
        Some(flow) => names::names(&flow),
        None => graph.nodes().iter().map(|node| node.name.clone()).collect(),
    }
}

#[cfg(test)]
mod tests;
