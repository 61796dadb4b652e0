//! Reading any graph, for callers who know what its inputs are.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;

use super::File;
use super::inputs::{self, Typed};
use crate::graph::Graph;
use crate::onnx::proto::TensorProto;
use crate::onnx::tensor::decode;
use crate::onnx::{OnnxError, external};
use crate::tensor::{Tensor, TensorType};

/// What a caller knows of an input.
#[derive(Clone, Debug)]
pub enum Given {
    /// Its type; the value comes at each run.
    Type(TensorType),
    /// Its value, once for all: a part of the graph from now on, as a weight is.
    Value(Tensor),
}

/// Reads any graph, whatever its inputs, with what is known of them by name. Those that the file fixes itself need not be named.
///
/// # Errors
/// [`OnnxError`], also for an input that nothing is said of.
pub fn read_given(bytes: Bytes, file_name: &str, given: &BTreeMap<String, Given>) -> Result<Graph, OnnxError> {
    let mut file = File::open(bytes, file_name, &external::none)?;
    let mut typed = Vec::new();
    for name in inputs::names(&file.proto) {
        match given.get(&name) {
            Some(Given::Type(ty)) => typed.push(Typed { name, ty: ty.clone() }),
            Some(Given::Value(tensor)) => {
                file.names.insert(name.clone());
                file.weights.insert(name, tensor.clone());
            }
            None => return Err(OnnxError::Graph(format!("nothing is known of the input `{name}` of {file_name}"))),
        }
    }
    file.graph(&typed, &file.outputs(), None)
}

/// Names of the inputs that a caller must give, in the file's order.
///
/// # Errors
/// As [`read_given`].
pub fn input_names(bytes: Bytes, file_name: &str) -> Result<Vec<String>, OnnxError> {
    File::open(bytes, file_name, &external::none).map(|file| inputs::names(&file.proto))
}

/// Reads a file that holds one tensor (`TensorProto`), with its name. NaN may be among its elements.
///
/// # Errors
/// [`OnnxError`] when it is none, or its elements are of no type of ours.
pub fn read_tensor(bytes: Bytes, file_name: &str) -> Result<(String, Tensor), OnnxError> {
    let refuse = |e: prost::DecodeError| OnnxError::NotOnnx { file: file_name.to_owned(), why: e.to_string() };
    let proto = TensorProto::decode(bytes).map_err(refuse)?;
    let tensor = decode(&proto, &external::none)?;
    Ok((proto.name, tensor))
}
