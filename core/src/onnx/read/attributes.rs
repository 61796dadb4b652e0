//! Attributes and names of a node, as operator files see them.

use std::collections::HashSet;

use super::nodes::operator_name;
use super::order::shown;
use crate::onnx::proto::{AttributeProto, NodeProto, StringStringEntryProto, attribute as kind};
use crate::onnx::tensor::{External, finite};
use crate::onnx::{AttributeValue, NodeInfo, OnnxError};

/// What the node says of itself. Results that are not among the tensors `used` lose their names, all but the first.
///
/// # Errors
/// [`OnnxError::Node`] for control flow and for attributes of types that no supported operator has.
pub(super) fn info(node: &NodeProto, opset: i64, used: &HashSet<String>) -> Result<NodeInfo, OnnxError> {
    let refuse = |why: String| OnnxError::Node { node: shown(node).to_owned(), op_type: node.op_type.clone(), why };
    let mut attributes = Vec::with_capacity(node.attribute.len());
    for attribute in &node.attribute {
        if let Some(value) = value(attribute).map_err(refuse)? {
            attributes.push((attribute.name.clone(), value));
        }
    }
    let name = |(index, name): (usize, &String)| {
        if index == 0 || used.contains(name) { name.clone() } else { String::new() }
    };
    Ok(NodeInfo {
        name: module_name(node),
        op_type: operator_name(node),
        opset,
        attributes: attributes.into_iter().collect(),
        outputs: node.output.iter().enumerate().map(name).collect(),
        ..NodeInfo::default()
    })
}

fn value(attribute: &AttributeProto) -> Result<Option<AttributeValue>, String> {
    let name = &attribute.name;
    let text = |bytes: &bytes::Bytes| String::from_utf8_lossy(bytes).into_owned();
    if attribute.g.is_some() {
        return Err(format!("it holds a subgraph ({name}); control flow cannot be cut, export the model without it"));
    }
    // Very old writers leave the type out; then the field that is there decides.
    Ok(Some(match attribute.r#type {
        kind::FLOAT => AttributeValue::Float(attribute.f.unwrap_or_default()),
        kind::INT => AttributeValue::Int(attribute.i.unwrap_or_default()),
        kind::STRING => AttributeValue::Text(attribute.s.as_ref().map(text).unwrap_or_default()),
        kind::TENSOR => match &attribute.t {
            // Tensors in other files are not for attributes; ours are small.
            Some(tensor) => AttributeValue::Tensor(finite(tensor, NOT_HERE).map_err(|e| e.to_string())?),
            None => return Err(format!("attribute {name} is a tensor without data")),
        },
        kind::FLOATS => AttributeValue::Floats(attribute.floats.clone()),
        kind::INTS => AttributeValue::Ints(attribute.ints.clone()),
        kind::STRINGS => AttributeValue::Texts(attribute.strings.iter().map(text).collect()),
        0 => match (attribute.f, attribute.i, &attribute.s, attribute.ints.is_empty(), attribute.floats.is_empty()) {
            (Some(f), ..) => AttributeValue::Float(f),
            (_, Some(i), ..) => AttributeValue::Int(i),
            (_, _, Some(s), ..) => AttributeValue::Text(text(s)),
            (.., false, _) => AttributeValue::Ints(attribute.ints.clone()),
            (.., false) => AttributeValue::Floats(attribute.floats.clone()),
            _ => return Ok(None),
        },
        other => {
            return Err(format!("attribute {name} has type {other}, which is not supported"));
        }
    }))
}

const NOT_HERE: External<'static> = &crate::onnx::external::none;

/// PyTorch's newer exporter keeps the module path in the node's metadata, as a Python list of paths from the outside in:
/// `['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d']`. It is spelled here as the older one does:
/// `/layer1/layer1.0/layer1.0.conv1/Conv`.
fn module_name(node: &NodeProto) -> String {
    let is_scopes = |p: &&StringStringEntryProto| p.key == "pkg.torch.onnx.name_scopes";
    let Some(scopes) = node.metadata_props.iter().find(is_scopes).filter(|_| !node.name.contains('/')) else {
        return shown(node).to_owned();
    };
    let list = scopes.value.trim_start_matches('[').trim_end_matches(']');
    let paths: Vec<&str> = list.split(',').map(|s| s.trim().trim_matches(['\'', '"'])).collect();
    match paths.as_slice() {
        [modules @ .., own] if modules.iter().any(|m| !m.is_empty()) => {
            let path: Vec<&str> = modules.iter().copied().filter(|m| !m.is_empty()).collect();
            // The node's own name tells repeated uses apart: relu, relu_1.
            let number = own.rsplit_once('_').filter(|(_, n)| n.parse::<u32>().is_ok()).map_or("", |(_, n)| n);
            let tail = if number.is_empty() { node.op_type.clone() } else { format!("{}_{number}", node.op_type) };
            format!("/{}/{tail}", path.join("/"))
        }
        _ => shown(node).to_owned(),
    }
}
