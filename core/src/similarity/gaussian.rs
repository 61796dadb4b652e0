//! How far an activation lies from those that a network has seen: distances under a Gaussian model.
//!
//! The distance is Mahalanobis', as in Lee et al. 2018 (*A simple unified framework for detecting out-of-distribution samples and
//! adversarial attacks*), with one Gaussian for all classes instead of one per class: a stitch may well move an image to another class, and
//! that is not what is asked here.

use faer::{Mat, Side};
use serde::{Deserialize, Serialize};

use super::LikenessError;
use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::stitch::{Stitch, channel_axis};

/// Added to every variance, as a share of the mean variance: directions in which the training images hardly vary stay finite, and what
/// goes there still counts.
const FLOOR: f64 = 1e-4;

/// Mean and whitening of activations with `c` channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gaussian {
    channels: usize,
    /// `[c]`.
    mean: Vec<f64>,
    /// [c, c] row-major: `|whitening (a - mean)|^2` is the squared Mahalanobis distance.
    whitening: Vec<f64>,
}

impl Gaussian {
    /// The model of `count` rows with these sums (`sum a`, `sum a a^T`).
    ///
    /// # Errors
    /// [`LikenessError`] when the sums are not finite.
    pub fn of(count: f64, sum: &[f64], gram: &[f64]) -> Result<Self, LikenessError> {
        let channels = sum.len();
        if gram.len() != channels * channels || !gram.iter().chain(sum).all(|v| v.is_finite()) {
            return Err(LikenessError);
        }
        let mean: Vec<f64> = sum.iter().map(|s| s / count).collect();
        let covariance = Mat::from_fn(channels, channels, |i, j| gram[i * channels + j] / count - mean[i] * mean[j]);
        let eigen = covariance.self_adjoint_eigen(Side::Lower).map_err(|_| LikenessError)?;
        let values: Vec<f64> = eigen.S().column_vector().iter().map(|v| v.max(0.0)).collect();
        #[expect(clippy::cast_precision_loss, reason = "a count of channels")]
        let floor = FLOOR * values.iter().sum::<f64>() / channels.max(1) as f64;
        // A tap that never varies has no distances: everything there is at its mean or infinitely far.
        let scale = |value: f64| (value + floor).max(f64::MIN_POSITIVE).sqrt().recip();
        let vectors = eigen.U();
        let cell = |row: usize, column: usize| vectors[(column, row)] * scale(values[row]);
        let whitening =
            (0..channels).flat_map(|r| (0..channels).map(move |c| (r, c))).map(|(r, c)| cell(r, c)).collect();
        Ok(Self { channels, mean, whitening })
    }

    /// Per image of `signal` the mean over positions of the squared distance per channel, `[N]`: 1 on average over what the model was
    /// made from.
    ///
    /// # Errors
    /// [`GraphError`] when the channels differ.
    pub fn distance(&self, b: &mut Builder, signal: ValueId) -> Result<ValueId, GraphError> {
        let c = self.channels;
        let row = |r: usize| self.whitening[r * c..(r + 1) * c].iter().zip(&self.mean).map(|(w, m)| w * m).sum::<f64>();
        let bias = (0..c).map(|r| -row(r)).collect();
        let weight = b.constant_like(&[c, c], self.whitening.clone(), signal)?;
        let bias = b.constant_like(&[c], bias, signal)?;
        let white = b.apply1(Stitch, &[signal, weight, bias])?;
        let squares = b.square(white)?;
        let rank = b.ty(signal).rank();
        let axis = channel_axis(rank);
        let per_position = b.reduce_mean(squares, &[axis], true)?;
        let rest: Vec<usize> = (1..rank).collect();
        b.reduce_mean(per_position, &rest, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::engine::reference::{Precision, Reference};
    use crate::metrics::auroc;
    use crate::platform::block_on;
    use crate::random::{Purpose, Stream};
    use crate::tensor::{Dim, Tensor, TensorType, Tolerance};

    fn distances(model: &Gaussian, shape: &[usize], values: Vec<f64>) -> Vec<f64> {
        let mut b = Builder::new();
        let dims: Vec<Dim> =
            shape.iter().enumerate().map(|(i, s)| if i == 0 { Dim::BATCH } else { Dim::fixed(*s) }).collect();
        let x = b.input("x", TensorType::new(crate::tensor::DType::F64, &dims));
        let d = model.distance(&mut b, x).unwrap();
        b.output("d", d);
        let engine = Reference::new(Precision::Double);
        let input = block_on(engine.upload(&Tensor::f64(shape, values).unwrap())).unwrap();
        let program = block_on(engine.compile(&b.finish())).unwrap();
        block_on(engine.read(&block_on(program.run(&[&input])).unwrap()[0])).unwrap().to_f64()
    }

    /// On what it was made from the squared distance per channel is 1 on average, whatever linear map made it.
    #[test]
    fn its_own_rows_are_at_distance_one_and_far_ones_are_far() {
        let (c, n) = (3, 200);
        let mut s = Stream::new(3, Purpose::Test, 0, 0);
        let rows: Vec<Vec<f64>> = (0..n)
            .map(|_| {
                let z: Vec<f64> = (0..c).map(|_| f64::from(s.gaussian_f32())).collect();
                vec![3.0 * z[0] + 1.0, z[0] - 0.5 * z[1], 0.2 * z[2] - 4.0]
            })
            .collect();
        let sum: Vec<f64> = (0..c).map(|i| rows.iter().map(|r| r[i]).sum()).collect();
        let gram: Vec<f64> = (0..c * c).map(|k| rows.iter().map(|r| r[k / c] * r[k % c]).sum()).collect();
        let model = Gaussian::of(200.0, &sum, &gram).unwrap();
        let own = distances(&model, &[n, c], rows.concat());
        let mean = own.iter().sum::<f64>() / 200.0;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        // The same rows as positions of one image: their mean.
        let turned: Vec<f64> = (0..c).flat_map(|i| rows.iter().map(move |r| r[i])).collect();
        let together = distances(&model, &[1, c, n, 1], turned);
        assert!(Tolerance::Double.accepts(&together, &[mean]), "{together:?} {mean}");
        let far: Vec<f64> = rows.iter().flat_map(|r| [r[0], r[1], r[2] + 2.0]).collect();
        assert!(auroc(&own, &distances(&model, &[n, c], far)) > 0.99);
        assert_eq!(Gaussian::of(2.0, &[f64::NAN], &[1.0]), Err(LikenessError));
    }
}
