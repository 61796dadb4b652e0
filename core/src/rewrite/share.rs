//! Equal nodes on equal arguments are computed once.

use std::collections::HashMap;

use crate::graph::{Graph, GraphError, ValueId, translate};

/// Merges nodes with the same operator, settings and arguments, and small constants with the same content.
///
/// # Errors
/// [`GraphError`] from the builder.
pub fn share(graph: &Graph) -> Result<Graph, GraphError> {
    let mut nodes: HashMap<(String, Vec<ValueId>), Vec<ValueId>> = HashMap::new();
    let mut constants: HashMap<String, ValueId> = HashMap::new();
    translate(graph, |b, node, inputs| {
        let arguments: Vec<ValueId> = inputs
            .iter()
            .map(|input| match b.graph().constant(*input) {
                Some(tensor) if tensor.len() <= 16 => *constants.entry(format!("{tensor:?}")).or_insert(*input),
                _ => *input,
            })
            .collect();
        let key = (format!("{:?}", node.op), arguments.clone());
        if let Some(known) = nodes.get(&key) {
            return Ok(Some(known.clone()));
        }
        let names: Vec<String> = node.outputs.iter().map(|o| graph.value(*o).name.clone()).collect();
        let outputs = b.apply_named(&node.name, node.op.clone(), &arguments, &names)?;
        nodes.insert(key, outputs.clone());
        Ok(Some(outputs))
    })
}
