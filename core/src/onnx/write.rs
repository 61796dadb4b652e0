//! From a graph to the bytes of an ONNX file, for ONNX Runtime and for other tools.
//!
//! Every operator says how ONNX spells it ([`crate::ops::Export`]); one without a spelling is written as its parts. Names of
//! nodes, weights and tensors are kept where ONNX allows, so a file that was read and written again looks the same.

mod nodes;
mod shapes;

use prost::Message;

use super::OnnxError;
use super::proto::{
    Dimension, DimensionProto, GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto,
};
use super::tensor::code_of;
use crate::graph::{Graph, Source};
use crate::tensor::{Dim, TensorType};
use nodes::Writer;

/// Protobuf's own limit for one message.
const MOST_BYTES: usize = i32::MAX as usize;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOptions {
    /// Name of the graph.
    pub name: String,
    /// Version of the default operator set; operators are spelled for 21.
    pub opset: i64,
    /// Version of the file format.
    pub ir_version: i64,
    /// Key-value pairs that say where the graph comes from.
    pub metadata: Vec<(String, String)>,
}

impl WriteOptions {
    /// A graph of this name in operator set 21, format 10.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), opset: 21, ir_version: 10, metadata: Vec::new() }
    }

    /// The same with a key-value pair.
    #[must_use]
    pub fn with(mut self, key: &str, value: String) -> Self {
        self.metadata.push((key.to_owned(), value));
        self
    }
}

/// Writes a graph. Dimensions that depend on the batch are named as [`Dim`] shows them: `N`, `4N`.
///
/// # Errors
/// [`OnnxError::Node`] for an operator without ONNX form, [`OnnxError::Graph`] when a shape depends on the batch but no input
/// does, or the file would pass 2 GiB.
pub fn write(graph: &Graph, options: &WriteOptions) -> Result<Vec<u8>, OnnxError> {
    let mut writer = Writer::new(graph);
    let inputs = graph.inputs().iter().map(|i| info(&writer.name(*i), graph.ty(*i))).collect();
    for (index, value) in graph.values().iter().enumerate() {
        if let Source::Constant(tensor) = &value.source {
            writer.weight(index, tensor);
        }
    }
    for node in graph.nodes() {
        writer.node(node)?;
    }
    let mut outputs = Vec::with_capacity(graph.outputs().len());
    for output in graph.outputs() {
        writer.output(output);
        outputs.push(info(&output.name, graph.ty(output.value)));
    }
    let (node, initializer) = writer.finish();
    let proto = GraphProto {
        node,
        name: options.name.clone(),
        initializer,
        input: inputs,
        output: outputs,
        ..GraphProto::default()
    };
    let model = ModelProto {
        ir_version: options.ir_version,
        producer_name: "stitchscope".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(proto),
        metadata_props: options.metadata.iter().map(|(key, value)| pair(key, value)).collect(),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: options.opset }],
        ..ModelProto::default()
    };
    let size = model.encoded_len();
    if size > MOST_BYTES {
        return Err(OnnxError::Graph(format!(
            "the graph `{}` takes {size} bytes as ONNX, which holds at most {MOST_BYTES} in one file; use smaller networks or \
             an earlier cut",
            options.name
        )));
    }
    Ok(model.encode_to_vec())
}

fn pair(key: &str, value: &str) -> StringStringEntryProto {
    StringStringEntryProto { key: key.to_owned(), value: value.to_owned() }
}

fn info(name: &str, ty: &TensorType) -> ValueInfoProto {
    let dim = |d: &Dim| {
        let known = d.known().and_then(|size| i64::try_from(size).ok());
        DimensionProto { value: Some(known.map_or_else(|| Dimension::Param(d.to_string()), Dimension::Value)) }
    };
    let shape = TensorShapeProto { dim: ty.shape.iter().map(dim).collect() };
    let tensor = TensorTypeProto { elem_type: code_of(ty.dtype), shape: Some(shape) };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto { tensor_type: Some(tensor), ..TypeProto::default() }),
    }
}

#[cfg(test)]
mod tests;
