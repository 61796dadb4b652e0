//! From the bytes of a file to a typed graph.
//!
//! The file is checked, decoded and ordered; then every node that an output needs is handed to its operator file. What
//! cannot be computed is one error that names the place and the remedy, never a silently different network.

mod attributes;
mod inputs;
mod nodes;
mod order;
mod weights;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;

use bytes::Bytes;
use prost::Message;

use super::proto::{GraphProto, ModelProto};
use super::tensor::External;
use super::{OnnxError, bounds, glance};
use crate::graph::Graph;
use crate::provenance::{Content, hash};
use crate::tensor::{Dim, Tensor};
use inputs::{Batch, Declared};
use weights::Weights;

/// Operator sets that are read.
pub const OPSETS: RangeInclusive<i64> = 11..=23;

/// Stands in the names of nodes that one node of the file became besides its last: `/fc/Gemm/parts/Transpose_40`.
pub const PARTS: &str = "/parts/";

/// A network as read from a file.
#[derive(Clone, Debug)]
pub struct Model {
    /// The network: one image input, its outputs in the file's order.
    pub graph: Graph,
    /// The exporter and its version, as the file has it; may be empty.
    pub producer: String,
    /// Version of the default operator set.
    pub opset: i64,
    /// Version of the file format.
    pub ir_version: i64,
    /// What a user should know though it stops nothing, one sentence each.
    pub warnings: Vec<String>,
    /// Key-value pairs of the file.
    pub metadata: BTreeMap<String, String>,
    /// The file and what was read of those beside it, by content.
    pub files: Vec<Content>,
}

/// Reads an image classifier: one image input whose first dimension is the batch.
///
/// A first dimension that the file fixes is treated as the batch too where the network allows it; else it stays fixed and a
/// warning says why. `file_name` is for messages.
///
/// # Errors
/// [`OnnxError`], naming file, tensor or node and what to do.
pub fn read(bytes: Bytes, file_name: &str, externals: External<'_>) -> Result<Model, OnnxError> {
    let file = File::open(bytes, file_name, externals)?;
    let declared = inputs::declared(&file.proto)?;
    let [image] = declared.as_slice() else {
        let names: Vec<&str> = declared.iter().map(|d| d.name.as_str()).collect();
        return Err(OnnxError::Graph(format!(
            "{file_name} has {} inputs ({}); an image classifier has one, so export it with the image as its only input",
            names.len(),
            names.join(", ")
        )));
    };
    inputs::check_image(image)?;
    match image.batch {
        Batch::Symbolic => file.model(&[image.typed(Dim::BATCH)?], Some(Batch::Symbolic)),
        Batch::Fixed(size) => {
            let free = file.model(&[image.typed(Dim::BATCH)?], Some(image.batch));
            free.or_else(|why| {
                let mut model = file.model(&[image.typed(Dim::fixed(size))?], None)?;
                model.warnings.push(format!(
                    "the network takes exactly {size} image(s) at a time, because with any number of them: {why}; export it \
                     with a dynamic batch axis for speed"
                ));
                Ok(model)
            })
        }
    }
}

/// Reads any graph that [`super::write()`] wrote: several inputs, dimensions spelled as [`Dim`] shows them.
///
/// # Errors
/// [`OnnxError`].
pub fn read_step(bytes: Bytes, file_name: &str) -> Result<Graph, OnnxError> {
    let file = File::open(bytes, file_name, &super::external::none)?;
    let declared = inputs::declared(&file.proto)?;
    let typed = declared.iter().map(Declared::as_written).collect::<Result<Vec<_>, _>>()?;
    file.model(&typed, None).map(|model| model.graph)
}

/// A decoded file.
struct File {
    name: String,
    model: ModelProto,
    proto: GraphProto,
    opset: i64,
    /// Names of all weights; those that an output needs are read.
    names: HashSet<String>,
    weights: HashMap<String, Tensor>,
    warnings: Vec<String>,
    files: Vec<Content>,
}

impl File {
    fn open(bytes: Bytes, name: &str, externals: External<'_>) -> Result<Self, OnnxError> {
        let refuse = |why: String| OnnxError::NotOnnx { file: name.to_owned(), why };
        if let Some(hint) = glance::other_format(&bytes) {
            return Err(refuse(hint.to_owned()));
        }
        let own = Content { file: name.to_owned(), blake3: hash(&bytes) };
        bounds::check(&bytes).map_err(|why| refuse(format!("{why}; fetch or export it again")))?;
        let mut model = ModelProto::decode(bytes).map_err(|e| refuse(format!("{e}; fetch or export it again")))?;
        let proto = model
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
        let Weights { names, tensors, warnings, files } = Weights::read(&proto, externals)?;
        let files = [own].into_iter().chain(files).collect();
        Ok(Self { name: name.to_owned(), model, proto, opset, names, weights: tensors, warnings, files })
    }

    /// Builds the graph with inputs of these types. `leads`: the batch comes first everywhere, and this is how the file has it.
    fn model(&self, inputs: &[inputs::Typed], leads: Option<Batch>) -> Result<Model, OnnxError> {
        let freed = match leads {
            Some(Batch::Fixed(size)) => i64::try_from(size).ok(),
            Some(Batch::Symbolic) | None => None,
        };
        let functions = self.model.functions.iter().map(|f| (f.domain.as_str(), f.name.as_str())).collect();
        let mut reader = nodes::Reader::new(self.opset, functions, freed);
        for input in inputs {
            reader.input(input);
        }
        let order = order::order(&self.proto, &self.names, inputs)?;
        for (name, tensor) in order.weights(&self.weights) {
            reader.weight(name, tensor);
        }
        for index in order.nodes() {
            reader.node(&self.proto.node[*index])?;
        }
        let graph = reader.finish(&self.proto)?;
        if leads.is_some() {
            check_outputs(&self.name, &graph)?;
        }
        let (producer, version) = (&self.model.producer_name, &self.model.producer_version);
        Ok(Model {
            graph,
            producer: format!("{producer} {version}").trim().to_owned(),
            opset: self.opset,
            ir_version: self.model.ir_version,
            warnings: self.warnings.clone(),
            metadata: self.model.metadata_props.iter().map(|p| (p.key.clone(), p.value.clone())).collect(),
            files: self.files.clone(),
        })
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
fn check_outputs(name: &str, graph: &Graph) -> Result<(), OnnxError> {
    for output in graph.outputs() {
        let ty = graph.ty(output.value);
        if ty.shape.first() != Some(&Dim::BATCH) {
            return Err(OnnxError::Graph(format!(
                "output `{}` of {name} has type {ty}, whose first dimension is not the batch N; export the model with a \
                 dynamic batch axis (dynamic_axes={{\"image\": {{0: \"N\"}}}})",
                output.name
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
