//! The nodes of a network with everything that a drawing says of them, and nothing of its weights but their numbers.

use std::collections::HashMap;

use stitchscope_core::cut::{node_names, taps};
use stitchscope_core::graph::{Graph, Node, Source, ValueId};
use stitchscope_core::ops::{Attribute, Export, ExportInput};
use stitchscope_core::tensor::{Dim, Tensor, TensorType, show_shape};

use super::{ChartBox, Stands, weights};

/// What a fact is called that tells of a result.
pub const RESULT: &str = "result";
/// What a fact is called that tells a node's name in the file.
pub const FILE: &str = "in the file";
/// Constants of at most so many numbers are told one by one.
const FEW: usize = 8;

/// The parts of a network, each behind those whose results it takes.
pub(in crate::work) struct Skeleton {
    /// Boxes, not yet placed; what they are called as blocks is in `block`.
    pub(super) parts: Vec<ChartBox>,
    /// For each, places of the parts that it takes.
    pub(super) takes: Vec<Vec<usize>>,
}

impl Skeleton {
    /// Inputs, nodes, results.
    pub(in crate::work) fn of(graph: &Graph) -> Self {
        let names = node_names(graph);
        let taps: HashMap<String, (String, bool)> =
            taps(graph).into_iter().map(|tap| (tap.tensor, (tap.name, tap.block_output))).collect();
        let mut made: HashMap<ValueId, usize> = HashMap::new();
        let mut this = Self { parts: Vec::new(), takes: Vec::new() };
        for input in graph.inputs() {
            made.insert(*input, this.parts.len());
            this.add(port(&graph.value(*input).name, "Input", graph.ty(*input)), Vec::new());
        }
        for (node, name) in graph.nodes().iter().zip(names) {
            let mut part = part(graph, node, &name);
            part.tap = node.outputs.iter().find_map(|value| taps.get(&graph.value(*value).name).cloned());
            made.extend(node.outputs.iter().map(|value| (*value, this.parts.len())));
            let takes = node.inputs.iter().filter_map(|value| made.get(value).copied()).collect();
            this.add(part, takes);
        }
        for output in graph.outputs() {
            let takes = made.get(&output.value).copied().into_iter().collect();
            this.add(port(&output.name, "Result", graph.ty(output.value)), takes);
        }
        this
    }

    fn add(&mut self, part: ChartBox, takes: Vec<usize>) {
        self.parts.push(part);
        self.takes.push(takes);
    }
}

fn port(name: &str, op: &str, ty: &TensorType) -> ChartBox {
    ChartBox {
        network: 0,
        stands: Stands::Port,
        name: name.to_owned(),
        op: op.to_owned(),
        shape: shape(ty),
        block: String::new(),
        tap: None,
        holds: Vec::new(),
        facts: vec![("type".to_owned(), format!("{}{}", ty.dtype, show_shape(&ty.shape)))],
        weights: Vec::new(),
        at: [0.0; 2],
    }
}

fn part(graph: &Graph, node: &Node, name: &str) -> ChartBox {
    let mut facts = attributes(node);
    let mut weighty = Vec::new();
    for value in &node.inputs {
        let Source::Constant(tensor) = &graph.value(*value).source else { continue };
        let name = &graph.value(*value).name;
        if tensor.len() <= FEW {
            facts.push((name.clone(), few(tensor)));
        } else {
            weighty.push(weights::facts(name, tensor));
        }
    }
    for value in &node.outputs {
        let (name, ty) = (&graph.value(*value).name, graph.ty(*value));
        facts.push((RESULT.to_owned(), format!("{name}: {}{}", ty.dtype, show_shape(&ty.shape))));
    }
    if node.name != name {
        facts.push((FILE.to_owned(), node.name.clone()));
    }
    ChartBox {
        network: 0,
        stands: Stands::Node,
        name: name.to_owned(),
        op: node.op.rules().name().to_owned(),
        shape: node.outputs.first().map(|value| shape(graph.ty(*value))).unwrap_or_default(),
        block: block(name).to_owned(),
        tap: None,
        holds: Vec::new(),
        facts,
        weights: weighty,
        at: [0.0; 2],
    }
}

/// Settings of the operator under the names that ONNX has for them.
fn attributes(node: &Node) -> Vec<(String, String)> {
    let Export::Node(written) = node.op.rules().export() else { return Vec::new() };
    let named = written.attributes.into_iter().map(|(name, value)| {
        let value = match value {
            Attribute::Int(number) => number.to_string(),
            Attribute::Ints(numbers) => listed(&numbers),
            Attribute::Float(number) => number.to_string(),
            Attribute::Text(word) => word,
        };
        (name.to_owned(), value)
    });
    let kept = written.inputs.into_iter().filter_map(|input| match input {
        ExportInput::Constant(tensor) => Some(("constant".to_owned(), few(&tensor))),
        ExportInput::Shape(shape) => Some(("shape".to_owned(), show_shape(&shape))),
        _ => None,
    });
    named.chain(kept).collect()
}

/// The numbers of a small tensor, else its type.
fn few(tensor: &Tensor) -> String {
    let values = tensor.to_f64();
    match values.as_slice() {
        [one] if tensor.shape().is_empty() => one.to_string(),
        few if few.len() <= FEW => listed(few),
        _ => tensor.tensor_type().to_string(),
    }
}

fn listed<T: ToString>(values: &[T]) -> String {
    format!("[{}]", values.iter().map(T::to_string).collect::<Vec<_>>().join(", "))
}

/// `64×7×7`, without the batch.
fn shape(ty: &TensorType) -> String {
    let behind = if ty.shape.first().is_some_and(|dim| dim.known().is_none()) { 1 } else { 0 };
    ty.shape[behind..].iter().map(Dim::to_string).collect::<Vec<_>>().join("×")
}

/// The block of a module: the path up to its first number, as in `layer1.0` and `blocks.3`, else what holds the module.
fn block(name: &str) -> &str {
    let ends = name.match_indices('.').map(|(at, _)| at);
    let numbered = |end: &usize| {
        let last = name[..*end].rsplit('.').next().unwrap_or_default();
        *end > last.len() && last.parse::<u32>().is_ok()
    };
    let end = ends.clone().find(numbered).or_else(|| name.rfind('.'));
    end.map_or("", |end| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_the_path_up_to_its_first_number() {
        for (name, expected) in [
            ("layer1.0.conv1", "layer1.0"),
            ("layer1.0.downsample.0", "layer1.0"),
            ("blocks.11.attn.qkv", "blocks.11"),
            ("features.denseblock1.denselayer1.norm1", "features.denseblock1.denselayer1"),
            ("layer1.0", "layer1"),
            ("0.conv", "0"),
            ("conv1", ""),
        ] {
            assert_eq!(block(name), expected, "{name}");
        }
    }
}
