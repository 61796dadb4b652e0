//! Max: `y = max(a, b)`, broadcast. <https://onnx.ai/onnx/operators/onnx__Max.html>
//!
//! Shapes: `a`, `b` broadcast against each other to `y`. Gradient: `dy` goes to the side that was taken, half to each where
//! they tie, summed over broadcast axes.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::binary;
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, TensorType};

/// The larger of two elements, real or integer; NaN if one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Max;

crate::ops::role::part!(Max: Activation, InPlace, Broadcast);

/// Reader of `Max` nodes, which take any number of inputs: a chain.
pub const ONNX: &[Import] = &[("Max", |n| Ok(vec![binary::chain(n, &Max.into())?]))];

impl OpRules for Max {
    fn name(&self) -> &'static str {
        "Max"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        binary::infer(inputs)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        if let [Array::Int(a), Array::Int(b)] = inputs {
            return Ok(vec![Array::Int(binary::zip(a, b, |x, y| *x.max(y))?)]);
        }
        binary::eval(inputs, |a, b| if a.is_nan() || a > b { a } else { b })
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, index, like, dy| {
            let (this, other) = (node.inputs[index], node.inputs[1 - index]);
            let (wins, ties) = (b.greater(this, other)?, b.equal(this, other)?);
            let (half, zero) = (b.scale(dy, 0.5)?, b.scalar_like(0.0, dy));
            let rest = b.select(ties, half, zero)?;
            let taken = b.select(wins, dy, rest)?;
            binary::unbroadcast(b, taken, like)
        })
    }

    fn export(&self) -> Export {
        Export::plain("Max", 2)
    }
}

impl OpExamples for Max {
    fn examples() -> Vec<Example> {
        let apart = Sample::within(&[3, 1], 3.0, 4.0);
        let mut cases = binary::examples(Self, (-2.0, 2.0), (-2.0, 2.0));
        cases.push(Example::new("one side taken", Self, vec![Sample::real(&[2, 3, 5]), apart]));
        cases
    }
}
