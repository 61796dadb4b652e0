//! Direct matching: the affine map that carries the front's activations onto the end's with least squared error.
//!
//! From streamed sums (normal equations, f64): with centred `Sxx = sum (a-ma)(a-ma)^T`, `Sxy`, the weight is `Sxy^T Sxx^-1` and the
//! bias `mb - W ma`. `Sxx` is first scaled to ones on its diagonal, which takes the channels' units out of the condition
//! number; channels that never vary are left out (weight 0). A ridge enters only when the condition number says that f64
//! would lose the answer, and is reported.

use faer::{Mat, Side};
use serde::{Deserialize, Serialize};

use crate::similarity::PairSums;
use crate::stitch::Weights;

/// Beyond this the normal equations are solved with a ridge: f64 has 16 digits, the sums keep about 12 of them.
const WORST_CONDITION: f64 = 1e12;

/// A direct-matching stitch and how well it was determined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectFit {
    /// The map.
    pub weights: Weights,
    /// `||S(front) - end||_F / ||end - mean(end)||_F` on the fitted rows; 0 is a perfect copy.
    pub residual: f64,
    /// Condition number of the scaled, centred normal equations.
    pub condition: f64,
    /// What was added to the scaled diagonal; 0 almost always.
    pub ridge: f64,
    /// Channels of the front that never vary.
    pub dead_channels: usize,
}

/// A fit that is not determined by the data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectError {
    /// Fewer rows than unknowns.
    #[error("direct matching needs more than {channels} rows (image x position), has {rows}; use more training images")]
    TooFewRows {
        /// Channels of the front's tap.
        channels: usize,
        /// Rows seen.
        rows: usize,
    },
    /// The activations are not numbers.
    #[error("direct matching met values that are not finite; check the networks and the images")]
    NotFinite,
    /// The decomposition did not converge.
    #[error("the normal equations could not be decomposed; use more training images")]
    Decomposition,
}

/// The least-squares stitch from the front's rows to the end's.
///
/// # Errors
/// [`DirectError`] when the data do not determine it.
pub fn fit(pair: PairSums<'_>) -> Result<DirectFit, DirectError> {
    solved(&Centred::of(pair)?)
}

/// As [`fit`], also where rows are fewer than channels: many maps then fit the rows alike, and the ridge, a trillionth of the largest
/// eigenvalue, chooses the one of smallest norm (channels measured in their deviations).
///
/// # Errors
/// [`DirectError`] when there are no two rows or values are not finite.
pub(crate) fn fit_dense(pair: PairSums<'_>) -> Result<DirectFit, DirectError> {
    solved(&Centred::with(pair, 2.0)?)
}

fn solved(centred: &Centred) -> Result<DirectFit, DirectError> {
    let (scale, live) = centred.scales();
    let channels = live.len();
    let correlation =
        Mat::from_fn(channels, channels, |i, j| centred.xx[(live[i], live[j])] * scale[live[i]] * scale[live[j]]);
    let eigen = correlation.self_adjoint_eigen(Side::Lower).map_err(|_| DirectError::Decomposition)?;
    let values: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
    let largest = values.iter().copied().fold(0.0, f64::max);
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min).max(0.0);
    let condition = if channels == 0 { 1.0 } else { largest / smallest };
    let ridge = if condition <= WORST_CONDITION { 0.0 } else { largest / WORST_CONDITION };
    let vectors = eigen.U();
    let target = Mat::from_fn(channels, centred.out, |i, o| centred.xy[(live[i], o)] * scale[live[i]]);
    let turned = vectors.transpose() * &target;
    let solved = Mat::from_fn(channels, centred.out, |i, o| turned[(i, o)] / (values[i] + ridge));
    let solution = vectors * &solved;
    let mut weight = Mat::<f64>::zeros(centred.out, centred.input);
    for (i, channel) in live.iter().enumerate() {
        (0..centred.out).for_each(|o| weight[(o, *channel)] = solution[(i, o)] * scale[*channel]);
    }
    let residual = centred.residual(&weight);
    let dead_channels = centred.input - channels;
    Ok(DirectFit { weights: centred.weights(&weight), residual, condition, ridge, dead_channels })
}

/// Centred sums of a pair.
pub(in crate::stitch) struct Centred {
    input: usize,
    out: usize,
    mean_x: Vec<f64>,
    mean_y: Vec<f64>,
    /// `Sxx` [in, in].
    pub xx: Mat<f64>,
    /// `Sxy` [in, out].
    pub xy: Mat<f64>,
    yy_trace: f64,
    raw_xx: Vec<f64>,
}

impl Centred {
    pub(super) fn of(pair: PairSums<'_>) -> Result<Self, DirectError> {
        #[expect(clippy::cast_precision_loss, reason = "a channel count")]
        let fewest = pair.a.sum.len() as f64 + 2.0;
        Self::with(pair, fewest)
    }

    /// From so many rows at least.
    fn with(pair: PairSums<'_>, fewest: f64) -> Result<Self, DirectError> {
        let (input, out, n) = (pair.a.sum.len(), pair.b.sum.len(), pair.rows);
        if n < fewest {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
            return Err(DirectError::TooFewRows { channels: input, rows: n as usize });
        }
        let finite = |v: &[f64]| v.iter().all(|x| x.is_finite());
        if !finite(&pair.a.gram) || !finite(&pair.b.gram) || !finite(&pair.cross.gram) {
            return Err(DirectError::NotFinite);
        }
        let (sa, sb) = (&pair.a.sum, &pair.b.sum);
        let xx = Mat::from_fn(input, input, |i, j| pair.a.gram[i * input + j] - sa[i] * sa[j] / n);
        let xy = Mat::from_fn(input, out, |i, o| pair.cross.gram[i * out + o] - sa[i] * sb[o] / n);
        let yy_trace = (0..out).map(|o| pair.b.gram[o * out + o] - sb[o] * sb[o] / n).sum();
        let mean = |s: &[f64]| s.iter().map(|x| x / n).collect::<Vec<_>>();
        let raw_xx = (0..input).map(|i| pair.a.gram[i * input + i]).collect();
        Ok(Self { input, out, mean_x: mean(sa), mean_y: mean(sb), xx, xy, yy_trace, raw_xx })
    }

    /// `1 / sqrt(variance)` per channel (0 for dead ones) and the channels that vary.
    fn scales(&self) -> (Vec<f64>, Vec<usize>) {
        // What is left of a constant channel after cancellation is rounding dust of its raw sum.
        let dead = |i: usize| self.xx[(i, i)] <= 1e-13 * self.raw_xx[i] || self.xx[(i, i)] <= f64::MIN_POSITIVE;
        let scale = (0..self.input).map(|i| if dead(i) { 0.0 } else { self.xx[(i, i)].sqrt().recip() });
        (scale.collect(), (0..self.input).filter(|i| !dead(*i)).collect())
    }

    /// `||W x - y|| / ||y||` of centred rows: `tr(W Sxx W^T) - 2 tr(W Sxy) + tr(Syy)`.
    pub(super) fn residual(&self, weight: &Mat<f64>) -> f64 {
        let mapped = weight * &self.xx;
        let mut quadratic = 0.0;
        let mut linear = 0.0;
        for o in 0..self.out {
            for i in 0..self.input {
                quadratic += mapped[(o, i)] * weight[(o, i)];
                linear += weight[(o, i)] * self.xy[(i, o)];
            }
        }
        let error = (quadratic - 2.0 * linear + self.yy_trace).max(0.0);
        // Below this share of the signal the difference is cancellation, not error.
        let share = if error <= 1e-13 * self.yy_trace { 0.0 } else { error / self.yy_trace };
        share.sqrt()
    }

    #[expect(clippy::cast_possible_truncation, reason = "stitches are stored in f32")]
    pub(super) fn weights(&self, weight: &Mat<f64>) -> Weights {
        let mut flat = Vec::with_capacity(self.out * self.input);
        let mut bias = Vec::with_capacity(self.out);
        for o in 0..self.out {
            let carried: f64 = (0..self.input).map(|i| weight[(o, i)] * self.mean_x[i]).sum();
            bias.push((self.mean_y[o] - carried) as f32);
            flat.extend((0..self.input).map(|i| weight[(o, i)] as f32));
        }
        Weights { out: self.out, input: self.input, weight: flat, bias }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};
    use crate::similarity::{CrossSums, SelfSums};

    fn sums(a: &[Vec<f64>], b: &[Vec<f64>]) -> (SelfSums, SelfSums, CrossSums) {
        let outer = |x: &[Vec<f64>], y: &[Vec<f64>]| {
            let mut g = vec![0.0; x[0].len() * y[0].len()];
            for (r, s) in x.iter().zip(y) {
                for (i, u) in r.iter().enumerate() {
                    s.iter().enumerate().for_each(|(j, v)| g[i * s.len() + j] += u * v);
                }
            }
            g
        };
        let own = |x: &[Vec<f64>]| SelfSums {
            sum: (0..x[0].len()).map(|i| x.iter().map(|r| r[i]).sum()).collect(),
            gram: outer(x, x),
            fourth: 0.0,
            by_norm: Vec::new(),
        };
        let cross = CrossSums { gram: outer(a, b), norms: 0.0, a_by_b: Vec::new(), b_by_a: Vec::new() };
        (own(a), own(b), cross)
    }

    fn random_rows(count: usize, channels: usize) -> Vec<Vec<f64>> {
        let mut s = Stream::new(1, Purpose::Test, 0, 0);
        (0..count).map(|_| (0..channels).map(|_| f64::from(s.uniform_range(-1.0, 3.0))).collect()).collect()
    }

    #[test]
    fn an_affine_relation_is_recovered() {
        let a = random_rows(50, 3);
        let b: Vec<Vec<f64>> = a.iter().map(|r| vec![2.0 * r[0] - r[2] + 0.5, r[1] + 1.0]).collect();
        let (sa, sb, sab) = sums(&a, &b);
        let fit = fit(PairSums { rows: 50.0, a: &sa, b: &sb, cross: &sab }).unwrap();
        let expected = [2.0, 0.0, -1.0, 0.0, 1.0, 0.0];
        let found: Vec<f64> = fit.weights.weight.iter().map(|w| f64::from(*w)).collect();
        assert!(crate::tensor::Tolerance::Gradient.accepts(&found, &expected), "{found:?}");
        assert!((fit.weights.bias[0] - 0.5).abs() < 1e-5 && (fit.weights.bias[1] - 1.0).abs() < 1e-5);
        assert_eq!((fit.residual, fit.ridge, fit.dead_channels), (0.0, 0.0, 0));
    }

    #[test]
    fn a_network_is_stitched_to_itself_by_the_identity_even_with_a_dead_channel() {
        let mut a = random_rows(40, 4);
        a.iter_mut().for_each(|r| r[2] = 0.0);
        let (sa, sb, sab) = sums(&a, &a);
        let fit = fit(PairSums { rows: 40.0, a: &sa, b: &sb, cross: &sab }).unwrap();
        assert_eq!((fit.residual, fit.dead_channels), (0.0, 1));
        for (i, w) in fit.weights.weight.iter().enumerate() {
            let expected = if i % 5 == 0 && i != 10 { 1.0 } else { 0.0 };
            assert!((w - expected).abs() < 1e-6, "{i}: {w}");
        }
    }

    #[test]
    fn two_equal_channels_need_a_ridge_and_say_so() {
        let mut a = random_rows(40, 3);
        a.iter_mut().for_each(|r| r[1] = r[0]);
        let b: Vec<Vec<f64>> = a.iter().map(|r| vec![r[0] + r[2]]).collect();
        let (sa, sb, sab) = sums(&a, &b);
        let fit = fit(PairSums { rows: 40.0, a: &sa, b: &sb, cross: &sab }).unwrap();
        assert!(fit.ridge > 0.0 && fit.condition > WORST_CONDITION && fit.residual < 1e-5, "{fit:?}");
    }

    /// Of all maps that fit fewer rows than features, none is smaller in the features' deviations.
    #[test]
    fn a_dense_fit_of_few_rows_is_the_smallest() {
        let a = random_rows(4, 7);
        let made = [0.5, -1.0, 2.0, 0.0, 1.0, -0.5, 1.5];
        let b: Vec<Vec<f64>> = a.iter().map(|r| vec![r.iter().zip(made).map(|(x, w)| x * w).sum::<f64>()]).collect();
        let (sa, sb, sab) = sums(&a, &b);
        let found = fit_dense(PairSums { rows: 4.0, a: &sa, b: &sb, cross: &sab }).unwrap();
        assert!(found.residual < 1e-5 && found.ridge > 0.0, "{found:?}");
        let deviation = |i: usize| (sa.gram[i * 7 + i] - sa.sum[i] * sa.sum[i] / 4.0).sqrt();
        let size = |w: &dyn Fn(usize) -> f64| (0..7).map(|i| (w(i) * deviation(i)).powi(2)).sum::<f64>();
        let (own, other) = (size(&|i| f64::from(found.weights.weight[i])), size(&|i| made[i]));
        assert!(own < other && own > 0.0, "{own} {other}");
        let seen: f64 = a
            .iter()
            .zip(&b)
            .map(|(r, y)| {
                let mapped: f64 = r.iter().zip(&found.weights.weight).map(|(x, w)| x * f64::from(*w)).sum();
                (mapped + f64::from(found.weights.bias[0]) - y[0]).abs()
            })
            .sum();
        assert!(seen < 1e-4, "{seen}");
    }

    #[test]
    fn too_few_rows_are_refused() {
        let a = random_rows(3, 4);
        let (sa, sb, sab) = sums(&a, &a);
        let refused = fit(PairSums { rows: 3.0, a: &sa, b: &sb, cross: &sab });
        assert_eq!(refused, Err(DirectError::TooFewRows { channels: 4, rows: 3 }));
    }
}
