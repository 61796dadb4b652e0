//! A part of a graph as a graph of its own, with only the nodes it needs.

use std::collections::HashMap;

use super::{Builder, Graph, GraphError, ValueId};

/// What lies between `inputs`, which become the new graph's, and `outputs`, which are shown under the given names.
///
/// # Errors
/// [`GraphError::Missing`] when an output depends on an input of the graph that is not among `inputs`, or a value is none of
/// this graph's.
pub fn extract(graph: &Graph, inputs: &[ValueId], outputs: &[(&str, ValueId)]) -> Result<Graph, GraphError> {
    let named = |value: ValueId| graph.values().get(value.index()).map_or("?", |v| v.name.as_str());
    let missing = |value: ValueId| GraphError::Missing { what: "value", name: named(value).to_owned() };
    let mut known = vec![false; graph.values().len()];
    let mut builder = Builder::new();
    let mut map = HashMap::new();
    for input in inputs {
        *known.get_mut(input.index()).ok_or_else(|| missing(*input))? = true;
        map.insert(*input, builder.input(named(*input), graph.ty(*input).clone()));
    }
    for index in needed(graph, &known, outputs) {
        let node = &graph.nodes()[index];
        let arguments = node
            .inputs
            .iter()
            .map(|i| place(graph, &mut builder, &mut map, *i).ok_or_else(|| missing(*i)))
            .collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = node.outputs.iter().map(|o| named(*o).to_owned()).collect();
        let results = builder.apply_named(&node.name, node.op.clone(), &arguments, &names)?;
        for (old, new) in node.outputs.iter().zip(results) {
            map.entry(*old).or_insert(new);
        }
    }
    for (name, value) in outputs {
        let shown = place(graph, &mut builder, &mut map, *value).ok_or_else(|| missing(*value))?;
        builder.output(name, shown);
    }
    Ok(builder.finish())
}

/// A value in the new graph; constants are copied when they are first met.
fn place(graph: &Graph, builder: &mut Builder, map: &mut HashMap<ValueId, ValueId>, value: ValueId) -> Option<ValueId> {
    if let Some(found) = map.get(&value) {
        return Some(*found);
    }
    let source = graph.values().get(value.index())?;
    let copy = builder.named_constant(&source.name, graph.constant(value)?.clone());
    map.insert(value, copy);
    Some(copy)
}

/// Places of the nodes between `known` values and the outputs, in order.
fn needed(graph: &Graph, known: &[bool], outputs: &[(&str, ValueId)]) -> Vec<usize> {
    let mut wanted = vec![false; known.len()];
    for (_, value) in outputs {
        if let Some(place) = wanted.get_mut(value.index()) {
            *place = true;
        }
    }
    let mut nodes = Vec::new();
    for (index, node) in graph.nodes().iter().enumerate().rev() {
        if node.outputs.iter().any(|o| wanted[o.index()] && !known[o.index()]) {
            node.inputs.iter().for_each(|i| wanted[i.index()] = true);
            nodes.push(index);
        }
    }
    nodes.reverse();
    nodes
}
