//! LogSoftmax: `y = x - ln(sum over the axis of e^x)`. <https://onnx.ai/onnx/operators/onnx__LogSoftmax.html>
//!
//! Shapes: `x`, `y` any, with that axis. Gradient: `dx = dy - e^y * sum over the axis of dy`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::softmax;
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules};
use crate::tensor::{Array, TensorType};

/// Logarithm of the shares that sum to 1 along an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSoftmax {
    /// The axis along which the shares sum to 1.
    pub axis: usize,
}

crate::ops::role::part!(LogSoftmax: Layer, Other, Own);

/// Reader of `LogSoftmax` nodes.
pub const ONNX: &[Import] = &[("LogSoftmax", |n| softmax::read(n, |axis| LogSoftmax { axis }))];

impl OpRules for LogSoftmax {
    fn name(&self) -> &'static str {
        "LogSoftmax"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        softmax::infer(inputs, self.axis)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        softmax::eval(inputs, self.axis, |mut row| {
            let top = softmax::largest(&row);
            let log_sum = row.iter().map(|x| (x - top).exp()).sum::<f64>().ln();
            row.mapv_inplace(|x| x - top - log_sum);
        })
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let y = node.outputs[0];
        node.each_wanted(b, |b, _, _, dy| {
            let shares = b.exp(y)?;
            let sum = b.reduce_sum(dy, &[self.axis], true)?;
            let taken = b.mul(shares, sum)?;
            b.sub(dy, taken)
        })
    }

    fn export(&self) -> Export {
        softmax::onnx("LogSoftmax", self.axis)
    }
}

impl OpExamples for LogSoftmax {
    fn examples() -> Vec<Example> {
        softmax::examples(|axis| Self { axis })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;

    #[test]
    fn keeps_the_digits_of_hopeless_classes() {
        let x = Array::Real(arr1(&[0.0, 1000.0]).into_dyn());
        let y = LogSoftmax { axis: 0 }.eval(&[x], 1).unwrap();
        assert_eq!(y, vec![Array::Real(arr1(&[-1000.0, 0.0]).into_dyn())]);
    }
}
