//! What can go wrong on a device.

use crate::graph::GraphError;
use crate::onnx::OnnxError;
use crate::ops::OpError;
use crate::platform::memory;
use crate::tensor::TensorError;

/// A failure to prepare, run or read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine cannot be had on this machine.
    #[error("{0}")]
    Unavailable(String),
    /// The device or its library refused.
    #[error("{engine} failed while {doing}: {why}")]
    Device {
        /// Which engine.
        engine: &'static str,
        /// What it was doing.
        doing: String,
        /// Its own words.
        why: String,
    },
    /// A program was given another number of arguments than its graph has inputs.
    #[error("the program takes {expected} arguments, was given {found}")]
    ArgumentCount {
        /// Inputs of the graph.
        expected: usize,
        /// Arguments given.
        found: usize,
    },
    /// An argument does not fit the graph's input.
    #[error("argument `{name}` must be {expected}, is {found}")]
    Argument {
        /// Name of the input.
        name: String,
        /// Its type.
        expected: String,
        /// What was given.
        found: String,
    },
    /// The device is gone: its driver crashed, was updated, or the machine slept. Nothing of it can be used any more.
    #[error("{engine}: the device was lost ({why}); what is finished is kept, run again to go on with it")]
    Lost {
        /// Which engine.
        engine: &'static str,
        /// Its last words.
        why: String,
    },
    /// The engine computes something else than the oracle.
    #[error(
        "{device} computes wrongly: {images} images through the donors differ from the reference by {difference:.1e} of the \
         logits' size; update its driver, or set engine to another one"
    )]
    SelfCheck {
        /// The device's own words.
        device: String,
        /// Images that were compared.
        images: usize,
        /// The relative difference.
        difference: f64,
    },
    /// A tensor is larger than the device can hold or a kernel can see.
    #[error(
        "a tensor of {} MiB is beyond the {} MiB that this device can bind; use a smaller batch or an earlier tap",
        .bytes.div_ceil(1 << 20), .most >> 20
    )]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The device's limit.
        most: u64,
    },
    /// A run takes more memory than there is.
    #[error(
        "node `{node}`: its result {result} and what lives beside it take {} for {images} image(s), and {} may be used; use a smaller \
         batch or network, or allow more by memory_mib under [run]",
        memory::shown(*.bytes), memory::shown(*.most)
    )]
    Memory {
        /// Name of the node.
        node: String,
        /// Type of its result.
        result: String,
        /// What is needed.
        bytes: u64,
        /// Images in the run.
        images: usize,
        /// What may be used.
        most: u64,
    },
    /// An integer that does not fit into the device's 32 bits.
    #[error(
        "the integer {value} does not fit into 32 bits, which is all that graphics processors have; use another engine"
    )]
    Range {
        /// The integer.
        value: i64,
    },
    /// A number in f64 that is beyond all of f32.
    #[error(
        "the number {value:e} is beyond those of 32 bits, which is all that graphics processors have; use another engine"
    )]
    RangeReal {
        /// The number.
        value: f64,
    },
    /// An operator without a kernel.
    #[error(
        "node `{node}`: there is no kernel for {op} here; use the engine `ort` or `reference`, or export without it"
    )]
    Lacking {
        /// Name of the node.
        node: String,
        /// The operator.
        op: &'static str,
    },
    /// A buffer of one engine was handed to another.
    #[error("this buffer belongs to another engine or to a device that was lost")]
    ForeignBuffer,
    /// The oracle's own complaint.
    #[error("node `{node}`: {source}")]
    Op {
        /// Name of the node.
        node: String,
        /// The complaint.
        source: OpError,
    },
    /// The graph cannot be written for the engine.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// The graph cannot be rewritten for the engine.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A tensor is not what was asked for.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}
