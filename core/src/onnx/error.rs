//! What can be wrong with an ONNX file, with the place and the remedy.

use crate::graph::GraphError;

/// A file that cannot be read, or a graph that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OnnxError {
    /// Not the format at all.
    #[error("{file} is not an ONNX model: {why}")]
    NotOnnx {
        /// File name.
        file: String,
        /// What is wrong at which byte, if known.
        why: String,
    },
    /// One node cannot be read.
    #[error("node `{node}` ({op_type}): {why}")]
    Node {
        /// Name of the node.
        node: String,
        /// ONNX operator type.
        op_type: String,
        /// What is wrong and what would help.
        why: String,
    },
    /// One weight or constant cannot be read.
    #[error("tensor `{tensor}`: {why}")]
    Tensor {
        /// Name of the tensor.
        tensor: String,
        /// What is wrong and what would help.
        why: String,
    },
    /// The file leaves a dimension of its images open, and nothing else says it.
    #[error(
        "the input {input} leaves dimension {axis} open, and no images are at hand that say it; write size = [rows, columns] below its \
         model in the recipe (--size ROWSxCOLUMNS on the command line), or export with a fixed image size"
    )]
    Open {
        /// The input with its dimensions.
        input: String,
        /// The first open dimension, counted from 0.
        axis: usize,
    },
    /// The file takes images as rows of numbers, and nothing says their shape.
    #[error(
        "the input {input} takes each image as one row of numbers, and no images are at hand that say its rows and columns; write size = \
         [rows, columns] below its model in the recipe (--size ROWSxCOLUMNS on the command line)"
    )]
    Flat {
        /// The input with its type.
        input: String,
    },
    /// The graph as a whole cannot be used.
    #[error("{0}")]
    Graph(String),
    /// Typing failed.
    #[error(transparent)]
    Typing(#[from] GraphError),
}
