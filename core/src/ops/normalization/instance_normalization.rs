//! InstanceNormalization: every channel of every image by its own statistics, then a scale and bias for each channel.
//! <https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html>
//!
//! Shapes: `x`, `y` [images, channels, positions..]; `scale`, `bias` `[channels]`. Gradient: that of the parts.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::args;
use crate::ops::family::statistics::{normalise_runs, per_channel, standardised};
use crate::ops::{Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, TensorType};

/// Normalisation of every image's every channel. Arguments: x, scale, bias.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceNormalization {
    /// Added to the variance.
    pub epsilon: f32,
}

crate::ops::role::part!(InstanceNormalization: Affine, ChannelsFirst, First);

/// Reader of `InstanceNormalization` nodes.
pub const ONNX: &[Import] = &[("InstanceNormalization", |n| {
    let epsilon = n.float("epsilon", 1e-5)?;
    Ok(vec![n.apply(InstanceNormalization { epsilon }, &[0, 1, 2])?])
})];

/// Images with channels and known positions, a scale and a bias for each channel.
pub(super) fn check(inputs: &[TensorType]) -> Result<usize, OpError> {
    args::arity(inputs, 3)?;
    let x = args::real_type(inputs, 0)?;
    if x.rank() < 3 {
        return Err(OpError::shape(format!("needs images, channels and positions, was given {x}")));
    }
    for dim in &x.shape[2..] {
        args::known(*dim, "the number of positions")?;
    }
    let expected = TensorType::new(x.dtype, &x.shape[1..2]);
    match inputs[1..].iter().find(|ty| **ty != expected) {
        None => args::known(x.shape[1], "the number of channels"),
        Some(other) => Err(OpError::shape(format!("scale and bias must be {expected}, one is {other}"))),
    }
}

/// Plainly: runs of `channels_together` channels normalised, then each channel's scale and bias.
pub(super) fn eval(inputs: &[Array], channels_together: usize, epsilon: f32) -> Result<Vec<Array>, OpError> {
    let (x, scale, bias) = (args::real(inputs, 0)?, args::real(inputs, 1)?, args::real(inputs, 2)?);
    let (scale, bias): (Vec<f64>, Vec<f64>) = (scale.iter().copied().collect(), bias.iter().copied().collect());
    let positions: usize = x.shape().iter().skip(2).product();
    if positions == 0 || scale.is_empty() || scale.len() != bias.len() {
        return Err(OpError::shape("needs positions, and as many scales as biases"));
    }
    let finish = |i: usize, v: f64| {
        let channel = i / positions % scale.len();
        v * scale[channel] + bias[channel]
    };
    Ok(vec![normalise_runs(x, positions * channels_together, epsilon, finish)?])
}

impl OpRules for InstanceNormalization {
    fn name(&self) -> &'static str {
        "InstanceNormalization"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        check(inputs)?;
        Ok(vec![inputs[0].clone()])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        eval(inputs, 1, self.epsilon)
    }

    fn derivative(&self) -> Derivative {
        Derivative::Parts
    }

    fn parts(&self, b: &mut Builder, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
        let axes: Vec<usize> = (2..b.ty(inputs[0]).rank()).collect();
        let normal = standardised(b, inputs[0], &axes, self.epsilon)?;
        Ok(Some(vec![per_channel(b, normal, inputs[1], inputs[2])?]))
    }

    fn export(&self) -> Export {
        Export::with("InstanceNormalization", 3, vec![("epsilon", Attribute::Float(self.epsilon))])
    }
}

impl OpExamples for InstanceNormalization {
    fn examples() -> Vec<Example> {
        let r = Sample::real;
        vec![
            Example::new("images", Self { epsilon: 1e-5 }, vec![r(&[2, 3, 2, 4]), r(&[3]), r(&[3])]),
            Example::new("signals, large epsilon", Self { epsilon: 0.1 }, vec![r(&[1, 2, 5]), r(&[2]), r(&[2])]),
        ]
    }
}
