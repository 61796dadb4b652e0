//! What operator set 6 means otherwise than later ones do.

use crate::graph::Builder;
use crate::onnx::{AttributeValue, NodeInfo, NodeInput, OnnxError};
use crate::tensor::{Dim, Shape};

/// Operators of two tensors of which the second is broadcast where an attribute asks for it.
const BROADCASTING: [&str; 11] = ["Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less"];

/// Brings a node's inputs into the form that later operator sets take: the second tensor of a sum or product, whose first axis
/// the attribute `axis` places, gets axes of size 1 behind its own.
///
/// # Errors
/// When the shapes do not fit the attribute.
pub(super) fn modern(builder: &mut Builder, info: &NodeInfo, inputs: &mut [NodeInput]) -> Result<(), OnnxError> {
    if info.opset >= 7 || !BROADCASTING.contains(&info.op_type.as_str()) {
        return Ok(());
    }
    let (broadcast, axis) = (info.attributes.get("broadcast"), info.attributes.get("axis"));
    let [NodeInput::Value(a), NodeInput::Value(b)] = inputs else { return Ok(()) };
    let (first, second) = (builder.ty(*a).shape.clone(), builder.ty(*b).shape.clone());
    match (broadcast, axis) {
        (Some(AttributeValue::Int(1)), Some(AttributeValue::Int(axis))) => {
            let aligned = aligned(&first, &second, *axis);
            let aligned =
                aligned.ok_or_else(|| info.error(format!("its second input does not fit axis {axis} of its first")))?;
            let value = builder.reshape(*b, &aligned).map_err(|e| info.error(e.to_string()))?;
            inputs[1] = NodeInput::Value(value);
            Ok(())
        }
        (Some(AttributeValue::Int(1)), None) => Ok(()),
        _ if first == second => Ok(()),
        _ => Err(info.error("its inputs differ in shape, and it does not ask for broadcasting")),
    }
}

/// `second` from axis `axis` of `first` on, with axes of size 1 up to its end.
fn aligned(first: &[Dim], second: &[Dim], axis: i64) -> Option<Shape> {
    let from_start = if axis < 0 { axis.checked_add(i64::try_from(first.len()).ok()?)? } else { axis };
    let behind = first.len().checked_sub(usize::try_from(from_start).ok()?)?.checked_sub(second.len())?;
    Some(second.iter().copied().chain(std::iter::repeat_n(Dim::ONE, behind)).collect())
}
