//! Identity and Dropout: nothing happens to the tensor. <https://onnx.ai/onnx/operators/onnx__Dropout.html>
//!
//! A donor is frozen, so that Dropout never drops. Both only give the same value another name; Dropout's mask is true throughout.

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::Import;
use crate::tensor::{Data, Tensor};

/// Readers of `Identity` and `Dropout` nodes.
pub const ONNX: &[Import] = &[("Identity", |n| Ok(vec![n.input(0)?])), ("Dropout", dropout)];

fn dropout(n: &mut NodeContext<'_>) -> Result<Vec<ValueId>, OnnxError> {
    // Where a training's chance begins.
    n.irrelevant(&["seed"]);
    if n.info.opset < 12 {
        // Without a word for training, none of it is dropped.
        n.irrelevant(&["ratio"]);
    }
    if n.info.opset < 7 && n.int("is_test", 0)? == 0 {
        return Err(n.error("it is in training mode; export the network in evaluation mode: model.eval()"));
    }
    let training = n.numbers_input(2)?.is_some_and(|flag| flag.first().is_some_and(|f| *f != 0.0));
    let _given = n.given(1);
    if training && n.numbers_input(1)?.is_none_or(|ratio| ratio.first().is_none_or(|r| *r != 0.0)) {
        return Err(n.error(
            "it is in training mode and drops activations at random; export the network in evaluation mode: model.eval()",
        ));
    }
    let x = n.input(0)?;
    if !n.info.wants(1) || n.info.opset < 10 {
        return Ok(vec![x]);
    }
    let kept = Tensor::new(&[], Data::Bool(vec![true].into())).map_err(|e| n.error(e.to_string()))?;
    let (kept, shape) = (n.b.constant(kept), n.b.ty(x).shape.clone());
    let mask = n.b.expand(kept, &shape).map_err(|e| n.wrap(e))?;
    Ok(vec![x, mask])
}
