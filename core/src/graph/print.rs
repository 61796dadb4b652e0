//! A text form of a graph, stable from run to run, to read in tests and messages.

use std::fmt::Write as _;

use super::{Graph, Source, ValueId};
use crate::tensor::{Data, Tensor};

/// One line per input, node and output:
///
/// ```text
/// input  %image: f32[N, 3, 32, 32]
/// %y: f32[N, 16, 32, 32] = Conv { .. }(%image, f32[16, 3, 3, 3])  # conv1
/// output logits = %y
/// ```
#[must_use]
pub fn dump(graph: &Graph) -> String {
    let mut text = String::new();
    for input in graph.inputs() {
        let value = graph.value(*input);
        let _ = writeln!(text, "input  %{}: {}", value.name, value.ty);
    }
    for node in graph.nodes() {
        let results: Vec<String> =
            node.outputs.iter().map(|o| format!("%{}: {}", graph.value(*o).name, graph.ty(*o))).collect();
        let arguments: Vec<String> = node.inputs.iter().map(|i| argument(graph, *i)).collect();
        let _ = writeln!(text, "{} = {:?}({})  # {}", results.join(", "), node.op, arguments.join(", "), node.name);
    }
    for output in graph.outputs() {
        let _ = writeln!(text, "output {} = {}", output.name, argument(graph, output.value));
    }
    text
}

fn argument(graph: &Graph, id: ValueId) -> String {
    let value = graph.value(id);
    match &value.source {
        Source::Constant(tensor) => constant(tensor),
        Source::Input | Source::Node(_) => format!("%{}", value.name),
    }
}

fn constant(tensor: &Tensor) -> String {
    if tensor.len() > 4 {
        return tensor.tensor_type().to_string();
    }
    match tensor.data() {
        Data::F32(v) => format!("{v:?}"),
        Data::F64(v) => format!("{v:?}f64"),
        Data::I64(v) => format!("{v:?}i64"),
        Data::Bool(v) => format!("{v:?}"),
    }
}
