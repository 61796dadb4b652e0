//! BatchNormalization with given statistics: `y = (x - mean) / sqrt(variance + epsilon) * scale + bias` for each channel.
//! <https://onnx.ai/onnx/operators/onnx__BatchNormalization.html>
//!
//! Shapes: `x`, `y` [images, channels, positions..]; `scale`, `bias`, `mean`, `variance` `[channels]`.
//! Gradient, with `n(v)` this operator on `v` with bias and mean 0, `s(v)` the sum over all axes but channels:
//! `dx = n(dy)`, `dscale = s(dy * normalised x)`, `dbias = s(dy)`, `dmean = -s(dx)`,
//! `dvariance = -1/2 s(dy * n(x - mean)) / (variance + epsilon)`. The root never has to be written out.

use ndarray::{ArrayD, Axis};

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::add::Add;
use crate::ops::family::{args, each};
use crate::ops::{Applied, Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, Dim, TensorType};

/// Normalisation of every channel by given statistics. Arguments: x, scale, bias, mean, variance.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNormalization {
    /// Added to the variance.
    pub epsilon: f32,
}

crate::ops::role::part!(BatchNormalization: Affine, ChannelsFirst, Own);

/// Reader of `BatchNormalization` nodes. Files of networks in evaluation keep the statistics that training had gathered; in
/// training they are those of the batch itself, so that images would change each other's results.
pub const ONNX: &[Import] = &[("BatchNormalization", |n| {
    let epsilon = n.float("epsilon", 1e-5)?;
    // How fast statistics follow the batches of a training.
    n.irrelevant(&["momentum"]);
    // Before operator set 14 further results were the word for training.
    let tested = n.info.opset >= 7 || n.int("is_test", 0)? != 0;
    let training = !tested || n.int("training_mode", 0)? != 0 || (n.info.opset < 14 && n.info.outputs.len() > 1);
    if training {
        return Err(n.error(
            "it is in training mode, where the images of a batch change each other's results; export the network in evaluation \
             mode: model.eval()",
        ));
    }
    if n.int("spatial", 1)? == 0 {
        return by_position(n, epsilon);
    }
    Ok(vec![n.apply(BatchNormalization { epsilon }, &[0, 1, 2, 3, 4])?])
})];

/// Statistics, scales and biases `[channels, positions..]`, which operator set 7 has beside those for each channel.
fn by_position(n: &mut NodeContext<'_>, epsilon: f32) -> Result<Vec<ValueId>, OnnxError> {
    let [x, scale, bias, mean, variance] = [n.input(0)?, n.input(1)?, n.input(2)?, n.input(3)?, n.input(4)?];
    let b = &mut *n.b;
    let build = |b: &mut Builder| {
        let centred = b.sub(x, mean)?;
        let safe = b.shift(variance, f64::from(epsilon))?;
        let deviation = b.sqrt(safe)?;
        let normal = b.div(centred, deviation)?;
        b.mul(normal, scale)
    };
    let scaled = build(b).map_err(|e| n.wrap(e))?;
    n.apply_to(Add, &[scaled, bias])
}

impl OpRules for BatchNormalization {
    fn name(&self) -> &'static str {
        "BatchNormalization"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 5)?;
        let x = args::real_type(inputs, 0)?;
        let channels =
            *x.shape.get(1).ok_or_else(|| OpError::shape(format!("needs images and channels, was given {x}")))?;
        let expected = TensorType::new(x.dtype, &[channels]);
        for (name, ty) in ["scale", "bias", "mean", "variance"].into_iter().zip(&inputs[1..]) {
            if *ty != expected {
                return Err(OpError::shape(format!("{name} must be {expected}, is {ty}")));
            }
        }
        Ok(vec![x.clone()])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let mut y: ArrayD<f64> = args::real(inputs, 0)?.clone();
        let at = |index: usize, channel: usize| {
            let value = args::real(inputs, index)?.get([channel].as_slice()).copied();
            value.ok_or_else(|| OpError::shape(format!("input {index} has no channel {channel}")))
        };
        each::axis_within(1, y.ndim())?;
        for (channel, mut plane) in y.axis_iter_mut(Axis(1)).enumerate() {
            let (scale, bias, mean) = (at(1, channel)?, at(2, channel)?, at(3, channel)?);
            let deviation = (at(4, channel)? + f64::from(self.epsilon)).sqrt();
            plane.mapv_inplace(|x| (x - mean) / deviation * scale + bias);
        }
        Ok(vec![Array::Real(y)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let &[x, scale, _, mean, variance] = node.inputs else {
            return Ok(vec![None; node.inputs.len()]);
        };
        let zero = b.zeros_like(scale)?;
        let one = b.shift(zero, 1.0)?;
        let axes: Vec<usize> = (0..b.ty(x).rank()).filter(|i| *i != 1).collect();
        node.each_wanted(b, |b, index, _, dy| match index {
            0 => self.on(b, dy, scale, zero, variance),
            1 => {
                let normal = self.on(b, x, one, mean, variance)?;
                let product = b.mul(dy, normal)?;
                b.reduce_sum(product, &axes, false)
            }
            2 => b.reduce_sum(dy, &axes, false),
            3 => {
                let dx = self.on(b, dy, scale, zero, variance)?;
                let sum = b.reduce_sum(dx, &axes, false)?;
                b.scale(sum, -1.0)
            }
            _ => {
                let scaled = self.on(b, x, scale, mean, variance)?;
                let product = b.mul(dy, scaled)?;
                let sum = b.reduce_sum(product, &axes, false)?;
                let half = b.scale(sum, -0.5)?;
                // Twice through the root divides by the variance itself.
                let shape = b.ty(half).shape.clone();
                let row = b.reshape(half, &[Dim::ONE, shape[0]])?;
                let once = self.on(b, row, one, zero, variance)?;
                let twice = self.on(b, once, one, zero, variance)?;
                b.reshape(twice, &shape)
            }
        })
    }

    fn export(&self) -> Export {
        Export::with("BatchNormalization", 5, vec![("epsilon", Attribute::Float(self.epsilon))])
    }
}

impl BatchNormalization {
    /// `(value - mean) / sqrt(variance + epsilon) * scale`.
    fn on(
        &self,
        b: &mut Builder,
        value: ValueId,
        scale: ValueId,
        mean: ValueId,
        variance: ValueId,
    ) -> Result<ValueId, GraphError> {
        let zero = b.zeros_like(scale)?;
        b.apply1(self.clone(), &[value, scale, zero, mean, variance])
    }
}

impl OpExamples for BatchNormalization {
    fn examples() -> Vec<Example> {
        let rest = |channels: usize| {
            let real = || Sample::real(&[channels]);
            [real(), real(), real(), Sample::within(&[channels], 0.3, 2.0)]
        };
        let with = |x: &[usize], channels| std::iter::once(Sample::real(x)).chain(rest(channels)).collect();
        vec![
            Example::new("images", Self { epsilon: 1e-5 }, with(&[2, 3, 4, 5], 3)),
            Example::new("features, large epsilon", Self { epsilon: 0.5 }, with(&[5, 2], 2)),
            Example::new("one channel", Self { epsilon: 1e-3 }, with(&[2, 1, 3], 1)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tensor;

    #[test]
    fn uses_the_statistics_it_is_given() {
        let list = |values: &[f32]| Tensor::f32(&[values.len()], values.to_vec()).unwrap().to_array();
        let x = Tensor::f32(&[1, 2], vec![3.0, 5.0]).unwrap().to_array();
        let inputs = [x, list(&[2.0, 1.0]), list(&[0.5, 0.0]), list(&[1.0, 2.0]), list(&[4.0, 9.0])];
        let y = BatchNormalization { epsilon: 0.0 }.eval(&inputs, 1).unwrap().remove(0);
        assert_eq!(y, Tensor::f32(&[1, 2], vec![2.5, 1.0]).unwrap().to_array());
    }
}
