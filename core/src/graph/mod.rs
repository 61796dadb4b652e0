//! Graphs: the one form in which everything is computed, from a network to an optimiser step.
//!
//! A [`Graph`] is immutable once built. [`Builder`] appends nodes in order and infers every type on the way, so a graph
//! is always sorted and typed; a pass makes a new graph by [`translate()`], never by editing in place.

mod builder;
mod error;
mod extract;
mod print;
mod sugar;
mod sugar_axes;
mod sugar_images;
mod translate;

pub use builder::Builder;
pub use error::GraphError;
pub use extract::extract;
pub use print::dump;
pub(crate) use translate::prune;
pub use translate::{inline, translate};

use crate::ops::Op;
use crate::tensor::{Tensor, TensorType};

/// An edge of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(u32);

/// An operator applied to values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl ValueId {
    pub(crate) fn new(index: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "graphs are far below 2^32 values")]
        Self(index as u32)
    }

    /// Position in [`Graph::values`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl NodeId {
    pub(crate) fn new(index: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "graphs are far below 2^32 nodes")]
        Self(index as u32)
    }

    /// Position in [`Graph::nodes`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One application of an operator.
#[derive(Clone, Debug)]
pub struct Node {
    /// The file's own node name, or one made from the operator.
    pub name: String,
    /// What is applied.
    pub op: Op,
    /// Arguments, in the operator's order.
    pub inputs: Vec<ValueId>,
    /// Results, in the operator's order.
    pub outputs: Vec<ValueId>,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Given at each run.
    Input,
    /// Part of the graph.
    Constant(Tensor),
    /// A node's result.
    Node(NodeId),
}

/// An edge: a typed tensor with a name.
#[derive(Clone, Debug)]
pub struct Value {
    /// The file's own tensor name, or one made by the builder; unique in the graph.
    pub name: String,
    /// Element type and shape.
    pub ty: TensorType,
    /// Where it comes from.
    pub source: Source,
}

/// A named result of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The name under which callers ask for it.
    pub name: String,
    /// The value it shows.
    pub value: ValueId,
}

/// A typed, sorted, acyclic graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    values: Vec<Value>,
    inputs: Vec<ValueId>,
    outputs: Vec<Output>,
}

impl Graph {
    /// Nodes, each after the nodes it uses.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All values.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Values given at each run, in calling order.
    #[must_use]
    pub fn inputs(&self) -> &[ValueId] {
        &self.inputs
    }

    /// Results, in calling order.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// One value.
    #[must_use]
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.index()]
    }

    /// One value's type.
    #[must_use]
    pub fn ty(&self, id: ValueId) -> &TensorType {
        &self.value(id).ty
    }

    /// The tensor of a constant value.
    #[must_use]
    pub fn constant(&self, id: ValueId) -> Option<&Tensor> {
        match &self.value(id).source {
            Source::Constant(tensor) => Some(tensor),
            Source::Input | Source::Node(_) => None,
        }
    }

    /// The node that makes a value.
    #[must_use]
    pub fn producer(&self, id: ValueId) -> Option<&Node> {
        match self.value(id).source {
            Source::Node(node) => Some(&self.nodes[node.index()]),
            Source::Input | Source::Constant(_) => None,
        }
    }

    /// Appends `_0`, `_1`... to the outputs' names, which engines need to be unique.
    pub(crate) fn number_outputs(&mut self) {
        for (index, output) in self.outputs.iter_mut().enumerate() {
            output.name = format!("{}_{index}", output.name);
        }
    }

    /// The value of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ValueId> {
        self.values.iter().position(|v| v.name == name).map(ValueId::new)
    }
}
