//! Upsample: the older name of Resize, read as one. <https://onnx.ai/onnx/operators/onnx__Upsample.html>

use crate::onnx::AttributeValue;
use crate::ops::Import;
use crate::ops::resize::reader;

/// Reader of `Upsample` nodes (scales as an attribute in opset 7, as input 1 in opset 9).
pub const ONNX: &[Import] = &[("Upsample", |n| {
    let scales = match n.info.attributes.get("scales") {
        Some(AttributeValue::Floats(scales)) => scales.iter().map(|s| f64::from(*s)).collect(),
        _ => n.numbers_input(1)?.unwrap_or_default(),
    };
    reader::upsample(n, &scales)
})];
