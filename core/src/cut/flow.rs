//! The part of a graph that carries the image to the logits, and the tensors at which it is one strand.

use crate::graph::{Graph, ValueId};
use crate::onnx::PARTS;

/// Which nodes and values lie on some path from an input to the first output.
#[derive(Debug)]
pub(super) struct Flow<'a> {
    pub graph: &'a Graph,
    /// By place of the value: it depends on an input and the logits depend on it.
    carried: Vec<bool>,
    /// Places of nodes with a carried result, in order.
    pub nodes: Vec<usize>,
    /// By place of the value: places of the carried nodes that take it, in order.
    users: Vec<Vec<usize>>,
}

impl<'a> Flow<'a> {
    /// `None` when the graph has no output.
    pub(super) fn of(graph: &'a Graph) -> Option<Self> {
        let logits = graph.outputs().first()?.value;
        let count = graph.values().len();
        let (mut moved, mut needed) = (vec![false; count], vec![false; count]);
        for input in graph.inputs() {
            moved[input.index()] = true;
        }
        for node in graph.nodes() {
            if node.inputs.iter().any(|i| moved[i.index()]) {
                node.outputs.iter().for_each(|o| moved[o.index()] = true);
            }
        }
        needed[logits.index()] = true;
        for node in graph.nodes().iter().rev() {
            if node.outputs.iter().any(|o| needed[o.index()]) {
                node.inputs.iter().for_each(|i| needed[i.index()] = true);
            }
        }
        let carried: Vec<bool> = moved.iter().zip(&needed).map(|(m, n)| *m && *n).collect();
        let has = |index: &usize| graph.nodes()[*index].outputs.iter().any(|o| carried[o.index()]);
        let nodes: Vec<usize> = (0..graph.nodes().len()).filter(has).collect();
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); count];
        for index in &nodes {
            for input in &graph.nodes()[*index].inputs {
                let users = &mut users[input.index()];
                if users.last() != Some(index) {
                    users.push(*index);
                }
            }
        }
        Some(Self { graph, carried, nodes, users })
    }

    /// Places of the carried nodes that take a value, in order.
    pub(super) fn users(&self, value: ValueId) -> &[usize] {
        &self.users[value.index()]
    }

    /// Whether a value lies on some path from an input to the logits.
    pub(super) fn carries(&self, value: ValueId) -> bool {
        self.carried[value.index()]
    }

    /// Whether a value is a step inside one node of the file.
    pub(super) fn is_part(&self, value: ValueId) -> bool {
        self.graph.producer(value).is_some_and(|node| node.name.contains(PARTS))
    }

    /// Node and value of every one-strand place, in order.
    ///
    /// If a value separates, all carried nodes are before or after it, so in any sorted order it is the only live value
    /// right after its node; and a lone live value separates. One sweep with a count of live values finds them all.
    pub(super) fn separators(&self) -> Vec<(usize, ValueId)> {
        let logits = self.graph.outputs().first().map(|o| o.value);
        // Values that live, and the sum of their places: that of the only one is its place.
        let (mut count, mut places) = (0_usize, 0_usize);
        for input in self.graph.inputs().iter().filter(|i| self.carries(**i)) {
            (count, places) = (count + 1, places + input.index());
        }
        let mut found = Vec::new();
        for index in &self.nodes {
            let node = &self.graph.nodes()[*index];
            let mut taken: Vec<ValueId> = node.inputs.clone();
            taken.sort_unstable();
            taken.dedup();
            for value in taken {
                let last = self.users(value).last() == Some(index) && Some(value) != logits;
                if last && self.carries(value) {
                    (count, places) = (count - 1, places - value.index());
                }
            }
            for made in node.outputs.iter().filter(|v| self.carries(**v)) {
                (count, places) = (count + 1, places + made.index());
            }
            if count == 1 {
                found.push((*index, ValueId::new(places)));
            }
        }
        found
    }
}
