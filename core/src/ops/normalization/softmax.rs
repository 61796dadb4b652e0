//! Softmax: `y = e^x / sum over the axis of e^x`. <https://onnx.ai/onnx/operators/onnx__Softmax.html>
//!
//! Shapes: `x`, `y` any, with that axis. Gradient: `dx = y * (dy - sum over the axis of dy * y)`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::softmax;
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules};
use crate::tensor::{Array, TensorType};

/// Shares that sum to 1 along an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Softmax {
    /// The axis along which they sum to 1.
    pub axis: usize,
}

crate::ops::role::part!(Softmax: Layer, Other, Own);

/// Reader of `Softmax` nodes.
pub const ONNX: &[Import] = &[("Softmax", |n| softmax::read(n, |axis| Softmax { axis }))];

impl OpRules for Softmax {
    fn name(&self) -> &'static str {
        "Softmax"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        softmax::infer(inputs, self.axis)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        softmax::eval(inputs, self.axis, |mut row| {
            let top = softmax::largest(&row);
            row.mapv_inplace(|x| (x - top).exp());
            let sum = row.sum();
            row.mapv_inplace(|x| x / sum);
        })
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let y = node.outputs[0];
        node.each_wanted(b, |b, _, _, dy| {
            let product = b.mul(dy, y)?;
            let mean = b.reduce_sum(product, &[self.axis], true)?;
            let centred = b.sub(dy, mean)?;
            b.mul(y, centred)
        })
    }

    fn export(&self) -> Export {
        softmax::onnx("Softmax", self.axis)
    }
}

impl OpExamples for Softmax {
    fn examples() -> Vec<Example> {
        softmax::examples(|axis| Self { axis })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn large_logits_stay_finite() {
        let x = Array::Real(arr2(&[[1000.0, 1000.0], [-1000.0, 1000.0]]).into_dyn());
        let y = Softmax { axis: 1 }.eval(&[x], 1).unwrap();
        assert_eq!(y, vec![Array::Real(arr2(&[[0.5, 0.5], [0.0, 1.0]]).into_dyn())]);
    }
}
