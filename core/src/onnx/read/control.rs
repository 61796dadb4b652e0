//! Branches and loops whose course is known while reading: the branch that is taken, and the turns of a loop one after the
//! other, take the node's place. What depends on data is refused, as it could be neither cut nor differentiated.

use std::collections::{HashMap, HashSet};

use prost::Message;

use super::nodes::{Item, Reader};
use super::order::shown;
use crate::onnx::proto::{GraphProto, NodeProto};
use crate::onnx::symbols::Symbols;
use crate::onnx::{OnnxError, SymbolicInt, computed};
use crate::tensor::Dim;

/// Turns that a loop may take.
const MOST_TURNS: i64 = 4096;

/// Nodes that a graph may grow to by loops.
const MOST_NODES: usize = 200_000;

/// Subgraphs within subgraphs that are followed.
const DEEPEST: usize = 24;

/// Names of outer tensors that the subgraphs of a node use; some may be the subgraph's own.
///
/// # Errors
/// A subgraph that cannot be decoded.
pub(super) fn captured(node: &NodeProto) -> Result<HashSet<String>, OnnxError> {
    let mut names = HashSet::new();
    collect(node, &mut names, 0)?;
    Ok(names)
}

fn collect(node: &NodeProto, names: &mut HashSet<String>, depth: usize) -> Result<(), OnnxError> {
    for attribute in node.attribute.iter().filter(|a| a.g.is_some()) {
        let graph = subgraph(node, &attribute.name)?;
        if depth > DEEPEST {
            return Err(refuse(node, format!("its subgraphs are more than {DEEPEST} deep")));
        }
        names.extend(graph.output.iter().map(|o| o.name.clone()));
        for inner in &graph.node {
            names.extend(inner.input.iter().cloned());
            collect(inner, names, depth + 1)?;
        }
    }
    names.remove("");
    Ok(())
}

fn refuse(node: &NodeProto, why: impl Into<String>) -> OnnxError {
    OnnxError::Node { node: shown(node).to_owned(), op_type: node.op_type.clone(), why: why.into() }
}

fn subgraph(node: &NodeProto, name: &str) -> Result<GraphProto, OnnxError> {
    let bytes = node.attribute.iter().find(|a| a.name == name).and_then(|a| a.g.clone());
    let bytes = bytes.ok_or_else(|| refuse(node, format!("its subgraph {name} is missing")))?;
    GraphProto::decode(bytes).map_err(|e| refuse(node, e.to_string()))
}

impl Reader {
    /// Reads an `If` or a `Loop`.
    ///
    /// # Errors
    /// When its course depends on data, or something in it cannot be read.
    pub(super) fn control(&mut self, node: &NodeProto) -> Result<(), OnnxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(refuse(node, format!("branches and loops are more than {DEEPEST} deep")));
        }
        let results = if node.op_type == "If" { self.branch(node) } else { self.turns(node) }?;
        self.depth -= 1;
        if results.len() < node.output.len() {
            return Err(refuse(node, format!("it has {} results, its subgraph {}", node.output.len(), results.len())));
        }
        for (name, item) in node.output.iter().zip(results).filter(|(name, _)| !name.is_empty()) {
            self.items.insert(name.clone(), item);
        }
        Ok(())
    }

    fn branch(&mut self, node: &NodeProto) -> Result<Vec<Item>, OnnxError> {
        let Some(condition) = self.truth(node, 0)? else {
            return Err(refuse(
                node,
                "control flow whose condition depends on the image, or is known only at run time, cannot be cut or differentiated; \
                 export the model without the branch",
            ));
        };
        let graph = subgraph(node, if condition { "then_branch" } else { "else_branch" })?;
        self.body(node, &graph, Vec::new())
    }

    fn turns(&mut self, node: &NodeProto) -> Result<Vec<Item>, OnnxError> {
        let graph = subgraph(node, "body")?;
        let limit = match node.input.first().map(String::as_str) {
            None | Some("") => None,
            Some(_) => Some(self.count(node)?),
        };
        let unknown = || refuse(node, "how often it turns depends on the image; export the model without the loop");
        let mut going = match node.input.get(1).map(String::as_str) {
            None | Some("") => true,
            Some(_) => self.truth(node, 1)?.ok_or_else(unknown)?,
        };
        let mut carried = Vec::new();
        for name in node.input.iter().skip(2) {
            carried.push(self.found(node, name)?);
        }
        let kept = carried.len();
        let mut scans: Vec<Vec<Item>> = vec![Vec::new(); graph.output.len().saturating_sub(kept + 1)];
        let mut turn = 0;
        while going && limit.is_none_or(|limit| turn < limit) {
            if turn >= MOST_TURNS || self.builder.graph().nodes().len() > MOST_NODES {
                return Err(refuse(node, "it turns too often to be unrolled; export the model with the loop unrolled"));
            }
            let number = Item::Symbols(Symbols::scalar(SymbolicInt::fixed(turn)));
            let mut truth = Symbols::scalar(SymbolicInt::fixed(1));
            truth.boolean = true;
            let given = [number, Item::Symbols(truth)].into_iter().chain(carried).collect();
            let mut results = self.body(node, &graph, given)?;
            if results.len() <= kept {
                return Err(refuse(node, "its body gives fewer results than the loop carries on"));
            }
            going = self.known_truth(&results[0]).ok_or_else(unknown)?;
            for (all, one) in scans.iter_mut().zip(results.split_off(kept + 1)) {
                all.push(one);
            }
            carried = results.split_off(1);
            turn += 1;
        }
        for all in scans {
            carried.push(self.stacked(node, &all)?);
        }
        Ok(carried)
    }

    /// Reads the nodes of a subgraph that its results need, and gives its results. Names inside end with it.
    fn body(&mut self, node: &NodeProto, graph: &GraphProto, given: Vec<Item>) -> Result<Vec<Item>, OnnxError> {
        if graph.input.len() != given.len() {
            return Err(refuse(
                node,
                format!("its subgraph takes {} inputs, is given {}", graph.input.len(), given.len()),
            ));
        }
        let (needed, used) = needed(graph)?;
        let own = graph.input.iter().map(|i| &i.name).chain(graph.initializer.iter().map(|i| &i.name));
        let own: Vec<&String> = own.chain(graph.node.iter().flat_map(|n| &n.output)).collect();
        let before: HashMap<String, Item> =
            own.iter().filter_map(|name| self.items.remove_entry(name.as_str())).collect();
        for (port, item) in graph.input.iter().zip(given) {
            self.items.insert(port.name.clone(), item);
        }
        for weight in graph.initializer.iter().filter(|w| used.contains(&w.name)) {
            let tensor = crate::onnx::tensor::finite(weight, &crate::onnx::external::none)?;
            self.weight(&weight.name, &tensor);
            self.kind(&weight.name, weight.data_type);
        }
        for inner in graph.node.iter().zip(needed).filter(|(_, needed)| *needed).map(|(inner, _)| inner) {
            self.node(inner, &used)?;
        }
        let mut results = Vec::with_capacity(graph.output.len());
        for output in &graph.output {
            results.push(self.found(node, &output.name)?);
        }
        for name in own {
            self.items.remove(name);
        }
        self.items.extend(before);
        Ok(results)
    }

    fn found(&self, node: &NodeProto, name: &str) -> Result<Item, OnnxError> {
        let item = self.items.get(name).cloned();
        item.ok_or_else(|| {
            refuse(node, format!("its tensor `{name}` is made by no node; the file is damaged, export it again"))
        })
    }

    /// Input `index` as a truth value, if it is known.
    fn truth(&self, node: &NodeProto, index: usize) -> Result<Option<bool>, OnnxError> {
        let name = node.input.get(index).ok_or_else(|| refuse(node, "its condition is missing"))?;
        Ok(self.known_truth(&self.found(node, name)?))
    }

    fn known_truth(&self, item: &Item) -> Option<bool> {
        self.one_known(item).map(|value| value != 0)
    }

    /// One integer or truth value, if it depends on no input and not on the batch.
    fn one_known(&self, item: &Item) -> Option<i64> {
        match item {
            Item::Symbols(symbols) => symbols.known()?.first().copied(),
            Item::Value(value) => {
                let tensor = computed(self.builder.graph(), *value)?;
                Symbols::of(&tensor)?.known()?.first().copied()
            }
            Item::Places(_) => None,
        }
    }

    /// The number of turns.
    fn count(&self, node: &NodeProto) -> Result<i64, OnnxError> {
        self.one_known(&self.found(node, &node.input[0])?).ok_or_else(|| {
            refuse(node, "how often it turns is known only at run time; export the model with the loop unrolled")
        })
    }

    /// Results of all turns along a new first axis.
    fn stacked(&mut self, node: &NodeProto, all: &[Item]) -> Result<Item, OnnxError> {
        let wrap = |e: crate::graph::GraphError| refuse(node, e.to_string());
        let mut rows = Vec::with_capacity(all.len());
        for item in all {
            let value = match item {
                Item::Value(value) => *value,
                Item::Symbols(symbols) => {
                    let value = self.constant(symbols, "");
                    value.ok_or_else(|| refuse(node, "it collects sizes that depend on the batch"))?
                }
                Item::Places(_) => return Err(refuse(node, "it collects places that depend on the batch")),
            };
            let shape: Vec<Dim> = std::iter::once(Dim::ONE).chain(self.builder.ty(value).shape.clone()).collect();
            rows.push(self.builder.reshape(value, &shape).map_err(wrap)?);
        }
        if rows.is_empty() {
            return Err(refuse(node, "it collects results of no turn"));
        }
        Ok(Item::Value(self.builder.concat(&rows, 0).map_err(wrap)?))
    }
}

/// Which nodes of a subgraph its results need, and the names of all tensors that they use.
fn needed(graph: &GraphProto) -> Result<(Vec<bool>, HashSet<String>), OnnxError> {
    let mut used: HashSet<String> = graph.output.iter().map(|o| o.name.clone()).collect();
    let mut needed = vec![false; graph.node.len()];
    // Nodes of a subgraph stand in order, so one walk from the end sees every use before the maker.
    for (index, node) in graph.node.iter().enumerate().rev() {
        if node.output.iter().any(|o| used.contains(o)) {
            needed[index] = true;
            used.extend(node.input.iter().cloned());
            used.extend(captured(node)?);
        }
    }
    Ok((needed, used))
}

#[cfg(test)]
mod tests;
