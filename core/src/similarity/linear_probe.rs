//! Linear classifiers on an image's mean activation, solved: least squares on one-hot labels, from streamed sums.
//!
//! With the images' mean activations p (mean `m`, covariance `V L V^T`) and one-hot labels y, the classifier of rank r is
//! `y = V_r L_r^-1 V_r^T cov(p, y)` on the leading r directions (principal component regression): the full one is the least-squares
//! solution, and a lower one sees the activation cut to a basis that is fixed once. Alain & Bengio 2016 train such probes on the
//! cross-entropy; solved ones need no learning rate, no epochs and no seed.

use faer::{Mat, Side};

use super::{LikenessError, TapSums};

/// Directions with less than this share of the largest variance are rounding dust.
const DUST: f64 = 1e-12;

/// A classifier: `weight` [classes, channels] and `bias` `[classes]`, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearProbe {
    /// [classes, channels].
    pub weight: Vec<f64>,
    /// `[classes]`.
    pub bias: Vec<f64>,
}

/// Classifiers at a tap with `images` images seen, of the given ranks; `None` stands for all directions.
///
/// # Errors
/// [`LikenessError`] when the sums are not finite.
pub(crate) fn linear_probes(
    sums: &TapSums,
    images: f64,
    labels: &[f64],
    ranks: &[Option<usize>],
) -> Result<Vec<LinearProbe>, LikenessError> {
    let (c, k) = (sums.pooled_sum.len(), labels.len());
    if !sums.pooled_gram.iter().chain(&sums.by_class).all(|v| v.is_finite()) || sums.by_class.len() != c * k {
        return Err(LikenessError);
    }
    let mean: Vec<f64> = sums.pooled_sum.iter().map(|s| s / images).collect();
    let covariance = Mat::from_fn(c, c, |i, j| sums.pooled_gram[i * c + j] - images * mean[i] * mean[j]);
    let cross = Mat::from_fn(c, k, |i, y| sums.by_class[i * k + y] - mean[i] * labels[y]);
    let eigen = covariance.self_adjoint_eigen(Side::Lower).map_err(|_| LikenessError)?;
    let values: Vec<f64> = eigen.S().column_vector().iter().rev().copied().collect();
    let largest = values.first().copied().unwrap_or(0.0);
    let live = values.iter().filter(|v| **v > DUST * largest && **v > 0.0).count();
    let fit = |rank: &Option<usize>| {
        let kept = rank.unwrap_or(live).min(live);
        let vectors = Mat::from_fn(c, kept, |i, r| eigen.U()[(i, c - 1 - r)]);
        let within = vectors.transpose() * &cross;
        let scaled = Mat::from_fn(kept, k, |r, y| within[(r, y)] / values[r]);
        let solved = &vectors * scaled;
        let weight = (0..k).flat_map(|y| (0..c).map(move |i| (i, y))).map(|(i, y)| solved[(i, y)]).collect();
        let carried = |y: usize| (0..c).map(|i| solved[(i, y)] * mean[i]).sum::<f64>();
        let bias = labels.iter().enumerate().map(|(y, count)| count / images - carried(y)).collect();
        LinearProbe { weight, bias }
    };
    Ok(ranks.iter().map(fit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};
    use crate::tensor::Tolerance;

    /// Two classes that a linear map of one channel tells apart exactly; the other channel has more variance and says nothing.
    #[test]
    fn a_linear_relation_is_found_and_a_low_rank_sees_only_the_largest_variance() {
        let mut s = Stream::new(4, Purpose::Test, 0, 0);
        let mut sums = TapSums {
            pooled_sum: vec![0.0; 2],
            pooled_gram: vec![0.0; 4],
            by_class: vec![0.0; 4],
            ..TapSums::default()
        };
        let mut labels = [0.0; 2];
        let rows: Vec<([f64; 2], usize)> = (0..100)
            .map(|i| {
                ([10.0 * f64::from(s.gaussian_f32()), if i % 3 == 0 { 2.0 } else { 1.0 }], usize::from(i % 3 == 0))
            })
            .collect();
        for (p, y) in &rows {
            labels[*y] += 1.0;
            for i in 0..2 {
                sums.pooled_sum[i] += p[i];
                sums.by_class[i * 2 + y] += p[i];
                (0..2).for_each(|j| sums.pooled_gram[i * 2 + j] += p[i] * p[j]);
            }
        }
        let probes = linear_probes(&sums, 100.0, &labels, &[None, Some(1), Some(9)]).unwrap();
        let out = |probe: &LinearProbe, p: &[f64; 2], y: usize| {
            probe.weight[y * 2] * p[0] + probe.weight[y * 2 + 1] * p[1] + probe.bias[y]
        };
        for (p, y) in &rows {
            let found = [out(&probes[0], p, 0), out(&probes[0], p, 1)];
            let expected = [f64::from(u8::from(*y == 0)), f64::from(u8::from(*y == 1))];
            assert!(Tolerance::Gradient.accepts(&found, &expected), "{found:?} {expected:?}");
        }
        assert_eq!(probes[0], probes[2], "a rank above the channels is all of them");
        let right =
            rows.iter().filter(|(p, y)| usize::from(out(&probes[1], p, 1) > out(&probes[1], p, 0)) == *y).count();
        assert!(right < 80, "the noisy channel alone cannot tell: {right}");
    }
}
