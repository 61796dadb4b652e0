//! And: `y = a && b` on truth values, broadcast. <https://onnx.ai/onnx/operators/onnx__And.html>
//!
//! Shapes: `a`, `b` broadcast against each other to `y`. Gradient: none flows through truth values.

use crate::ops::family::{args, binary};
use crate::ops::{Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, DType, TensorType};

/// Whether both hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct And;

crate::ops::role::part!(And: Layer, InPlace, Broadcast);

/// Reader of `And` nodes.
pub const ONNX: &[Import] = &[("And", |n| Ok(vec![n.apply(And, &[0, 1])?]))];

impl OpRules for And {
    fn name(&self) -> &'static str {
        "And"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::typed(inputs, 0, DType::Bool)?;
        binary::infer(inputs)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (a, b) = (args::truth(inputs, 0)?, args::truth(inputs, 1)?);
        Ok(vec![Array::Bool(binary::zip(a, b, |x, y| *x && *y)?)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Zero
    }

    fn export(&self) -> Export {
        Export::plain("And", 2)
    }
}

impl OpExamples for And {
    fn examples() -> Vec<Example> {
        let mask = |shape: &[usize]| Sample::Bool { shape: shape.to_vec() };
        vec![
            Example::new("equal shapes", Self, vec![mask(&[3, 5]), mask(&[3, 5])]),
            Example::new("broadcast both ways", Self, vec![mask(&[4, 1, 5]), mask(&[3, 1])]),
        ]
    }
}
