//! A node as operator files see it while a model is read: attributes and inputs without protobuf.

mod attributes;
mod computed;
mod inputs;
mod reading;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

pub use attributes::{AttributeValue, Attributes};

use super::OnnxError;
use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::{Op, OpError};
use crate::tensor::{Dim, TensorType};
pub(crate) use computed::computed;

/// `batch * N + fixed` with signs: an integer of the shape arithmetic around reshapes and slices.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SymbolicInt {
    /// How many times the batch size counts.
    pub batch: i64,
    /// What is added.
    pub fixed: i64,
}

impl fmt::Display for SymbolicInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = match self.batch {
            0 => return write!(f, "{}", self.fixed),
            1 => "N".to_owned(),
            -1 => "-N".to_owned(),
            batch => format!("{batch}N"),
        };
        if self.fixed == 0 { f.write_str(&times) } else { write!(f, "{times}{:+}", self.fixed) }
    }
}

/// As people read it: lists of sizes stand in messages.
impl fmt::Debug for SymbolicInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a node says of itself.
#[derive(Clone, Debug, Default)]
pub struct NodeInfo {
    /// Name in the file, or one made from its first output.
    pub name: String,
    /// ONNX operator type.
    pub op_type: String,
    /// Version of the operator set in force.
    pub opset: i64,
    /// Attributes by name.
    pub attributes: Attributes,
    /// Names for the results; empty where nobody reads one.
    pub outputs: Vec<String>,
    /// ONNX element types of the inputs (`TensorProto.DataType`), where the file has them.
    pub kinds: Vec<Option<i32>>,
    /// Which inputs a reader has asked for.
    pub inputs_read: RefCell<BTreeSet<usize>>,
}

impl NodeInfo {
    /// An error at this node.
    #[must_use]
    pub fn error(&self, why: impl Into<String>) -> OnnxError {
        OnnxError::Node { node: self.name.clone(), op_type: self.op_type.clone(), why: why.into() }
    }

    /// Whether anybody reads result `index`.
    #[must_use]
    pub fn wants(&self, index: usize) -> bool {
        self.outputs.get(index).is_some_and(|name| !name.is_empty())
    }

    /// Checks that all that the node says has been taken in: a setting passed over would give other numbers in silence.
    ///
    /// # Errors
    /// An attribute or an input that no reader has asked for.
    pub(super) fn check_read(&self, inputs: &[NodeInput]) -> Result<(), OnnxError> {
        self.check_attributes()?;
        let asked = self.inputs_read.borrow();
        let passed = (0..inputs.len()).find(|i| !matches!(inputs[*i], NodeInput::Absent) && !asked.contains(i));
        match passed {
            None => Ok(()),
            Some(index) => Err(self.error(format!(
                "its input {index} means something that is not supported; export the model again without it"
            ))),
        }
    }

    /// The part of [`NodeInfo::check_read`] on attributes.
    ///
    /// # Errors
    /// An attribute that no reader has asked for.
    pub(super) fn check_attributes(&self) -> Result<(), OnnxError> {
        match self.attributes.unread().next() {
            None => Ok(()),
            Some((name, value)) => Err(self.error(format!(
                "its attribute {name} is {value}, which is not supported; export the model again without it"
            ))),
        }
    }
}

/// An input of a node: a tensor of the graph, a folded integer tensor, or nothing.
#[derive(Clone, Debug)]
pub enum NodeInput {
    /// A tensor of the graph.
    Value(ValueId),
    /// A small integer tensor of the shape arithmetic, `dims` long (a scalar has one element too).
    Symbolic(Vec<SymbolicInt>),
    /// Left out.
    Absent,
}

/// A node being read: look at its inputs and attributes, then build.
#[derive(Debug)]
pub struct NodeContext<'a> {
    /// Where to build.
    pub b: &'a mut Builder,
    /// The node.
    pub info: &'a NodeInfo,
    /// Its inputs.
    pub inputs: &'a [NodeInput],
}

impl NodeContext<'_> {
    /// An error at this node.
    #[must_use]
    pub fn error(&self, why: impl Into<String>) -> OnnxError {
        self.info.error(why)
    }

    /// An operator's complaint, at this node.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "reads well in map_err")]
    pub fn refuse(&self, error: OpError) -> OnnxError {
        self.error(error.to_string())
    }

    /// A graph error, at this node.
    #[must_use]
    pub fn wrap(&self, error: GraphError) -> OnnxError {
        match error {
            GraphError::Op { source, .. } => self.error(source.to_string()),
            // Its own message names the node too.
            GraphError::TooLarge { result, .. } => self.error(format!(
                "its result would be {result}, more than any machine holds; the file is damaged, or export it with other sizes"
            )),
            other => self.error(other.to_string()),
        }
    }

    /// Type of input `index`.
    ///
    /// # Errors
    /// See [`NodeContext::input`].
    pub fn ty(&mut self, index: usize) -> Result<TensorType, OnnxError> {
        let value = self.input(index)?;
        Ok(self.b.ty(value).clone())
    }

    /// Applies an operator with one result to these inputs of the node, under the node's names.
    ///
    /// # Errors
    /// [`OnnxError::Node`] when the operator refuses.
    pub fn apply(&mut self, op: impl Into<Op>, inputs: &[usize]) -> Result<ValueId, OnnxError> {
        let values: Vec<ValueId> = inputs.iter().map(|i| self.input(*i)).collect::<Result<_, _>>()?;
        Ok(self.apply_to(op, &values)?[0])
    }

    /// Applies an operator to values, under the node's names. Use it for the node's last step.
    ///
    /// # Errors
    /// [`OnnxError::Node`] when the operator refuses.
    pub(crate) fn apply_to(&mut self, op: impl Into<Op>, values: &[ValueId]) -> Result<Vec<ValueId>, OnnxError> {
        let (name, outputs) = (self.info.name.clone(), self.info.outputs.clone());
        self.b.apply_named(&name, op.into(), values, &outputs).map_err(|e| self.wrap(e))
    }

    /// Product of two inputs as `numpy.matmul` defines it: an input with one axis is a row on the left, a column on the right.
    ///
    /// # Errors
    /// [`OnnxError::Node`] when inner sizes differ.
    pub fn matmul(&mut self, left: usize, right: usize) -> Result<ValueId, OnnxError> {
        let (mut a, mut b) = (self.input(left)?, self.input(right)?);
        let (row, column) = (self.b.ty(a).rank() == 1, self.b.ty(b).rank() == 1);
        if row {
            let shape = [Dim::ONE, self.b.ty(a).shape[0]];
            a = self.b.reshape(a, &shape).map_err(|e| self.wrap(e))?;
        }
        if column {
            let shape = [self.b.ty(b).shape[0], Dim::ONE];
            b = self.b.reshape(b, &shape).map_err(|e| self.wrap(e))?;
        }
        let product = self.apply_to(crate::ops::matmul::MatMul, &[a, b])?[0];
        let mut shape = self.b.ty(product).shape.clone();
        let rank = shape.len();
        if column {
            shape.remove(rank - 1);
        }
        if row {
            shape.remove(rank - 2);
        }
        self.b.reshape(product, &shape).map_err(|e| self.wrap(e))
    }
}
