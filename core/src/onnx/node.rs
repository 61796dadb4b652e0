//! A node as operator files see it while a model is read: attributes and inputs without protobuf.

use std::fmt;

use std::collections::BTreeMap;

use super::OnnxError;
use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::{Op, OpError};
use crate::tensor::{DType, Dim, Shape, Tensor, TensorType};

/// An attribute of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// One integer.
    Int(i64),
    /// A list of integers.
    Ints(Vec<i64>),
    /// One float.
    Float(f32),
    /// A list of floats.
    Floats(Vec<f32>),
    /// A word.
    Text(String),
    /// A tensor.
    Tensor(Tensor),
}

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

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Ints(values) => write!(f, "the list {values:?}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Floats(values) => write!(f, "the list {values:?}"),
            Self::Text(text) => write!(f, "the word {text:?}"),
            Self::Tensor(tensor) => write!(f, "a tensor {}", tensor.tensor_type()),
        }
    }
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeInfo {
    /// Name in the file, or one made from its first output.
    pub name: String,
    /// ONNX operator type.
    pub op_type: String,
    /// Version of the operator set in force.
    pub opset: i64,
    /// Attributes by name.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// Names for the results.
    pub outputs: Vec<String>,
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
        OnnxError::Node { node: self.info.name.clone(), op_type: self.info.op_type.clone(), why: why.into() }
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
            other => self.error(other.to_string()),
        }
    }

    /// Input `index` as a tensor of the graph; integers of the shape arithmetic become a constant when they are fixed.
    ///
    /// # Errors
    /// When the input is missing or depends on the batch.
    pub fn input(&mut self, index: usize) -> Result<ValueId, OnnxError> {
        match self.inputs.get(index) {
            Some(NodeInput::Value(value)) => Ok(*value),
            Some(NodeInput::Symbolic(_)) => {
                let ints = self.ints_input(index)?.unwrap_or_default();
                Ok(self.b.constant(Tensor::indices(&ints)))
            }
            Some(NodeInput::Absent) | None => Err(self.error(format!("input {index} is missing"))),
        }
    }

    /// Input `index`, if it is there.
    ///
    /// # Errors
    /// See [`NodeContext::input`].
    pub fn maybe(&mut self, index: usize) -> Result<Option<ValueId>, OnnxError> {
        match self.inputs.get(index) {
            Some(NodeInput::Absent) | None => Ok(None),
            Some(_) => self.input(index).map(Some),
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
    pub fn apply_to(&mut self, op: impl Into<Op>, values: &[ValueId]) -> Result<Vec<ValueId>, OnnxError> {
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

    /// Integer attribute, or `default`.
    ///
    /// # Errors
    /// When it is there with another type.
    pub fn int(&self, name: &str, default: i64) -> Result<i64, OnnxError> {
        match self.info.attributes.get(name) {
            None => Ok(default),
            Some(AttributeValue::Int(value)) => Ok(*value),
            Some(other) => Err(self.error(format!("attribute {name} must be an integer, is {other}"))),
        }
    }

    /// Float attribute, or `default`.
    ///
    /// # Errors
    /// When it is there with another type.
    pub fn float(&self, name: &str, default: f32) -> Result<f32, OnnxError> {
        match self.info.attributes.get(name) {
            None => Ok(default),
            Some(AttributeValue::Float(value)) => Ok(*value),
            Some(other) => Err(self.error(format!("attribute {name} must be a number, is {other}"))),
        }
    }

    /// Text attribute, or `default`.
    ///
    /// # Errors
    /// When it is there with another type.
    pub fn text(&self, name: &str, default: &str) -> Result<String, OnnxError> {
        match self.info.attributes.get(name) {
            None => Ok(default.to_owned()),
            Some(AttributeValue::Text(value)) => Ok(value.clone()),
            Some(other) => Err(self.error(format!("attribute {name} must be a word, is {other}"))),
        }
    }

    /// Integer-list attribute.
    ///
    /// # Errors
    /// When it is there with another type.
    pub fn ints(&self, name: &str) -> Result<Option<Vec<i64>>, OnnxError> {
        match self.info.attributes.get(name) {
            None => Ok(None),
            Some(AttributeValue::Ints(values)) => Ok(Some(values.clone())),
            Some(other) => Err(self.error(format!("attribute {name} must be a list of integers, is {other}"))),
        }
    }

    /// The integers of input `index`, if it is there: shape arithmetic or a constant.
    ///
    /// # Errors
    /// When they are known only at run time, or depend on the batch.
    pub fn ints_input(&self, index: usize) -> Result<Option<Vec<i64>>, OnnxError> {
        let Some(symbols) = self.symbols_input(index)? else {
            return Ok(None);
        };
        let fixed = symbols.iter().map(|s| (s.batch == 0).then_some(s.fixed)).collect::<Option<Vec<i64>>>();
        fixed
            .map(Some)
            .ok_or_else(|| self.error(format!("input {index} depends on the batch; export with a fixed one")))
    }

    /// The integers of input `index`, possibly depending on the batch, if it is there.
    ///
    /// # Errors
    /// When they are known only at run time.
    pub fn symbols_input(&self, index: usize) -> Result<Option<Vec<SymbolicInt>>, OnnxError> {
        match self.inputs.get(index) {
            Some(NodeInput::Absent) | None => Ok(None),
            Some(NodeInput::Symbolic(symbols)) => Ok(Some(symbols.clone())),
            Some(NodeInput::Value(value)) => {
                let constant = self.b.graph().constant(*value).and_then(|t| t.as_i64().ok());
                let ints = constant.ok_or_else(|| {
                    self.error(format!("input {index} is known only at run time; export with constant shapes"))
                })?;
                Ok(Some(ints.iter().map(|i| SymbolicInt { batch: 0, fixed: *i }).collect()))
            }
        }
    }

    /// The numbers of input `index`, if it is there, which must be constant.
    ///
    /// # Errors
    /// When they are known only at run time.
    pub fn numbers_input(&self, index: usize) -> Result<Option<Vec<f64>>, OnnxError> {
        match self.inputs.get(index) {
            Some(NodeInput::Value(value)) => {
                let constant = self.b.graph().constant(*value).map(Tensor::to_f64);
                constant.map(Some).ok_or_else(|| self.error(format!("input {index} must be constant")))
            }
            Some(NodeInput::Absent) | None => Ok(None),
            Some(NodeInput::Symbolic(_)) => Err(self.error(format!("input {index} must be numbers, is a shape"))),
        }
    }

    /// The dimensions of input `index`, all zero or larger.
    ///
    /// # Errors
    /// When they are missing, negative or known only at run time.
    pub fn dims_input(&self, index: usize) -> Result<Shape, OnnxError> {
        let symbols = self.symbols_input(index)?.ok_or_else(|| self.error(format!("input {index} is missing")))?;
        symbols.into_iter().map(|s| self.dim(s)).collect()
    }

    fn dim(&self, symbol: SymbolicInt) -> Result<Dim, OnnxError> {
        match (usize::try_from(symbol.batch), usize::try_from(symbol.fixed)) {
            (Ok(batch), Ok(fixed)) => Ok(Dim { batch, fixed }),
            _ => Err(self.error(format!("{symbol} is not a size; a size is zero or larger"))),
        }
    }

    /// The target of a `Reshape`: input `index` with 0 (copy) and -1 (what is left) resolved against input 0.
    ///
    /// # Errors
    /// When more than one -1 is there or the elements do not come out even.
    pub fn reshape_target(&mut self, index: usize) -> Result<Shape, OnnxError> {
        let x = self.ty(0)?;
        let symbols = self.symbols_input(index)?.ok_or_else(|| self.error("the target shape is missing"))?;
        let keep_zero = self.int("allowzero", 0)? == 1;
        let mut shape = Vec::with_capacity(symbols.len());
        let mut rest = None;
        for (axis, symbol) in symbols.into_iter().enumerate() {
            let dim = match (symbol.batch, symbol.fixed) {
                (0, -1) if rest.is_none() => {
                    rest = Some(axis);
                    Dim::ONE
                }
                (0, 0) if !keep_zero => {
                    *x.shape.get(axis).ok_or_else(|| self.error(format!("there is no axis {axis} to copy")))?
                }
                _ => self.dim(symbol)?,
            };
            shape.push(dim);
        }
        if let Some(axis) = rest {
            let others = TensorType::new(x.dtype, &shape).elements();
            let left = x.elements().zip(others).and_then(|(all, part)| all.divided_by(part));
            shape[axis] = left.ok_or_else(|| self.error(format!("{x} does not divide into the target shape")))?;
        }
        Ok(shape)
    }

    /// Axes counted from either end, as indices.
    ///
    /// # Errors
    /// When one is out of range.
    pub fn axes(&self, axes: &[i64], rank: usize) -> Result<Vec<usize>, OnnxError> {
        axes.iter().map(|a| self.axis(*a, rank)).collect()
    }

    /// One axis counted from either end, as an index.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn axis(&self, axis: i64, rank: usize) -> Result<usize, OnnxError> {
        let from_start = if axis < 0 { axis + i64::try_from(rank).unwrap_or(i64::MAX) } else { axis };
        usize::try_from(from_start)
            .ok()
            .filter(|a| *a < rank)
            .ok_or_else(|| self.error(format!("axis {axis} is not among the {rank} axes of the input")))
    }

    /// Axes and `keepdims` of a reduction, whether axes are an attribute (older opsets) or input 1; none means all.
    ///
    /// # Errors
    /// When axes are out of range or known only at run time.
    pub fn reduction(&mut self) -> Result<(Vec<usize>, bool), OnnxError> {
        let rank = self.ty(0)?.rank();
        let given = match self.ints("axes")? {
            Some(axes) => Some(axes),
            None => self.ints_input(1)?,
        };
        let keep_dims = self.int("keepdims", 1)? == 1;
        match given.filter(|axes| !axes.is_empty()) {
            Some(axes) => Ok((self.axes(&axes, rank)?, keep_dims)),
            None if self.int("noop_with_empty_axes", 0)? == 1 => Ok((Vec::new(), keep_dims)),
            None => Ok(((0..rank).collect(), keep_dims)),
        }
    }

    /// Our element type for an ONNX one (`TensorProto.DataType`) named by an attribute.
    ///
    /// # Errors
    /// When it is missing or has no counterpart.
    pub fn dtype_attribute(&self, name: &str) -> Result<DType, OnnxError> {
        let code = self.int(name, 0)?;
        super::dtype_of(code).ok_or_else(|| self.error(format!("element type {code} is not supported")))
    }
}
