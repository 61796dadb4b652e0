//! Direct matching among maps of a kind: of low rank, orthogonal, or a permutation of channels.
//!
//! All from the same streamed sums as the free fit, all with the bias that is best for their weight, `mb - W ma`:
//!
//! - low rank (reduced-rank regression, Izenman 1975): with the free solution `W` and the leading eigenvectors `V` of the
//!   fitted values' covariance `W Sxx W^T`, the weight is `V V^T W`;
//! - orthogonal (Procrustes, Schönemann 1966): `Q P^T` from `P S Q^T = Sxy`;
//! - permutation: the assignment with the largest sum of correlations.

use faer::{Mat, Side};

use super::direct::{Centred, DirectError, DirectFit, fit};
use crate::similarity::PairSums;
use crate::stitch::{Correlations, Weights};

/// The kind of map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Constraint {
    /// Any.
    #[default]
    None,
    /// At most this rank.
    LowRank(usize),
    /// Rows or columns orthonormal, whichever are fewer.
    Orthogonal,
    /// One front channel for each of the end's.
    Permutation,
}

/// The least-squares stitch of a kind; a permutation is the one of largest correlation instead.
///
/// # Errors
/// [`DirectError`] when the data do not determine it.
pub(crate) fn fit_within(pair: PairSums<'_>, constraint: Constraint) -> Result<DirectFit, DirectError> {
    let free = fit(pair)?;
    let centred = Centred::of(pair)?;
    let (out, input) = (free.weights.out, free.weights.input);
    let weight = match constraint {
        Constraint::None => return Ok(free),
        Constraint::LowRank(rank) if rank >= out.min(input) => return Ok(free),
        Constraint::LowRank(rank) => reduced(&centred, &free.weights, rank)?,
        Constraint::Orthogonal => {
            let svd = centred.xy.thin_svd().map_err(|_| DirectError::Decomposition)?;
            svd.V() * svd.U().transpose()
        }
        Constraint::Permutation => matrix(&Correlations::of(pair)?.permutation()),
    };
    let residual = centred.residual(&weight);
    Ok(DirectFit { weights: centred.weights(&weight), residual, ..free })
}

pub(in crate::stitch) fn matrix(weights: &Weights) -> Mat<f64> {
    Mat::from_fn(weights.out, weights.input, |o, i| f64::from(weights.weight[o * weights.input + i]))
}

/// Reduced-rank regression.
fn reduced(centred: &Centred, free: &Weights, rank: usize) -> Result<Mat<f64>, DirectError> {
    let weight = matrix(free);
    let fitted = &weight * &centred.xx * weight.transpose();
    let eigen = fitted.self_adjoint_eigen(Side::Lower).map_err(|_| DirectError::Decomposition)?;
    // Eigenvalues rise.
    let vectors = eigen.U();
    let leading = Mat::from_fn(free.out, rank, |o, r| vectors[(o, free.out - 1 - r)]);
    let within = leading.transpose() * &weight;
    Ok(&leading * within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};
    use crate::similarity::{CrossSums, SelfSums};
    use crate::tensor::Tolerance;

    type Rows = Vec<Vec<f64>>;

    fn random(count: usize, channels: usize, index: u64) -> Rows {
        let mut s = Stream::new(5, Purpose::Test, index, 0);
        (0..count).map(|_| (0..channels).map(|_| f64::from(s.gaussian_f32())).collect()).collect()
    }

    fn within(a: &Rows, b: &Rows, constraint: Constraint) -> DirectFit {
        let gram = |x: &Rows, y: &Rows| -> Vec<f64> {
            let cell = |i: usize, j: usize| x.iter().zip(y).map(|(r, s)| r[i] * s[j]).sum();
            (0..x[0].len()).flat_map(|i| (0..y[0].len()).map(move |j| (i, j))).map(|(i, j)| cell(i, j)).collect()
        };
        let own = |x: &Rows| SelfSums {
            sum: (0..x[0].len()).map(|i| x.iter().map(|r| r[i]).sum()).collect(),
            gram: gram(x, x),
            fourth: 0.0,
            by_norm: Vec::new(),
        };
        let (sa, sb) = (own(a), own(b));
        let cross = CrossSums { gram: gram(a, b), norms: 0.0, a_by_b: Vec::new(), b_by_a: Vec::new() };
        fit_within(PairSums { rows: a.len() as f64, a: &sa, b: &sb, cross: &cross }, constraint).unwrap()
    }

    fn mapped(a: &Rows, weight: &[f64], out: usize) -> Rows {
        let row = |r: &Vec<f64>| (0..out).map(|o| (0..r.len()).map(|i| weight[o * r.len() + i] * r[i]).sum()).collect();
        a.iter().map(row).collect()
    }

    fn numbers(fit: &DirectFit) -> Vec<f64> {
        fit.weights.weight.iter().map(|w| f64::from(*w)).collect()
    }

    #[test]
    fn a_rotation_is_found_and_nothing_else_is_allowed() {
        let (c, s) = (0.6, 0.8);
        let turn = [c, -s, 0.0, s, c, 0.0, 0.0, 0.0, -1.0];
        let a = random(60, 3, 0);
        let mut b = mapped(&a, &turn, 3);
        b.iter_mut().for_each(|r| r[0] += 2.0);
        let fit = within(&a, &b, Constraint::Orthogonal);
        assert!(Tolerance::Gradient.accepts(&numbers(&fit), &turn), "{fit:?}");
        assert!(fit.residual < 1e-6 && (fit.weights.bias[0] - 2.0).abs() < 1e-5, "{fit:?}");
        let twice = mapped(&a, &turn.map(|v| 2.0 * v), 3);
        assert!(Tolerance::Gradient.accepts(&numbers(&within(&a, &twice, Constraint::Orthogonal)), &turn));
    }

    #[test]
    fn a_permutation_is_found_under_noise() {
        let a = random(60, 4, 1);
        let order = [2, 0, 3, 1];
        let noise = random(60, 4, 2);
        let b: Rows =
            a.iter().zip(&noise).map(|(r, n)| (0..4).map(|o| 3.0 * r[order[o]] + 0.3 * n[o]).collect()).collect();
        let found = within(&a, &b, Constraint::Permutation).weights;
        for (o, i) in order.into_iter().enumerate() {
            assert_eq!(found.weight[o * 4..(o + 1) * 4].iter().position(|w| *w == 1.0), Some(i));
        }
        assert_eq!(found.weight.iter().sum::<f32>(), 4.0);
    }

    /// Eckart & Young: the loss above the free fit's is the sum of the singular values squared that are left out.
    #[test]
    fn low_rank_maps_lose_what_the_theorem_says() {
        let (a, noise) = (random(80, 5, 3), random(80, 4, 4));
        let mut b = mapped(&a, &random(1, 20, 5)[0], 4);
        b.iter_mut().zip(&noise).for_each(|(r, n)| r.iter_mut().zip(n).for_each(|(v, e)| *v += 0.2 * e));
        let free = within(&a, &b, Constraint::None);
        let centred = |x: &Rows| -> Mat<f64> {
            let mean = |i: usize| x.iter().map(|r| r[i]).sum::<f64>() / x.len() as f64;
            Mat::from_fn(x.len(), x[0].len(), |r, i| x[r][i] - mean(i))
        };
        let (xs, ys) = (centred(&a), centred(&b));
        let fitted = &xs * matrix(&free.weights).transpose();
        let values: Vec<f64> = fitted.singular_values().unwrap();
        for rank in 1..=4 {
            let fit = within(&a, &b, Constraint::LowRank(rank));
            let lost: f64 = values.iter().skip(rank).map(|v| v * v).sum();
            let expected = (free.residual.powi(2) + lost / ys.squared_norm_l2()).sqrt();
            assert!(
                Tolerance::Gradient.accepts(&[fit.residual], &[expected]),
                "rank {rank}: {} {expected}",
                fit.residual
            );
        }
    }
}
