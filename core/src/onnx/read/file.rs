//! A decoded file: its nodes and weights.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use prost::Message;

use super::inputs::{Batch, Declared, Typed};
use super::weights::Weights;
use super::{OPSETS, Read, functions, nodes, order};
use crate::graph::Graph;
use crate::onnx::proto::{GraphProto, ModelProto};
use crate::onnx::tensor::External;
use crate::onnx::{OnnxError, bounds, glance};
use crate::provenance::{Content, hash};
use crate::tensor::{Dim, Tensor};

/// A decoded file.
pub(super) struct File {
    pub name: String,
    pub model: ModelProto,
    pub proto: GraphProto,
    pub opset: i64,
    /// Names of all weights; those that an output needs are read.
    pub names: HashSet<String>,
    pub weights: HashMap<String, Tensor>,
    pub warnings: Vec<String>,
    pub files: Vec<Content>,
}

impl File {
    pub(super) fn open(bytes: Bytes, name: &str, externals: External<'_>) -> Result<Self, OnnxError> {
        let refuse = |why: String| OnnxError::NotOnnx { file: name.to_owned(), why };
        if let Some(hint) = glance::other_format(&bytes) {
            return Err(refuse(hint.to_owned()));
        }
        let own = Content { file: name.to_owned(), blake3: hash(&bytes) };
        bounds::check(&bytes).map_err(|why| refuse(format!("{why}; fetch or export it again")))?;
        let mut model = ModelProto::decode(bytes).map_err(|e| refuse(format!("{e}; fetch or export it again")))?;
        let mut proto = model
            .graph
            .take()
            .ok_or_else(|| refuse("it holds no graph; check that this is the right file".to_owned()))?;
        if proto.node.is_empty() || proto.output.is_empty() {
            let what = if proto.node.is_empty() { "nodes" } else { "outputs" };
            return Err(OnnxError::Graph(format!(
                "{name} is an ONNX file whose graph has no {what}; export the model again"
            )));
        }
        let opset = opset(&model, name)?;
        functions::inline(&model, &mut proto, opset)?;
        let Weights { names, tensors, warnings, files } = Weights::read(&proto, externals)?;
        let files = [own].into_iter().chain(files).collect();
        Ok(Self { name: name.to_owned(), model, proto, opset, names, weights: tensors, warnings, files })
    }

    /// Names of the outputs, in the file's order.
    pub(super) fn outputs(&self) -> Vec<&str> {
        self.proto.output.iter().map(|output| output.name.as_str()).collect()
    }

    /// Everything up to one output, with the batch let go where the file fixes it and the nodes allow it.
    pub(super) fn read_to(&self, image: &Declared, sizes: &[usize], output: &str) -> Result<Read, OnnxError> {
        let free = |fixed: Option<usize>| -> Result<Graph, OnnxError> {
            let graph = self.graph(&[image.typed(Dim::BATCH, sizes)?], &[output], fixed)?;
            check_rows(&self.name, &graph)?;
            Ok(graph)
        };
        let Batch::Fixed(size) = image.batch else {
            return Ok(Read { graph: free(None)?, fixed: None, stuck: None });
        };
        let fixed = self.graph(&[image.typed(Dim::fixed(size), sizes)?], &[output], None)?;
        Ok(match free(Some(size)) {
            Ok(graph) => Read { graph, fixed: Some(fixed), stuck: None },
            Err(why) => Read { graph: fixed.clone(), fixed: Some(fixed), stuck: Some(why.to_string()) },
        })
    }

    /// Builds the graph with inputs of these types up to these outputs. `freed`: the batch that the file fixes and that is `N` here.
    pub(super) fn graph(&self, inputs: &[Typed], outputs: &[&str], freed: Option<usize>) -> Result<Graph, OnnxError> {
        let mut reader = nodes::Reader::new(self.opset, freed);
        for port in self.proto.input.iter().chain(&self.proto.output) {
            if let Some(tensor) = port.r#type.as_ref().and_then(|ty| ty.tensor_type.as_ref()) {
                reader.kind(&port.name, tensor.elem_type);
            }
        }
        for weight in &self.proto.initializer {
            reader.kind(&weight.name, weight.data_type);
        }
        for input in inputs {
            reader.input(input);
        }
        let order = order::order(&self.proto, &self.names, inputs, outputs)?;
        for (name, tensor) in order.weights(&self.weights) {
            reader.weight(name, tensor);
        }
        for index in order.nodes() {
            reader.node(&self.proto.node[*index], order.used())?;
        }
        reader.finish(outputs)
    }
}

fn opset(model: &ModelProto, name: &str) -> Result<i64, OnnxError> {
    let default = model.opset_import.iter().find(|o| o.domain.is_empty() || o.domain == "ai.onnx");
    let version = default.map_or(1, |o| o.version);
    if OPSETS.contains(&version) {
        return Ok(version);
    }
    Err(OnnxError::Graph(format!(
        "{name} uses operator set {version}; {} to {} are read, so export it again with torch.onnx.export(..., \
         opset_version=17) or convert it with onnx.version_converter",
        OPSETS.start(),
        OPSETS.end()
    )))
}

/// A network whose batch was lost on the way (a reshape to a written-out 1) must not be mistaken for one that has it.
fn check_rows(name: &str, graph: &Graph) -> Result<(), OnnxError> {
    for output in graph.outputs() {
        let ty = graph.ty(output.value);
        if ty.shape.first() != Some(&Dim::BATCH) {
            return Err(OnnxError::Graph(format!(
                "output `{}` of {name} has type {ty}, whose first dimension is not the batch N, one row of logits for each image; \
                 export the model with a dynamic batch axis (dynamic_axes={{\"image\": {{0: \"N\"}}}})",
                output.name
            )));
        }
    }
    Ok(())
}
