//! Reading and writing ONNX.
//!
//! Files are protobuf (`proto`), read into a neutral form that operator files see ([`NodeContext`]); integer arithmetic on
//! shapes is folded away while reading (`shape_arithmetic`), so that the graph proper holds only tensors. Writing asks
//! each operator how ONNX spells it and falls back to its parts.

mod bounds;
mod error;
pub mod external;
mod glance;
mod node;
mod proto;
mod read;
mod refused;
mod shape_arithmetic;
mod symbols;
mod tensor;
#[cfg(test)]
pub(crate) mod trial;
mod write;

pub use error::OnnxError;
pub(crate) use glance::{GLANCE, glance};
pub(crate) use node::computed;
pub use node::{AttributeValue, Attributes, NodeContext, NodeInfo, NodeInput, SymbolicInt};
pub use read::{
    Given, Interface, Layout, Model, OPSETS, Origin, PARTS, Range, input_names, no_logits, read, read_as, read_given,
    read_step, read_tensor,
};
pub use refused::{REFUSED, Refused, refused};
pub use tensor::External;
pub use write::{WriteOptions, write};

use crate::tensor::DType;

/// Our element type for a `TensorProto.DataType`: every integer becomes `I64`, half floats become `F32`.
#[must_use]
pub(crate) const fn dtype_of(code: i64) -> Option<DType> {
    match code {
        1 | 10 | 16 => Some(DType::F32),
        11 => Some(DType::F64),
        2..=7 | 12 | 13 | 21 | 22 | 25 | 26 => Some(DType::I64),
        9 => Some(DType::Bool),
        _ => None,
    }
}

/// Our element type for an ONNX one that elements are cast to: integers of four bits and fewer would have to wrap around.
#[must_use]
pub(crate) const fn cast_to(code: i64) -> Option<DType> {
    match code {
        21 | 22 | 25 | 26 => None,
        _ => dtype_of(code),
    }
}
