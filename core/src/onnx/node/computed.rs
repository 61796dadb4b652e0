//! Values that depend on constants alone, computed while a file is read: exporters write sizes and weights as short computations.

use std::collections::{BTreeSet, HashMap};

use crate::graph::{Graph, Source, ValueId};
use crate::tensor::{Array, Tensor};

/// Largest tensor that is made on the way, in elements.
const LARGEST: usize = 1 << 27;

/// The value as a tensor, if it depends on constants alone.
pub(crate) fn computed(graph: &Graph, value: ValueId) -> Option<Tensor> {
    if let Some(tensor) = graph.constant(value) {
        return Some(tensor.clone());
    }
    let mut arrays: HashMap<ValueId, Array> = HashMap::new();
    for index in behind(graph, value)? {
        let node = &graph.nodes()[index];
        let inputs = node.inputs.iter().map(|input| match (arrays.get(input), graph.constant(*input)) {
            (Some(array), _) => Some(array.clone()),
            (None, Some(tensor)) => Some(tensor.to_array()),
            (None, None) => None,
        });
        let inputs: Vec<Array> = inputs.collect::<Option<_>>()?;
        // The batch does not enter: every size is fixed. Rounding after each step is what an engine does.
        let results = node.op.rules().eval(&inputs, 1).ok()?;
        for (output, result) in node.outputs.iter().zip(results) {
            arrays.insert(*output, result.to_tensor(graph.ty(*output).dtype).to_array());
        }
    }
    arrays.get(&value).map(|array| array.to_tensor(graph.ty(value).dtype))
}

/// The nodes that make a value, in order, if no input of the graph and no batch takes part.
fn behind(graph: &Graph, value: ValueId) -> Option<BTreeSet<usize>> {
    let (mut open, mut nodes) = (vec![value], BTreeSet::new());
    while let Some(value) = open.pop() {
        match &graph.value(value).source {
            Source::Input => return None,
            Source::Constant(_) => {}
            Source::Node(node) => {
                let size = graph.ty(value).elements()?.known()?;
                if size > LARGEST {
                    return None;
                }
                if nodes.insert(node.index()) {
                    open.extend(&graph.nodes()[node.index()].inputs);
                }
            }
        }
    }
    Some(nodes)
}
