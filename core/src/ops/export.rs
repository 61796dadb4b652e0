//! How an operator is written as ONNX, without protobuf: the writer turns this into a node.

use crate::tensor::Tensor;

/// An ONNX attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// One integer.
    Int(i64),
    /// A list of integers.
    Ints(Vec<i64>),
    /// One float.
    Float(f32),
    /// A word.
    Text(String),
}

impl Attribute {
    /// A setting as ONNX keeps it, in 32 bits.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "ONNX attributes hold f32")]
    pub const fn real(value: f64) -> Self {
        Self::Float(value as f32)
    }
}

/// One input slot of the ONNX node.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportInput {
    /// The operator's own argument of that index.
    Argument(usize),
    /// All of the operator's own arguments from that index on: any number of them, or an optional last one.
    ArgumentsFrom(usize),
    /// A tensor that ONNX wants as an input and we keep in the operator.
    Constant(Tensor),
    /// An optional input that is left out.
    Absent,
    /// A shape in which some dimension may depend on the batch: the writer emits what computes it at run time if need be.
    Shape(crate::tensor::Shape),
}

/// One ONNX node.
#[derive(Clone, Debug, PartialEq)]
pub struct OnnxNode {
    /// ONNX operator type in the default domain, at the writer's opset.
    pub op_type: &'static str,
    /// Attributes by name.
    pub attributes: Vec<(&'static str, Attribute)>,
    /// Inputs in ONNX's order.
    pub inputs: Vec<ExportInput>,
}

/// The answer to "how does ONNX write you?".
#[derive(Clone, Debug, PartialEq)]
pub enum Export {
    /// As one node.
    Node(OnnxNode),
    /// As the nodes of its parts.
    Parts,
}

impl Export {
    /// One node with the operator's own `arity` arguments and no attributes.
    #[must_use]
    pub fn plain(op_type: &'static str, arity: usize) -> Self {
        Self::with(op_type, arity, Vec::new())
    }

    /// One node with the operator's own `arity` arguments and these attributes.
    #[must_use]
    pub fn with(op_type: &'static str, arity: usize, attributes: Vec<(&'static str, Attribute)>) -> Self {
        Self::Node(OnnxNode { op_type, attributes, inputs: (0..arity).map(ExportInput::Argument).collect() })
    }

    /// The same node with one more input.
    #[must_use]
    pub(crate) fn and_input(self, input: ExportInput) -> Self {
        match self {
            Self::Node(mut node) => {
                node.inputs.push(input);
                Self::Node(node)
            }
            Self::Parts => self,
        }
    }
}

/// `usize` settings as ONNX integers.
#[expect(clippy::cast_possible_wrap, reason = "axes, strides and sizes are far below 2^63")]
pub(crate) fn ints(values: &[usize]) -> Vec<i64> {
    values.iter().map(|v| *v as i64).collect()
}
