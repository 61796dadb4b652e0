//! Equal: `y = (a == b)`, broadcast. <https://onnx.ai/onnx/operators/onnx__Equal.html>
//!
//! Shapes: `a`, `b` broadcast against each other to the truth values `y`. Gradient: zero almost everywhere.

use crate::ops::family::{args, binary};
use crate::ops::{Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, DType, TensorType};

/// Whether two elements, of whatever type, are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equal;

crate::ops::role::part!(Equal: Layer, InPlace, Broadcast);

/// Reader of `Equal` nodes.
pub const ONNX: &[Import] = &[("Equal", |n| Ok(vec![n.apply(Equal, &[0, 1])?]))];

impl OpRules for Equal {
    fn name(&self) -> &'static str {
        "Equal"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        Ok(vec![binary::infer(inputs)?[0].with_dtype(DType::Bool)])
    }

    #[expect(clippy::float_cmp, reason = "exactly equal is the question")]
    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let same = match inputs {
            [Array::Int(a), Array::Int(b)] => binary::zip(a, b, |x, y| x == y)?,
            [Array::Bool(a), Array::Bool(b)] => binary::zip(a, b, |x, y| x == y)?,
            _ => binary::zip(args::real(inputs, 0)?, args::real(inputs, 1)?, |x, y| x == y)?,
        };
        Ok(vec![Array::Bool(same)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Zero
    }

    fn export(&self) -> Export {
        Export::plain("Equal", 2)
    }
}

impl OpExamples for Equal {
    fn examples() -> Vec<Example> {
        let ints = |shape: &[usize]| Sample::Int { shape: shape.to_vec(), low: 0, high: 3 };
        vec![
            Example::new("integers", Self, vec![ints(&[4, 1, 5]), ints(&[3, 1])]),
            Example::new("reals", Self, vec![Sample::real(&[3, 5]), Sample::real(&[])]),
        ]
    }
}
