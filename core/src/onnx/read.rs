//! From the bytes of a file to a typed graph.
//!
//! The file is checked, decoded and ordered; then every node that an output needs is handed to its operator file. What
//! cannot be computed is one error that names the place and the remedy, never a silently different network.

mod attributes;
mod control;
mod file;
mod freed;
mod functions;
mod given;
mod inputs;
mod interface;
mod layout;
mod legacy;
mod nodes;
mod order;
mod outputs;
mod weights;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use bytes::Bytes;

use super::OnnxError;
use super::tensor::External;
use crate::graph::{Graph, Node, ValueId};
use crate::ops::Derivative;
use crate::provenance::Content;
use crate::tensor::TensorType;
use file::File;
pub use given::{Given, input_names, read_given, read_tensor};
use inputs::Declared;
pub use interface::{Interface, Layout, Range};
pub use outputs::no_logits;

/// Operator sets that are read.
pub const OPSETS: RangeInclusive<i64> = 6..=28;

/// Stands in the names of nodes that one node of the file became besides its last: `/fc/Gemm/parts/Transpose_40`.
pub const PARTS: &str = "/parts/";

/// A network as read from a file.
#[derive(Clone, Debug)]
pub struct Model {
    /// The network: one image input, one output.
    pub graph: Graph,
    /// How the file has its input and its batch.
    pub origin: Origin,
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

/// How a file has what its graph may have otherwise.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Where the channels of its images stand.
    pub layout: Layout,
    /// Whether its input holds whole numbers from 0 to 255.
    pub bytes: bool,
    /// The network with the batch that the file fixes.
    pub fixed: Option<Graph>,
    /// Why that batch could not be let go; the graph then has it still.
    pub stuck: Option<String>,
}

/// What was read up to one output.
struct Read {
    graph: Graph,
    fixed: Option<Graph>,
    stuck: Option<String>,
}

impl Read {
    /// The output.
    fn value(&self) -> ValueId {
        self.graph.outputs()[0].value
    }

    /// Type of the output.
    fn result(&self) -> &TensorType {
        self.graph.ty(self.value())
    }
}

/// Reads a network with one image input whose first dimension is the batch, up to the output that holds its logits.
///
/// A first dimension that the file fixes is treated as the batch too where the nodes allow it; else it stays fixed and
/// [`Origin::stuck`] says why. `file_name` is for messages.
///
/// # Errors
/// [`OnnxError`], naming file, tensor or node and what to do.
pub fn read(bytes: Bytes, file_name: &str, externals: External<'_>) -> Result<Model, OnnxError> {
    read_as(bytes, file_name, externals, &Interface::default())
}

/// As [`read`], with what a recipe says of the file's output and input. Pixels and axes stay as the file has them.
///
/// # Errors
/// [`OnnxError`], naming file, tensor or node and what to do.
pub fn read_as(bytes: Bytes, file_name: &str, externals: External<'_>, asked: &Interface) -> Result<Model, OnnxError> {
    let file = File::open(bytes, file_name, externals)?;
    let image = inputs::image(&file.proto, file_name)?;
    let (layout, turned) = layout::layout(&file.proto, &image, asked)?;
    let sizes = image.sizes(asked, layout)?;
    let read = |output: &str| file.read_to(&image, &sizes, output);
    let outputs::Chosen { read, note } = outputs::chosen(file_name, &file.outputs(), asked.output.as_deref(), read)?;
    let mut warnings = file.warnings.clone();
    warnings.extend(turned.into_iter().chain(note));
    let Read { graph, fixed, stuck } = read;
    warnings.extend(stand_ins(&graph));
    let (producer, version) = (&file.model.producer_name, &file.model.producer_version);
    Ok(Model {
        graph,
        origin: Origin { layout, bytes: image.bytes(), fixed, stuck },
        producer: format!("{producer} {version}").trim().to_owned(),
        opset: file.opset,
        ir_version: file.model.ir_version,
        warnings,
        metadata: file.model.metadata_props.iter().map(|p| (p.key.clone(), p.value.clone())).collect(),
        files: file.files,
    })
}

/// What to say of operators whose derivative is a stand-in.
fn stand_ins(graph: &Graph) -> Option<String> {
    let stand_in = |node: &&Node| matches!(node.op.rules().derivative(), Derivative::StandIn(_));
    let count = graph.nodes().iter().filter(stand_in).count();
    (count > 0).then(|| {
        format!(
            "the network is quantised: it rounds at {count} place(s), where its derivative is zero; gradients pass straight \
             through instead, which is a guess, so robust counts are looser upper bounds than those of a network of floats"
        )
    })
}

/// Reads any graph that [`super::write()`] wrote: several inputs and outputs, dimensions spelled as [`crate::tensor::Dim`] shows them.
///
/// # Errors
/// [`OnnxError`].
pub fn read_step(bytes: Bytes, file_name: &str) -> Result<Graph, OnnxError> {
    let file = File::open(bytes, file_name, &super::external::none)?;
    let declared = inputs::declared(&file.proto)?;
    let typed = declared.iter().map(Declared::as_written).collect::<Result<Vec<_>, _>>()?;
    file.graph(&typed, &file.outputs(), None)
}

#[cfg(test)]
mod tests;
