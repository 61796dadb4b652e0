//! Div: `y = a / b`, broadcast; integers truncate. <https://onnx.ai/onnx/operators/onnx__Div.html>
//!
//! Shapes: `a`, `b` broadcast against each other to `y`. Gradient: `da = dy / b`, `db = -dy * y / b`, summed over broadcast
//! axes. A constant divisor of 0, as of a mask, passes on nothing of a `dy` of 0.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{binary, limit};
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules};
use crate::tensor::{Array, TensorType};

/// Quotient of two tensors. An integer divided by 0, which ONNX leaves open, is 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Div;

crate::ops::role::part!(Div: Affine, InPlace, Broadcast);

/// Reader of `Div` nodes.
pub const ONNX: &[Import] = &[("Div", |n| Ok(vec![n.apply(Div, &[0, 1])?]))];

impl OpRules for Div {
    fn name(&self) -> &'static str {
        "Div"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        binary::infer(inputs)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        if let [Array::Int(a), Array::Int(b)] = inputs {
            return Ok(vec![Array::Int(binary::zip(a, b, |x, y| x.checked_div(*y).unwrap_or(0))?)]);
        }
        binary::eval(inputs, |a, b| a / b)
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, index, like, dy| {
            let divisor = limit::constant_divisor(b, node.inputs[1], dy)?;
            let mut gradient = b.div(dy, divisor)?;
            if index == 1 {
                let product = b.mul(gradient, node.outputs[0])?;
                gradient = b.neg(product)?;
            }
            binary::unbroadcast(b, gradient, like)
        })
    }

    fn export(&self) -> Export {
        Export::plain("Div", 2)
    }
}

impl OpExamples for Div {
    fn examples() -> Vec<Example> {
        let mut cases = binary::examples(Self, (-2.0, 2.0), (0.5, 2.0));
        cases.extend(binary::examples(Self, (-2.0, 2.0), (-3.0, -0.5)).into_iter().take(1));
        cases
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;

    #[test]
    fn integers_truncate_and_never_panic() {
        let ints = |v: &[i64]| Array::Int(arr1(v).into_dyn());
        let y = Div.eval(&[ints(&[7, -7, 5, i64::MIN]), ints(&[2, 2, 0, -1])], 1).unwrap();
        assert_eq!(y, vec![ints(&[3, -3, 0, 0])]);
    }
}
