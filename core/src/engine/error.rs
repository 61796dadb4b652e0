//! What can go wrong on a device.

use crate::graph::GraphError;
use crate::onnx::OnnxError;
use crate::ops::OpError;
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
    /// A buffer of one engine was handed to another.
    #[error("this buffer belongs to another engine")]
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
