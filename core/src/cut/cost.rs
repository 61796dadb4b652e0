//! What a half of a network holds and computes.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::flow::Flow;
use crate::graph::{Graph, Node, Source, ValueId};

/// Size of a network or of a half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Trained numbers: weights, biases, scales and shifts; running statistics and the image's normalisation are none.
    pub parameters: u64,
    /// Multiply-adds of convolutions and matrix products, for one image.
    pub operations: u64,
}

/// The whole network.
#[must_use]
pub fn cost(graph: &Graph) -> Cost {
    Flow::of(graph).map_or_else(Cost::default, |flow| Ledger::new(&flow).around(usize::MAX).0)
}

/// Costs by node.
pub(super) struct Ledger {
    /// Node and its multiply-adds.
    operations: Vec<(usize, u64)>,
    /// First and last node that use a trained tensor, and its elements.
    parameters: Vec<(usize, usize, u64)>,
}

impl Ledger {
    pub(super) fn new(flow: &Flow<'_>) -> Self {
        let graph = flow.graph;
        let mut uses: Vec<Option<(usize, usize)>> = vec![None; graph.values().len()];
        for index in &flow.nodes {
            let node = &graph.nodes()[*index];
            for (slot, input) in node.inputs.iter().enumerate() {
                if trained(node, slot) {
                    mark(flow, *input, *index, &mut uses);
                }
            }
        }
        let size = |index: usize| graph.constant(ValueId::new(index)).map_or(0, |t| t.len() as u64);
        let used = uses.iter().enumerate().filter_map(|(i, u)| u.map(|(first, last)| (first, last, size(i))));
        Self {
            operations: flow.nodes.iter().map(|i| (*i, operations(graph, &graph.nodes()[*i]))).collect(),
            parameters: used.collect(),
        }
    }

    /// Costs of the nodes up to and including place `node`, and of those after it. A weight used on both sides counts in both.
    pub(super) fn around(&self, node: usize) -> (Cost, Cost) {
        let side = |before: bool| Cost {
            parameters: self
                .parameters
                .iter()
                .filter(|(first, last, _)| if before { *first <= node } else { *last > node })
                .map(|(.., size)| size)
                .sum(),
            operations: self.operations.iter().filter(|(at, _)| (*at <= node) == before).map(|(_, count)| count).sum(),
        };
        (side(true), side(false))
    }
}

/// Whether an argument of this node may be a trained tensor.
fn trained(node: &Node, slot: usize) -> bool {
    match node.op.rules().name() {
        "BatchNormalization" => slot < 3,
        // Normalisation of the image.
        "Sub" | "Div" => false,
        _ => true,
    }
}

/// Marks the constants behind an argument. What is not carried by the flow but feeds it moves with no input.
fn mark(flow: &Flow<'_>, value: ValueId, node: usize, uses: &mut [Option<(usize, usize)>]) {
    let mut open = vec![value];
    let mut seen = HashSet::new();
    while let Some(value) = open.pop() {
        if flow.carries(value) || !seen.insert(value) {
            continue;
        }
        match &flow.graph.value(value).source {
            Source::Constant(tensor) if tensor.dtype().is_real() && tensor.len() > 1 => {
                let (first, last) = uses[value.index()].unwrap_or((node, node));
                uses[value.index()] = Some((first.min(node), last.max(node)));
            }
            Source::Constant(_) | Source::Input => {}
            Source::Node(maker) => open.extend(&flow.graph.nodes()[maker.index()].inputs),
        }
    }
}

/// Multiply-adds of one node for one image.
fn operations(graph: &Graph, node: &Node) -> u64 {
    let size = |id: ValueId| -> u64 { graph.ty(id).at(1).iter().map(|d| *d as u64).product() };
    // Of a kernel `[out, in / groups, height, width]`, all but the first.
    let per_output = |id: ValueId| -> u64 { graph.ty(id).at(1).iter().skip(1).map(|d| *d as u64).product() };
    match (node.op.rules().name(), node.inputs.as_slice(), node.outputs.as_slice()) {
        ("Conv", [_, kernel, ..], [y, ..]) => size(*y) * per_output(*kernel),
        ("ConvTranspose", [x, kernel, ..], _) => size(*x) * per_output(*kernel),
        ("MatMul", [a, ..], [y, ..]) => size(*y) * graph.ty(*a).at(1).last().map_or(0, |d| *d as u64),
        _ => 0,
    }
}
