//! Equal nodes on equal arguments are computed once.

use std::collections::HashMap;

use crate::graph::{Graph, GraphError, ValueId, translate};
use crate::tensor::{DType, Data, Tensor};

/// Shape, type and content of a constant.
type Content = (Vec<usize>, DType, blake3::Hash);

/// Merges nodes with the same operator, settings and arguments, and constants with the same content.
///
/// # Errors
/// [`GraphError`] from the builder.
pub fn share(graph: &Graph) -> Result<Graph, GraphError> {
    let mut nodes: HashMap<(String, Vec<ValueId>), Vec<ValueId>> = HashMap::new();
    let mut constants: HashMap<Content, ValueId> = HashMap::new();
    // A constant that many nodes read is looked at once.
    let mut merged: HashMap<ValueId, ValueId> = HashMap::new();
    translate(graph, |b, node, inputs| {
        let mut one = |input: &ValueId| match b.graph().constant(*input) {
            Some(tensor) => {
                let known = || *constants.entry(content(tensor)).or_insert(*input);
                *merged.entry(*input).or_insert_with(known)
            }
            None => *input,
        };
        let arguments: Vec<ValueId> = inputs.iter().map(&mut one).collect();
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

fn content(tensor: &Tensor) -> Content {
    let mut hasher = blake3::Hasher::new();
    match tensor.data() {
        Data::F32(values) => each(&mut hasher, values, |v| v.to_le_bytes()),
        Data::F64(values) => each(&mut hasher, values, |v| v.to_le_bytes()),
        Data::I64(values) => each(&mut hasher, values, |v| v.to_le_bytes()),
        Data::Bool(values) => each(&mut hasher, values, |v| [u8::from(*v)]),
    }
    (tensor.shape().to_vec(), tensor.dtype(), hasher.finalize())
}

fn each<T, const N: usize>(hasher: &mut blake3::Hasher, values: &[T], bytes: impl Fn(&T) -> [u8; N]) {
    for chunk in values.chunks(4096) {
        let flat: Vec<u8> = chunk.iter().flat_map(&bytes).collect();
        hasher.update(&flat);
    }
}
