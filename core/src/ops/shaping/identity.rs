//! Identity and Dropout: nothing happens to the tensor. <https://onnx.ai/onnx/operators/onnx__Dropout.html>
//!
//! A donor is frozen, so that Dropout never drops. Both only give the same value another name.

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::Import;

/// Readers of `Identity` and `Dropout` nodes.
pub const ONNX: &[Import] = &[("Identity", |n| Ok(vec![n.input(0)?])), ("Dropout", dropout)];

fn dropout(n: &mut NodeContext<'_>) -> Result<Vec<ValueId>, OnnxError> {
    if n.info.outputs.iter().skip(1).any(|name| !name.is_empty()) {
        return Err(n.error("its mask is not supported; export the network in evaluation mode: model.eval()"));
    }
    let training = n.numbers_input(2)?.is_some_and(|flag| flag.first().is_some_and(|f| *f != 0.0));
    if training {
        return Err(n.error("it is in training mode; export the network in evaluation mode: model.eval()"));
    }
    Ok(vec![n.input(0)?])
}
