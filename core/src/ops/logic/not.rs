//! Not: `y = !x` on truth values. <https://onnx.ai/onnx/operators/onnx__Not.html>
//!
//! Shapes: `x`, `y` any. Gradient: none flows through truth values.

use crate::ops::family::args;
use crate::ops::{Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, DType, TensorType};

/// The opposite truth value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Not;

crate::ops::role::part!(Not: Layer, InPlace, Broadcast);

/// Reader of `Not` nodes.
pub const ONNX: &[Import] = &[("Not", |n| Ok(vec![n.apply(Not, &[0])?]))];

impl OpRules for Not {
    fn name(&self) -> &'static str {
        "Not"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        Ok(vec![args::typed(inputs, 0, DType::Bool)?.clone()])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        Ok(vec![Array::Bool(args::truth(inputs, 0)?.mapv(|x| !x))])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Zero
    }

    fn export(&self) -> Export {
        Export::plain("Not", 1)
    }
}

impl OpExamples for Not {
    fn examples() -> Vec<Example> {
        vec![Example::new("spread", Self, vec![Sample::Bool { shape: vec![3, 5] }])]
    }
}
