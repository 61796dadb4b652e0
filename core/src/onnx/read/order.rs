//! The order in which nodes are read: each after what it needs, in the file's order where that is free.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::control::captured;
use super::inputs::Typed;
use crate::onnx::OnnxError;
use crate::onnx::proto::{GraphProto, NodeProto};
use crate::tensor::Tensor;

/// What of a file is read, and when.
pub(super) struct Order {
    nodes: Vec<usize>,
    used: HashSet<String>,
}

impl Order {
    /// Places in the file of the nodes that some output needs, sorted.
    pub(super) fn nodes(&self) -> &[usize] {
        &self.nodes
    }

    /// Names of all tensors that those nodes or the outputs use.
    pub(super) const fn used(&self) -> &HashSet<String> {
        &self.used
    }

    /// The weights that those nodes use, by name, so that reading is the same every time.
    pub(super) fn weights<'a>(&self, weights: &'a HashMap<String, Tensor>) -> Vec<(&'a String, &'a Tensor)> {
        let mut kept: Vec<_> = weights.iter().filter(|(name, _)| self.used.contains(*name)).collect();
        kept.sort_unstable_by_key(|(name, _)| *name);
        kept
    }
}

/// Sorts the nodes that `outputs` need.
///
/// # Errors
/// A tensor that is made twice or never, or nodes that wait for each other, by name.
pub(super) fn order(
    graph: &GraphProto,
    weights: &HashSet<String>,
    inputs: &[Typed],
    outputs: &[&str],
) -> Result<Order, OnnxError> {
    let mut makers: HashMap<&str, usize> = HashMap::new();
    let given: HashSet<&str> =
        inputs.iter().map(|i| i.name.as_str()).chain(weights.iter().map(String::as_str)).collect();
    for (index, node) in graph.node.iter().enumerate() {
        for output in node.output.iter().filter(|o| !o.is_empty()) {
            if given.contains(output.as_str()) || makers.insert(output, index).is_some() {
                return Err(twice(output));
            }
        }
    }
    let sources = |node: &NodeProto| -> Result<Vec<usize>, OnnxError> {
        let mut found = Vec::new();
        for input in node.input.iter().filter(|i| !i.is_empty()) {
            match makers.get(input.as_str()) {
                Some(index) => found.push(*index),
                None if given.contains(input.as_str()) => {}
                None => return Err(undefined(node, input)),
            }
        }
        // Names in branches and loops may also be their own.
        found.extend(captured(node)?.iter().filter_map(|name| makers.get(name.as_str())));
        found.sort_unstable();
        found.dedup();
        Ok(found)
    };
    let before: Vec<Vec<usize>> = graph.node.iter().map(sources).collect::<Result<_, _>>()?;
    let sorted = sorted(graph, &before)?;
    let (needed, mut used) = needed(graph, (&makers, &before), outputs);
    for (node, _) in graph.node.iter().zip(&needed).filter(|(_, needed)| **needed) {
        used.extend(captured(node)?);
    }
    Ok(Order { nodes: sorted.into_iter().filter(|i| needed[*i]).collect(), used })
}

/// A tensor with two makers.
pub(super) fn twice(name: &str) -> OnnxError {
    OnnxError::Graph(format!("tensor `{name}` is defined twice; the file is damaged, export the model again"))
}

fn undefined(node: &NodeProto, input: &str) -> OnnxError {
    OnnxError::Node {
        node: shown(node).to_owned(),
        op_type: node.op_type.clone(),
        why: format!(
            "its input `{input}` is made by no node and is no weight or input; the file is damaged, export it again"
        ),
    }
}

/// The node's name, or that of its first result.
pub(super) fn shown(node: &NodeProto) -> &str {
    match (node.name.as_str(), node.output.first()) {
        ("", Some(output)) => output,
        (name, _) => name,
    }
}

fn sorted(graph: &GraphProto, before: &[Vec<usize>]) -> Result<Vec<usize>, OnnxError> {
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); before.len()];
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    for (index, sources) in before.iter().enumerate() {
        for source in sources {
            after[*source].push(index);
        }
    }
    let mut ready: BTreeSet<usize> = (0..before.len()).filter(|i| waiting[*i] == 0).collect();
    let mut sorted = Vec::with_capacity(before.len());
    while let Some(index) = ready.pop_first() {
        sorted.push(index);
        for next in &after[index] {
            waiting[*next] -= 1;
            if waiting[*next] == 0 {
                ready.insert(*next);
            }
        }
    }
    match waiting.iter().position(|w| *w > 0) {
        None => Ok(sorted),
        Some(start) => Err(cycle(graph, before, &waiting, start)),
    }
}

/// Walks back along waiting nodes until one repeats.
fn cycle(graph: &GraphProto, before: &[Vec<usize>], waiting: &[usize], start: usize) -> OnnxError {
    let mut path = vec![start];
    let mut at = start;
    while let Some(next) = before[at].iter().copied().find(|i| waiting[*i] > 0) {
        if let Some(first) = path.iter().position(|p| *p == next) {
            path.drain(..first);
            break;
        }
        path.push(next);
        at = next;
    }
    let names: Vec<String> = path.iter().rev().take(8).map(|i| format!("`{}`", shown(&graph.node[*i]))).collect();
    OnnxError::Graph(format!(
        "the nodes {} wait for each other in a cycle; the file is damaged, export the model again",
        names.join(", ")
    ))
}

/// Which nodes the outputs need, and the names of all tensors they and the outputs use.
fn needed(
    graph: &GraphProto,
    (makers, before): (&HashMap<&str, usize>, &[Vec<usize>]),
    outputs: &[&str],
) -> (Vec<bool>, HashSet<String>) {
    let mut needed = vec![false; graph.node.len()];
    let mut used: HashSet<String> = outputs.iter().map(|name| (*name).to_owned()).collect();
    let mut open: Vec<usize> = outputs.iter().filter_map(|name| makers.get(name).copied()).collect();
    while let Some(index) = open.pop() {
        if !std::mem::replace(&mut needed[index], true) {
            used.extend(graph.node[index].input.iter().cloned());
            open.extend(&before[index]);
        }
    }
    (needed, used)
}
