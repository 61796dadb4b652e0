//! Means, variances and what normalisation makes of them, in graph operators and plainly.

use ndarray::ArrayD;

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::OpError;
use crate::ops::reduce_mean::ReduceMean;
use crate::tensor::{Array, Dim};

/// `(x - mean) / sqrt(variance + epsilon)`, statistics taken over `axes`.
pub(crate) fn standardised(b: &mut Builder, x: ValueId, axes: &[usize], epsilon: f32) -> Result<ValueId, GraphError> {
    let (centred, variance) = moments(b, x, axes)?;
    let shifted = b.shift(variance, f64::from(epsilon))?;
    let deviation = b.sqrt(shifted)?;
    b.div(centred, deviation)
}

/// Mean and variance of every channel of `x` [images, channels, positions..] over the batch at hand, each `[channels]`.
pub(crate) fn batch(b: &mut Builder, x: ValueId) -> Result<(ValueId, ValueId), GraphError> {
    let axes: Vec<usize> = (0..b.ty(x).rank()).filter(|i| *i != 1).collect();
    let mean = b.apply1(ReduceMean { axes: axes.clone(), keep_dims: false }, &[x])?;
    let (_, variance) = moments(b, x, &axes)?;
    let shape = b.ty(mean).shape.clone();
    Ok((mean, b.reshape(variance, &shape)?))
}

/// `x - mean` and the variance, with the folded axes at size 1.
fn moments(b: &mut Builder, x: ValueId, axes: &[usize]) -> Result<(ValueId, ValueId), GraphError> {
    let fold = || ReduceMean { axes: axes.to_vec(), keep_dims: true };
    let mean = b.apply1(fold(), &[x])?;
    let centred = b.sub(x, mean)?;
    let squares = b.mul(centred, centred)?;
    Ok((centred, b.apply1(fold(), &[squares])?))
}

/// `values * scale + bias` with one scale and bias for each channel of [images, channels, positions..].
pub(crate) fn per_channel(b: &mut Builder, x: ValueId, scale: ValueId, bias: ValueId) -> Result<ValueId, GraphError> {
    let mut shape = vec![Dim::ONE; b.ty(x).rank()];
    if let (Some(channels), Some(all)) = (shape.get_mut(1), b.ty(x).shape.get(1)) {
        *channels = *all;
    }
    let (scale, bias) = (b.reshape(scale, &shape)?, b.reshape(bias, &shape)?);
    let scaled = b.mul(x, scale)?;
    b.add(scaled, bias)
}

/// Plainly: every run of `length` neighbouring elements normalised, then `finish(position, value)`.
#[expect(clippy::cast_precision_loss, reason = "counts of elements")]
pub(crate) fn normalise_runs(
    x: &ArrayD<f64>,
    length: usize,
    epsilon: f32,
    finish: impl Fn(usize, f64) -> f64,
) -> Result<Array, OpError> {
    let mut values: Vec<f64> = x.iter().copied().collect();
    for (run, part) in values.chunks_mut(length.max(1)).enumerate() {
        let count = part.len() as f64;
        let mean = part.iter().sum::<f64>() / count;
        let variance = part.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
        let deviation = (variance + f64::from(epsilon)).sqrt();
        for (index, value) in part.iter_mut().enumerate() {
            *value = finish(run * length + index, (*value - mean) / deviation);
        }
    }
    let result = ArrayD::from_shape_vec(x.raw_dim(), values);
    Ok(Array::Real(result.map_err(|e| OpError::shape(e.to_string()))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::reference::{Precision, evaluate};
    use crate::ops::batch_normalization::BatchNormalization;
    use crate::tensor::{Tensor, TensorType};

    #[test]
    fn batch_statistics_leave_every_channel_at_mean_0_and_variance_1() {
        let mut b = Builder::new();
        let x = b.input("x", TensorType::f32_batch(&[2, 2]));
        let (mean, variance) = batch(&mut b, x).unwrap();
        let one = b.constant(Tensor::full(&[2], 1.0));
        let zero = b.zeros_like(one).unwrap();
        let y = b.apply1(BatchNormalization { epsilon: 0.0 }, &[x, one, zero, mean, variance]).unwrap();
        for (name, value) in [("y", y), ("mean", mean), ("variance", variance)] {
            b.output(name, value);
        }
        let x = Tensor::f32(&[2, 2, 2], vec![1.0, 3.0, 0.0, 4.0, 5.0, 7.0, 8.0, 4.0]).unwrap();
        let results = evaluate(&b.finish(), &[x.to_array()], 2, Precision::Double).unwrap();
        assert_eq!(results[1], Tensor::f32(&[2], vec![4.0, 4.0]).unwrap().to_array());
        assert_eq!(results[2], Tensor::f32(&[2], vec![5.0, 8.0]).unwrap().to_array());
        let Array::Real(y) = &results[0] else { panic!("real") };
        assert!((y[[0, 0, 0]] + 3.0 / 5.0_f64.sqrt()).abs() < 1e-12);
    }
}
