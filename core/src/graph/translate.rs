//! Making a graph from a graph: every pass is a walk over the old nodes that builds new ones.

use std::collections::HashMap;

use super::{Builder, Graph, GraphError, Node, Source, ValueId};

/// Rebuilds `graph` node by node. `rule` gets each node with its already translated inputs and returns its new
/// outputs, or `None` to copy the node as it is. Nodes that no output needs are left out.
///
/// # Errors
/// What the rule or the builder report.
pub fn translate(
    graph: &Graph,
    mut rule: impl FnMut(&mut Builder, &Node, &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError>,
) -> Result<Graph, GraphError> {
    let mut builder = Builder::new();
    let needed = needed(graph);
    let mut map = HashMap::new();
    for input in graph.inputs() {
        let value = graph.value(*input);
        map.insert(*input, builder.input(&value.name, value.ty.clone()));
    }
    copy_nodes(graph, &mut builder, &mut map, &needed, &mut rule)?;
    for output in graph.outputs() {
        builder.output(&output.name, map[&output.value]);
    }
    Ok(builder.finish())
}

/// Copies `graph` into `builder` with `arguments` in place of its inputs; returns its outputs there.
///
/// # Errors
/// [`GraphError::Mismatch`] when an argument has another type than the input it stands for.
pub fn inline(builder: &mut Builder, graph: &Graph, arguments: &[ValueId]) -> Result<Vec<ValueId>, GraphError> {
    let mut map = HashMap::new();
    for (input, argument) in graph.inputs().iter().zip(arguments) {
        let (expected, found) = (graph.ty(*input), builder.ty(*argument));
        if expected != found {
            return Err(GraphError::Mismatch {
                what: format!("input `{}`", graph.value(*input).name),
                expected: expected.to_string(),
                found: found.to_string(),
            });
        }
        map.insert(*input, *argument);
    }
    let needed = needed(graph);
    copy_nodes(graph, builder, &mut map, &needed, &mut |_, _, _| Ok(None))?;
    Ok(graph.outputs().iter().map(|o| map[&o.value]).collect())
}

/// The graph without nodes and constants that no output needs.
#[must_use]
pub(crate) fn prune(graph: &Graph) -> Graph {
    let needed = needed(graph);
    let mut kept = Graph::default();
    let mut map = HashMap::new();
    for (index, value) in graph.values().iter().enumerate() {
        let id = ValueId::new(index);
        if needed[index] || matches!(value.source, Source::Input) {
            map.insert(id, ValueId::new(kept.values.len()));
            kept.values.push(value.clone());
        }
    }
    for node in graph.nodes() {
        if !node.outputs.iter().any(|o| needed[o.index()]) {
            continue;
        }
        let id = super::NodeId::new(kept.nodes.len());
        let inputs = node.inputs.iter().map(|i| map[i]).collect();
        let outputs: Vec<ValueId> = node.outputs.iter().map(|o| map[o]).collect();
        for output in &outputs {
            kept.values[output.index()].source = Source::Node(id);
        }
        kept.nodes.push(Node { name: node.name.clone(), op: node.op.clone(), inputs, outputs });
    }
    kept.inputs = graph.inputs().iter().map(|i| map[i]).collect();
    kept.outputs =
        graph.outputs().iter().map(|o| super::Output { name: o.name.clone(), value: map[&o.value] }).collect();
    kept
}

/// Marks every value that some output depends on, and all results of a node when one of them is needed.
fn needed(graph: &Graph) -> Vec<bool> {
    let mut needed = vec![false; graph.values().len()];
    for output in graph.outputs() {
        needed[output.value.index()] = true;
    }
    for node in graph.nodes().iter().rev() {
        if node.outputs.iter().any(|o| needed[o.index()]) {
            for value in node.inputs.iter().chain(&node.outputs) {
                needed[value.index()] = true;
            }
        }
    }
    needed
}

fn copy_nodes(
    graph: &Graph,
    builder: &mut Builder,
    map: &mut HashMap<ValueId, ValueId>,
    needed: &[bool],
    rule: &mut impl FnMut(&mut Builder, &Node, &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError>,
) -> Result<(), GraphError> {
    for node in graph.nodes() {
        if !node.outputs.iter().any(|o| needed[o.index()]) {
            continue;
        }
        for input in &node.inputs {
            if let (Some(tensor), false) = (graph.constant(*input), map.contains_key(input)) {
                let copy = builder.named_constant(&graph.value(*input).name, tensor.clone());
                map.insert(*input, copy);
            }
        }
        let inputs: Vec<ValueId> = node.inputs.iter().map(|i| map[i]).collect();
        let outputs = match rule(builder, node, &inputs)? {
            Some(outputs) => outputs,
            None => {
                let names: Vec<String> = node.outputs.iter().map(|o| graph.value(*o).name.clone()).collect();
                builder.apply_named(&node.name, node.op.clone(), &inputs, &names)?
            }
        };
        map.extend(node.outputs.iter().copied().zip(outputs));
    }
    // A graph may show an input or a constant as its result.
    for output in graph.outputs() {
        if let (Some(tensor), false) = (graph.constant(output.value), map.contains_key(&output.value)) {
            let copy = builder.named_constant(&graph.value(output.value).name, tensor.clone());
            map.insert(output.value, copy);
        }
    }
    Ok(())
}
