//! What a half of a network holds and computes.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::flow::Flow;
use crate::graph::{Graph, Node, Source, ValueId};
use crate::ops::{Op, Work};

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

/// Costs, added up from the image on, so that a network of any length is asked at any place at once.
pub(super) struct Ledger {
    /// By node: multiply-adds up to and including it.
    operations: Vec<u64>,
    /// By node: elements of trained tensors whose first use is up to and including it, and of those whose last use is.
    begun: Vec<u64>,
    ended: Vec<u64>,
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
        let none = || vec![0_u64; graph.nodes().len()];
        let (mut counts, mut begun, mut ended) = (none(), none(), none());
        for index in &flow.nodes {
            counts[*index] = operations(graph, &graph.nodes()[*index]);
        }
        for (index, used) in uses.iter().enumerate() {
            let Some((first, last)) = used else { continue };
            let size = graph.constant(ValueId::new(index)).map_or(0, |t| t.len() as u64);
            begun[*first] = begun[*first].saturating_add(size);
            ended[*last] = ended[*last].saturating_add(size);
        }
        Self { operations: summed(counts), begun: summed(begun), ended: summed(ended) }
    }

    /// Costs of the nodes up to and including place `node`, and of those after it. A weight used on both sides counts in both.
    pub(super) fn around(&self, node: usize) -> (Cost, Cost) {
        let up_to = |sums: &[u64]| sums.get(node).or(sums.last()).copied().unwrap_or(0);
        let after = |sums: &[u64]| sums.last().copied().unwrap_or(0).saturating_sub(up_to(sums));
        (
            Cost { parameters: up_to(&self.begun), operations: up_to(&self.operations) },
            Cost { parameters: after(&self.ended), operations: after(&self.operations) },
        )
    }
}

fn summed(mut counts: Vec<u64>) -> Vec<u64> {
    let mut sum = 0_u64;
    for count in &mut counts {
        sum = sum.saturating_add(*count);
        *count = sum;
    }
    counts
}

/// Whether an argument of this node may be a trained tensor.
fn trained(node: &Node, slot: usize) -> bool {
    match &node.op {
        Op::BatchNormalization(_) => slot < 3,
        // Normalisation of the image.
        Op::Sub(_) | Op::Div(_) => false,
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
    let product = |sizes: &[usize]| sizes.iter().fold(1_u64, |all, d| all.saturating_mul(*d as u64));
    let size = |id: ValueId| product(&graph.ty(id).at(1));
    // Of a kernel `[out, in / groups, height, width]`, all but the first.
    let per_output = |id: ValueId| product(graph.ty(id).at(1).get(1..).unwrap_or_default());
    match (node.op.work(), node.inputs.as_slice(), node.outputs.as_slice()) {
        (Work::Kernel, [_, kernel, ..], [y, ..]) => size(*y).saturating_mul(per_output(*kernel)),
        (Work::TransposedKernel, [x, kernel, ..], _) => size(*x).saturating_mul(per_output(*kernel)),
        (Work::Product, [a, ..], [y, ..]) => {
            size(*y).saturating_mul(graph.ty(*a).at(1).last().map_or(0, |d| *d as u64))
        }
        (Work::None | Work::Kernel | Work::TransposedKernel | Work::Product, ..) => 0,
    }
}
