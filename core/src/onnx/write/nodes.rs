//! Nodes, weights and names of a file being written.

use std::collections::{HashMap, HashSet};

use crate::graph::{Builder, Graph, Node, Output, Source, ValueId};
use crate::onnx::OnnxError;
use crate::onnx::proto::{AttributeProto, NodeProto, TensorProto, attribute as kind};
use crate::onnx::tensor::encode;
use crate::ops::{Attribute, Export, ExportInput, OnnxNode, Op};
use crate::tensor::{DType, Tensor, TensorType};

/// Parts of parts of parts are as deep as operators go.
const DEEPEST: usize = 8;

/// Settings that become tensors are shared up to this many elements.
const SHARED: usize = 64;

/// A graph being written.
pub(super) struct Writer<'a> {
    pub(super) graph: &'a Graph,
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
    taken: HashSet<String>,
    /// By place of the value in the graph.
    names: Vec<String>,
    shared: HashMap<Vec<u8>, String>,
    /// Where `[N]` is computed, once it is.
    pub(super) batch: Option<String>,
}

/// An operator about to be written: under names of the file.
pub(super) struct Call<'a> {
    pub name: &'a str,
    pub op: &'a Op,
    pub inputs: &'a [String],
    pub types: &'a [TensorType],
    pub outputs: &'a [String],
}

impl Call<'_> {
    pub(super) fn error(&self, why: impl Into<String>) -> OnnxError {
        OnnxError::Node { node: self.name.to_owned(), op_type: self.op.rules().name().to_owned(), why: why.into() }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(graph: &'a Graph) -> Self {
        let mut writer = Self {
            graph,
            nodes: Vec::new(),
            initializers: Vec::new(),
            taken: graph.outputs().iter().map(|o| o.name.clone()).collect(),
            names: vec![String::new(); graph.values().len()],
            shared: HashMap::new(),
            batch: None,
        };
        // A node's result that is an output carries the output's name; an input or a weight keeps its own.
        for output in graph.outputs() {
            let name = &mut writer.names[output.value.index()];
            if name.is_empty() && graph.producer(output.value).is_some() {
                name.clone_from(&output.name);
            }
        }
        for (index, value) in graph.values().iter().enumerate() {
            if writer.names[index].is_empty() {
                writer.names[index] = writer.unique(&value.name);
            }
        }
        writer
    }

    /// The file's name of a value.
    pub(super) fn name(&self, value: ValueId) -> String {
        self.names[value.index()].clone()
    }

    /// Writes a constant of the graph under its own name.
    pub(super) fn weight(&mut self, index: usize, tensor: &Tensor) {
        let proto = encode(&self.names[index], tensor);
        self.initializers.push(proto);
    }

    /// Writes a node of the graph.
    pub(super) fn node(&mut self, node: &Node) -> Result<(), OnnxError> {
        let names = |ids: &[ValueId]| ids.iter().map(|i| self.name(*i)).collect::<Vec<_>>();
        let (inputs, outputs) = (names(&node.inputs), names(&node.outputs));
        let types: Vec<TensorType> = node.inputs.iter().map(|i| self.graph.ty(*i).clone()).collect();
        self.call(&Call { name: &node.name, op: &node.op, inputs: &inputs, types: &types, outputs: &outputs }, 0)
    }

    /// Shows a value under the output's name, where it does not carry it already.
    pub(super) fn output(&mut self, output: &Output) {
        let name = self.name(output.value);
        if name != output.name {
            self.plain("Identity", vec![name], &output.name);
        }
    }

    pub(super) fn finish(self) -> (Vec<NodeProto>, Vec<TensorProto>) {
        (self.nodes, self.initializers)
    }

    fn call(&mut self, call: &Call<'_>, depth: usize) -> Result<(), OnnxError> {
        match call.op.rules().export() {
            Export::Node(node) => self.one(call, node),
            Export::Parts if depth < DEEPEST => self.parts(call, depth + 1),
            Export::Parts => Err(call.error("its parts have parts without end; this is a fault of the program")),
        }
    }

    fn one(&mut self, call: &Call<'_>, mut node: OnnxNode) -> Result<(), OnnxError> {
        let wanted = std::mem::take(&mut node.inputs);
        let mut inputs = Vec::with_capacity(wanted.len());
        for input in wanted {
            if let ExportInput::ArgumentsFrom(first) = input {
                inputs.extend(call.inputs.iter().skip(first).cloned());
                continue;
            }
            inputs.push(match input {
                ExportInput::Argument(index) => {
                    call.inputs.get(index).cloned().ok_or_else(|| call.error(format!("it has no argument {index}")))?
                }
                ExportInput::Constant(tensor) => self.setting(&alike(&tensor, node.op_type, call.types)),
                ExportInput::Absent | ExportInput::ArgumentsFrom(_) => String::new(),
                ExportInput::Shape(shape) => self.shape(call, &mut node, &shape)?,
            });
        }
        while inputs.last().is_some_and(String::is_empty) {
            inputs.pop();
        }
        self.nodes.push(NodeProto {
            input: inputs,
            output: call.outputs.to_vec(),
            name: call.name.to_owned(),
            op_type: node.op_type.to_owned(),
            attribute: node.attributes.into_iter().map(|(name, value)| attribute(name, value)).collect(),
            ..NodeProto::default()
        });
        Ok(())
    }

    /// Writes an operator as the graph of its parts.
    fn parts(&mut self, call: &Call<'_>, depth: usize) -> Result<(), OnnxError> {
        let mut b = Builder::new();
        let arguments: Vec<ValueId> = call.types.iter().map(|ty| b.input("x", ty.clone())).collect();
        b.set_scope(&format!("{}{}", call.name, crate::onnx::PARTS.trim_end_matches('/')));
        let results = call.op.rules().parts(&mut b, &arguments)?;
        let results = results.ok_or_else(|| call.error("it has neither an ONNX form nor parts"))?;
        let graph = b.finish_whole();
        let mut names: Vec<String> = vec![String::new(); graph.values().len()];
        for (argument, name) in arguments.iter().zip(call.inputs) {
            names[argument.index()].clone_from(name);
        }
        let mut copies = Vec::new();
        for (result, name) in results.iter().zip(call.outputs) {
            let place = &mut names[result.index()];
            if place.is_empty() && graph.producer(*result).is_some() {
                place.clone_from(name);
            } else {
                copies.push((*result, name));
            }
        }
        for (index, value) in graph.values().iter().enumerate() {
            if names[index].is_empty() {
                names[index] = match &value.source {
                    Source::Constant(tensor) => self.setting(tensor),
                    Source::Input | Source::Node(_) => self.unique(&value.name),
                };
            }
        }
        let of = |ids: &[ValueId]| ids.iter().map(|i| names[i.index()].clone()).collect::<Vec<_>>();
        for node in graph.nodes() {
            let types: Vec<TensorType> = node.inputs.iter().map(|i| graph.ty(*i).clone()).collect();
            let (inputs, outputs) = (of(&node.inputs), of(&node.outputs));
            self.call(
                &Call { name: &node.name, op: &node.op, inputs: &inputs, types: &types, outputs: &outputs },
                depth,
            )?;
        }
        for (result, name) in copies {
            self.plain("Identity", of(&[result]), name);
        }
        Ok(())
    }

    /// A setting as an input of its own; equal small ones are written once.
    pub(super) fn setting(&mut self, tensor: &Tensor) -> String {
        let mut proto = encode("", tensor);
        let small = tensor.len() <= SHARED;
        let key = prost::Message::encode_to_vec(&proto);
        if let Some(name) = self.shared.get(&key).filter(|_| small) {
            return name.clone();
        }
        let name = self.unique("setting");
        proto.name.clone_from(&name);
        self.initializers.push(proto);
        if small {
            self.shared.insert(key, name.clone());
        }
        name
    }

    /// A node without settings.
    pub(super) fn plain(&mut self, op_type: &str, input: Vec<String>, output: &str) {
        self.attributed(op_type, input, output, Vec::new());
    }

    /// A node of the writer's own.
    pub(super) fn attributed(
        &mut self,
        op_type: &str,
        input: Vec<String>,
        output: &str,
        attributes: Vec<(&str, Attribute)>,
    ) {
        self.nodes.push(NodeProto {
            input,
            output: vec![output.to_owned()],
            name: format!("{output}/{op_type}"),
            op_type: op_type.to_owned(),
            attribute: attributes.into_iter().map(|(name, value)| attribute(name, value)).collect(),
            ..NodeProto::default()
        });
    }

    /// A name that nothing in the file has.
    pub(super) fn unique(&mut self, wanted: &str) -> String {
        let wanted = if wanted.is_empty() { "value" } else { wanted };
        let mut name = wanted.to_owned();
        let mut number = 1_usize;
        while !self.taken.insert(name.clone()) {
            number += 1;
            name = format!("{wanted}~{number}");
        }
        name
    }
}

/// A setting that ONNX wants of the type of the first argument, in that type.
fn alike(setting: &Tensor, op_type: &str, types: &[TensorType]) -> Tensor {
    let double = types.first().is_some_and(|ty| ty.dtype == DType::F64) && matches!(op_type, "Clip" | "Pad");
    if double && setting.dtype() == DType::F32 { setting.to_array().to_tensor(DType::F64) } else { setting.clone() }
}

fn attribute(name: &str, value: Attribute) -> AttributeProto {
    let mut proto = AttributeProto { name: name.to_owned(), ..AttributeProto::default() };
    match value {
        Attribute::Int(i) => (proto.i, proto.r#type) = (Some(i), kind::INT),
        Attribute::Ints(v) => (proto.ints, proto.r#type) = (v, kind::INTS),
        Attribute::Float(f) => (proto.f, proto.r#type) = (Some(f), kind::FLOAT),
        Attribute::Text(s) => (proto.s, proto.r#type) = (Some(s.into_bytes().into()), kind::STRING),
    }
    proto
}
