//! Calls of a file's own functions, replaced by the functions' nodes before anything else is read.
//!
//! Inside a function tensors have names of their own; they get the name of the call's first result in front, so that two calls
//! do not meet. Attributes that refer to the function's (`ref_attr_name`) take the call's value, or the default.

use std::collections::HashMap;

use prost::Message;

use super::order::shown;
use crate::onnx::OnnxError;
use crate::onnx::proto::{AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, attribute as kind};

/// Functions within functions, and subgraphs within subgraphs, that are followed.
const DEEPEST: usize = 24;

/// Nodes that all calls together may become.
const MOST_NODES: usize = 500_000;

/// Replaces every call in `graph`.
///
/// # Errors
/// A function that calls itself, that grows beyond bounds, or that is written in another operator set than the model.
pub(super) fn inline(model: &ModelProto, graph: &mut GraphProto, opset: i64) -> Result<(), OnnxError> {
    if model.functions.is_empty() {
        return Ok(());
    }
    let by_name = model.functions.iter().map(|f| ((f.domain.as_str(), f.name.as_str(), f.overload.as_str()), f));
    let mut calls = Calls { functions: by_name.collect(), opset, nodes: 0 };
    graph.node = calls.all(std::mem::take(&mut graph.node), 0)?;
    Ok(())
}

struct Calls<'a> {
    functions: HashMap<(&'a str, &'a str, &'a str), &'a FunctionProto>,
    opset: i64,
    /// Nodes made so far.
    nodes: usize,
}

impl Calls<'_> {
    fn all(&mut self, nodes: Vec<NodeProto>, depth: usize) -> Result<Vec<NodeProto>, OnnxError> {
        let mut all = Vec::with_capacity(nodes.len());
        for node in nodes {
            let key = (node.domain.as_str(), node.op_type.as_str(), node.overload.as_str());
            match self.functions.get(&key).copied() {
                Some(function) => all.extend(self.call(&node, function, depth + 1)?),
                None => all.push(self.within(node, depth)?),
            }
        }
        self.nodes += all.len();
        if self.nodes > MOST_NODES {
            return Err(OnnxError::Graph(format!("the model's functions unfold to more than {MOST_NODES} nodes")));
        }
        Ok(all)
    }

    /// The nodes of `function` in place of the call `node`.
    fn call(&mut self, node: &NodeProto, function: &FunctionProto, depth: usize) -> Result<Vec<NodeProto>, OnnxError> {
        let refuse = |why: String| OnnxError::Node { node: shown(node).to_owned(), op_type: node.op_type.clone(), why };
        if depth > DEEPEST {
            return Err(refuse(format!("its function calls others more than {DEEPEST} deep, or itself")));
        }
        let own = function.opset_import.iter().find(|o| matches!(o.domain.as_str(), "" | "ai.onnx"));
        if let Some(own) = own.filter(|own| own.version != self.opset) {
            return Err(refuse(format!(
                "its function is written in operator set {}, the model in {}; export both in one",
                own.version, self.opset
            )));
        }
        let names = Names::of(node, function);
        let mut body = Vec::with_capacity(function.node.len());
        for inner in &function.node {
            let mut inner = inner.clone();
            inner.attribute = settled(&inner.attribute, node, function);
            inner.name = format!("{}/{}", shown(node), shown(&inner));
            names.rename(&mut inner, depth).map_err(refuse)?;
            body.push(inner);
        }
        self.all(body, depth)
    }

    /// The node with the calls in its subgraphs replaced.
    fn within(&mut self, mut node: NodeProto, depth: usize) -> Result<NodeProto, OnnxError> {
        let name = shown(&node).to_owned();
        let op_type = node.op_type.clone();
        let refuse = |why: String| OnnxError::Node { node: name.clone(), op_type: op_type.clone(), why };
        for attribute in &mut node.attribute {
            let Some(bytes) = attribute.g.take() else { continue };
            if depth > DEEPEST {
                return Err(refuse(format!("its subgraphs are more than {DEEPEST} deep")));
            }
            let mut graph = GraphProto::decode(bytes).map_err(|e| refuse(e.to_string()))?;
            graph.node = self.all(std::mem::take(&mut graph.node), depth + 1)?;
            attribute.g = Some(graph.encode_to_vec().into());
        }
        Ok(node)
    }
}

/// Attributes of a function's node with the call's values put in; one that refers to nothing given is left out.
fn settled(attributes: &[AttributeProto], call: &NodeProto, function: &FunctionProto) -> Vec<AttributeProto> {
    let value = |name: &str| {
        let given = call.attribute.iter().find(|a| a.name == name);
        given.or_else(|| function.attribute_proto.iter().find(|a| a.name == name)).cloned()
    };
    let settle = |attribute: &AttributeProto| match attribute.ref_attr_name.as_str() {
        "" => within_subgraph(attribute, call, function),
        reference => value(reference).map(|value| AttributeProto { name: attribute.name.clone(), ..value }),
    };
    attributes.iter().filter_map(settle).collect()
}

/// A subgraph's attributes may refer to the function's too.
fn within_subgraph(attribute: &AttributeProto, call: &NodeProto, function: &FunctionProto) -> Option<AttributeProto> {
    let mut attribute = attribute.clone();
    if attribute.r#type == kind::GRAPH
        && let Some(Ok(mut graph)) = attribute.g.take().map(GraphProto::decode)
    {
        for node in &mut graph.node {
            node.attribute = settled(&node.attribute, call, function);
        }
        attribute.g = Some(graph.encode_to_vec().into());
    }
    Some(attribute)
}

/// What the tensors of a function are called outside.
struct Names {
    known: HashMap<String, String>,
    prefix: String,
}

impl Names {
    /// Inputs and results have the call's names, all else is under the call's first result and the function's name: together
    /// they occur once, as no function calls itself.
    fn of(node: &NodeProto, function: &FunctionProto) -> Self {
        let inputs = function.input.iter().enumerate();
        let mut known: HashMap<String, String> =
            inputs.map(|(i, name)| (name.clone(), node.input.get(i).cloned().unwrap_or_default())).collect();
        let outputs = function.output.iter().zip(&node.output).filter(|(_, given)| !given.is_empty());
        known.extend(outputs.map(|(name, given)| (name.clone(), given.clone())));
        let first = node.output.iter().find(|o| !o.is_empty()).map_or_else(|| shown(node), String::as_str);
        Self { known, prefix: format!("{first}/{}{}/", function.name, function.overload) }
    }

    fn outside(&self, name: &str) -> String {
        match self.known.get(name) {
            Some(known) => known.clone(),
            None if name.is_empty() => String::new(),
            None => format!("{}{name}", self.prefix),
        }
    }

    fn rename(&self, node: &mut NodeProto, depth: usize) -> Result<(), String> {
        for name in node.input.iter_mut().chain(&mut node.output) {
            *name = self.outside(name);
        }
        for attribute in &mut node.attribute {
            let Some(bytes) = attribute.g.take() else { continue };
            if depth > DEEPEST {
                return Err(format!("its subgraphs are more than {DEEPEST} deep"));
            }
            let mut graph = GraphProto::decode(bytes).map_err(|e| e.to_string())?;
            for port in graph.input.iter_mut().chain(&mut graph.output) {
                port.name = self.outside(&port.name);
            }
            for weight in &mut graph.initializer {
                weight.name = self.outside(&weight.name);
            }
            for inner in &mut graph.node {
                self.rename(inner, depth + 1)?;
            }
            attribute.g = Some(graph.encode_to_vec().into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
