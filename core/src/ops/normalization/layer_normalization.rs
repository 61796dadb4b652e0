//! LayerNormalization: `y = (x - mean) / sqrt(variance + epsilon) * scale + bias`, statistics over the axes from `axis` on.
//! <https://onnx.ai/onnx/operators/onnx__LayerNormalization.html>
//!
//! Shapes: `x`, `y` [rows.., features..]; `scale` and `bias` (may be left out) broadcast to [features..].
//! Gradient: that of the parts.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::statistics::{normalise_runs, standardised};
use crate::ops::family::{args, each};
use crate::ops::{
    Attribute, Derivative, Example, Export, ExportInput, Import, OnnxNode, OpError, OpExamples, OpRules, Sample,
};
use crate::tensor::{Array, TensorType};

/// Normalisation of every row by its own statistics. Arguments: x, scale, perhaps bias.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerNormalization {
    /// First axis of the features.
    pub axis: usize,
    /// Added to the variance.
    pub epsilon: f32,
}

crate::ops::role::part!(LayerNormalization: Affine, Other, Own);

/// Reader of `LayerNormalization` nodes; only the first result is there.
pub const ONNX: &[Import] = &[("LayerNormalization", |n| {
    let rank = n.ty(0)?.rank();
    // Statistics are taken as exactly as the engine computes.
    n.irrelevant(&["stash_type"]);
    let (axis, epsilon) = (n.axis(n.int("axis", -1)?, rank)?, n.float("epsilon", 1e-5)?);
    let mut inputs = vec![n.input(0)?, n.input(1)?];
    inputs.extend(n.maybe(2)?);
    let mut results = n.apply_to(LayerNormalization { axis, epsilon }, &inputs)?;
    if n.info.wants(1) || n.info.wants(2) {
        let axes: Vec<usize> = (axis..rank).collect();
        results.extend(statistics(n.b, inputs[0], &axes, epsilon).map_err(|e| n.wrap(e))?);
    }
    Ok(results)
})];

/// The node's further results: means, and one over the deviation, with the normalised axes at size 1.
fn statistics(b: &mut Builder, x: ValueId, axes: &[usize], epsilon: f32) -> Result<[ValueId; 2], GraphError> {
    let mean = b.reduce_mean(x, axes, true)?;
    let centred = b.sub(x, mean)?;
    let squares = b.square(centred)?;
    let variance = b.reduce_mean(squares, axes, true)?;
    let safe = b.shift(variance, f64::from(epsilon))?;
    let deviation = b.sqrt(safe)?;
    let one = b.scalar_like(1.0, deviation);
    Ok([mean, b.div(one, deviation)?])
}

impl OpRules for LayerNormalization {
    fn name(&self) -> &'static str {
        "LayerNormalization"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        let x = args::real_type(inputs, 0)?;
        each::axis_within(self.axis, x.rank())?;
        if inputs.len() != 2 && inputs.len() != 3 {
            return Err(OpError::Arity { expected: "2 or 3".to_owned(), found: inputs.len() });
        }
        let features = TensorType::new(x.dtype, &x.shape[self.axis..]);
        for dim in &features.shape {
            args::known(*dim, "the number of features")?;
        }
        match inputs[1..].iter().find(|ty| **ty != features) {
            None => Ok(vec![x.clone()]),
            Some(other) => Err(OpError::shape(format!("scale and bias must be {features}, one is {other}"))),
        }
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (x, scale) = (args::real(inputs, 0)?, args::real(inputs, 1)?);
        let scale: Vec<f64> = scale.iter().copied().collect();
        let bias: Vec<f64> = match inputs.get(2) {
            Some(_) => args::real(inputs, 2)?.iter().copied().collect(),
            None => vec![0.0; scale.len()],
        };
        let length: usize = x.shape().iter().skip(self.axis).product();
        if scale.len() != length || bias.len() != length || length == 0 {
            return Err(OpError::shape(format!("{length} features, {} scales, {} biases", scale.len(), bias.len())));
        }
        Ok(vec![normalise_runs(x, length, self.epsilon, |i, v| v * scale[i % length] + bias[i % length])?])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Parts
    }

    fn parts(&self, b: &mut Builder, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
        let axes: Vec<usize> = (self.axis..b.ty(inputs[0]).rank()).collect();
        let normal = standardised(b, inputs[0], &axes, self.epsilon)?;
        let scaled = b.mul(normal, inputs[1])?;
        Ok(Some(vec![match inputs.get(2) {
            Some(bias) => b.add(scaled, *bias)?,
            None => scaled,
        }]))
    }

    fn export(&self) -> Export {
        let attributes = vec![each::axis_attribute(self.axis), ("epsilon", Attribute::Float(self.epsilon))];
        Export::Node(OnnxNode {
            op_type: "LayerNormalization",
            attributes,
            inputs: vec![ExportInput::ArgumentsFrom(0)],
        })
    }
}

impl OpExamples for LayerNormalization {
    fn examples() -> Vec<Example> {
        let r = Sample::real;
        vec![
            Example::new("tokens", Self { axis: 2, epsilon: 1e-5 }, vec![r(&[2, 3, 5]), r(&[5]), r(&[5])]),
            Example::new("two axes, no bias", Self { axis: 1, epsilon: 1e-2 }, vec![r(&[3, 2, 4]), r(&[2, 4])]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tensor;

    #[test]
    fn normalises_each_row_by_itself() {
        let tensor = |shape: &[usize], values: &[f32]| Tensor::f32(shape, values.to_vec()).unwrap().to_array();
        let inputs = [tensor(&[2, 2], &[1.0, 3.0, 10.0, 30.0]), tensor(&[2], &[2.0, 1.0]), tensor(&[2], &[0.0, 0.5])];
        let y = LayerNormalization { axis: 1, epsilon: 0.0 }.eval(&inputs, 1).unwrap().remove(0);
        assert_eq!(y, tensor(&[2, 2], &[-2.0, 1.5, -2.0, 1.5]));
    }
}
