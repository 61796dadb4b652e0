//! Reading and writing ONNX.
//!
//! Files are protobuf (`proto`), read into a neutral form that operator files see ([`NodeContext`]); integer arithmetic on
//! shapes is folded away while reading, so that the graph proper holds only tensors.

mod error;
mod node;

pub use error::OnnxError;
pub use node::{AttributeValue, NodeContext, NodeInfo, NodeInput, SymbolicInt};

use crate::tensor::DType;

/// Our element type for a `TensorProto.DataType`: every integer becomes `I64`, half floats become `F32`.
#[must_use]
pub const fn dtype_of(code: i64) -> Option<DType> {
    match code {
        1 | 10 | 16 => Some(DType::F32),
        11 => Some(DType::F64),
        2..=7 | 12 | 13 => Some(DType::I64),
        9 => Some(DType::Bool),
        _ => None,
    }
}
