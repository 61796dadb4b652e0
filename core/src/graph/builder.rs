//! Appending to a graph: every node is typed as it is added, so what is built is right by construction.

use std::collections::HashSet;

use super::{Graph, GraphError, Node, NodeId, Output, Source, Value, ValueId};
use crate::ops::Op;
use crate::tensor::{Tensor, TensorType};

/// A result that takes more for one image is a mistake or an attack, on any machine; below it, sums of sizes cannot leave 64 bits.
const MOST_BYTES: u64 = 1 << 50;

/// A graph in the making. Sugar such as `b.add(x, y)` lives beside it, in `sugar.rs`.
#[derive(Debug, Default)]
pub struct Builder {
    graph: Graph,
    names: HashSet<String>,
    node_names: HashSet<String>,
    scope: String,
}

impl Builder {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What has been built so far.
    #[must_use]
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The type of a value built so far.
    #[must_use]
    pub fn ty(&self, id: ValueId) -> &TensorType {
        self.graph.ty(id)
    }

    /// Names of following nodes without a name of their own start with this; for messages and dumps.
    pub(crate) fn set_scope(&mut self, scope: &str) {
        scope.clone_into(&mut self.scope);
    }

    /// A value given at each run. A taken name gets a number.
    pub fn input(&mut self, name: &str, ty: TensorType) -> ValueId {
        let id = self.push(name, ty, Source::Input);
        self.graph.inputs.push(id);
        id
    }

    /// A tensor that is part of the graph.
    pub fn constant(&mut self, tensor: Tensor) -> ValueId {
        self.named_constant("const", tensor)
    }

    /// A tensor that is part of the graph, under the file's own name.
    pub(crate) fn named_constant(&mut self, name: &str, tensor: Tensor) -> ValueId {
        self.push(name, tensor.tensor_type(), Source::Constant(tensor))
    }

    /// Applies an operator and returns all of its results.
    ///
    /// # Errors
    /// [`GraphError::Op`] when the operator refuses the types of its arguments.
    pub fn apply(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Result<Vec<ValueId>, GraphError> {
        self.apply_named("", op.into(), inputs, &[])
    }

    /// Applies an operator that has one result.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn apply1(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Result<ValueId, GraphError> {
        Ok(self.apply(op, inputs)?[0])
    }

    /// Applies an operator under names of the caller's; empty or missing names are made up.
    ///
    /// # Errors
    /// [`GraphError::Op`], [`GraphError::TooLarge`].
    pub fn apply_named(
        &mut self,
        name: &str,
        op: Op,
        inputs: &[ValueId],
        output_names: &[String],
    ) -> Result<Vec<ValueId>, GraphError> {
        let types: Vec<TensorType> = inputs.iter().map(|i| self.ty(*i).clone()).collect();
        let op_name = op.rules().name();
        let node_name = match (name, self.scope.as_str()) {
            ("", "") => format!("{op_name}_{}", self.graph.nodes.len()),
            ("", scope) => format!("{scope}/{op_name}_{}", self.graph.nodes.len()),
            (given, _) => given.to_owned(),
        };
        let node_name = unique(&mut self.node_names, &node_name, self.graph.nodes.len());
        let results = op.rules().infer(&types).map_err(|source| GraphError::Op {
            node: node_name.clone(),
            op: op_name,
            source,
        })?;
        if let Some(ty) = results.iter().find(|ty| ty.bytes_at(1).is_none_or(|bytes| bytes > MOST_BYTES)) {
            return Err(GraphError::TooLarge { node: node_name, op: op_name, result: ty.to_string() });
        }
        let node = NodeId::new(self.graph.nodes.len());
        let mut outputs = Vec::with_capacity(results.len());
        for (index, ty) in results.into_iter().enumerate() {
            let wanted = output_names.get(index).filter(|n| !n.is_empty());
            let made = wanted.cloned().unwrap_or_else(|| format!("{node_name}.{index}"));
            outputs.push(self.push(&made, ty, Source::Node(node)));
        }
        self.graph.nodes.push(Node { name: node_name, op, inputs: inputs.to_vec(), outputs: outputs.clone() });
        Ok(outputs)
    }

    /// Declares a result of the graph.
    pub fn output(&mut self, name: &str, value: ValueId) {
        self.graph.outputs.push(Output { name: name.to_owned(), value });
    }

    /// The finished graph, without nodes and values that no output needs. Inputs stay, used or not.
    #[must_use]
    pub fn finish(self) -> Graph {
        super::prune(&self.graph)
    }

    /// The graph as it stands, every value at its place.
    pub(crate) fn finish_whole(self) -> Graph {
        self.graph
    }

    /// Gives a value the name it shall have; whoever had it takes this one's.
    pub(crate) fn rename(&mut self, id: ValueId, name: &str) {
        let old = std::mem::replace(&mut self.graph.values[id.index()].name, name.to_owned());
        if old == name || self.names.insert(name.to_owned()) {
            return;
        }
        let other = (0..self.graph.values.len()).rev().find(|i| *i != id.index() && self.graph.values[*i].name == name);
        if let Some(other) = other {
            self.graph.values[other].name = old;
        }
    }

    /// Gives the node that makes a value the name it shall have, unless another has it or it has one of its own.
    pub(crate) fn name_maker(&mut self, id: ValueId, name: &str) {
        let Source::Node(node) = self.graph.values[id.index()].source else { return };
        let made_up = !self.scope.is_empty() && self.graph.nodes[node.index()].name.starts_with(&self.scope);
        if made_up && self.node_names.insert(name.to_owned()) {
            name.clone_into(&mut self.graph.nodes[node.index()].name);
        }
    }

    fn push(&mut self, name: &str, ty: TensorType, source: Source) -> ValueId {
        let id = ValueId::new(self.graph.values.len());
        let name = unique(&mut self.names, name, id.index());
        self.graph.values.push(Value { name, ty, source });
        id
    }
}

/// `name`, or `name~number` where it is taken: two networks in one graph often use the same names.
fn unique(taken: &mut HashSet<String>, name: &str, number: usize) -> String {
    let mut candidate = name.to_owned();
    while candidate.is_empty() || !taken.insert(candidate.clone()) {
        candidate = format!("{candidate}~{number}");
    }
    candidate
}
