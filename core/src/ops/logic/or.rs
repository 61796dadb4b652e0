//! Or: `y = a || b` on truth values, broadcast. <https://onnx.ai/onnx/operators/onnx__Or.html>
//!
//! Shapes: `a`, `b` broadcast against each other to `y`. Gradient: none flows through truth values.

use crate::ops::family::{args, binary};
use crate::ops::{Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, DType, TensorType};

/// Whether at least one holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Or;

crate::ops::role::part!(Or: Layer, InPlace, Broadcast);

/// Reader of `Or` nodes.
pub const ONNX: &[Import] = &[("Or", |n| Ok(vec![n.apply(Or, &[0, 1])?]))];

impl OpRules for Or {
    fn name(&self) -> &'static str {
        "Or"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::typed(inputs, 0, DType::Bool)?;
        binary::infer(inputs)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (a, b) = (args::truth(inputs, 0)?, args::truth(inputs, 1)?);
        Ok(vec![Array::Bool(binary::zip(a, b, |x, y| *x || *y)?)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Zero
    }

    fn export(&self) -> Export {
        Export::plain("Or", 2)
    }
}

impl OpExamples for Or {
    fn examples() -> Vec<Example> {
        let mask = |shape: &[usize]| Sample::Bool { shape: shape.to_vec() };
        vec![
            Example::new("equal shapes", Self, vec![mask(&[3, 5]), mask(&[3, 5])]),
            Example::new("broadcast both ways", Self, vec![mask(&[4, 1, 5]), mask(&[3, 1])]),
        ]
    }
}
