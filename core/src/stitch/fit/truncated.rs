//! Direct matching that sees only the leading directions of the front: the rank sweep of AAAI 2025 (arXiv 2412.11299).
//!
//! The basis is fixed once: the leading eigenvectors `U_r` of the front's covariance on the training images. Cutting the activation,
//! `a_r = m + U_r U_r^T (a - m)`, and fitting least squares to the cut one give the same stitch, `W U_r U_r^T` with the free solution
//! `W`: principal component regression. (There the basis is taken anew from every batch.)

use faer::{Mat, Side};

use super::constrained::matrix;
use super::direct::{Centred, DirectError, fit};
use crate::similarity::PairSums;
use crate::stitch::Weights;

/// The stitches of direct matching on the front cut to each of `ranks`; a rank above the channels cuts nothing.
///
/// # Errors
/// [`DirectError`] when the data do not determine a stitch.
pub fn truncated(pair: PairSums<'_>, ranks: &[usize]) -> Result<Vec<Weights>, DirectError> {
    let (free, centred) = (fit(pair)?.weights, Centred::of(pair)?);
    let eigen = centred.xx.self_adjoint_eigen(Side::Lower).map_err(|_| DirectError::Decomposition)?;
    let (weight, channels) = (matrix(&free), free.input);
    let cut = |rank: &usize| {
        if *rank >= channels {
            return free.clone();
        }
        // Eigenvalues rise.
        let leading = Mat::from_fn(channels, *rank, |i, r| eigen.U()[(i, channels - 1 - r)]);
        let within = &weight * &leading;
        centred.weights(&(within * leading.transpose()))
    };
    Ok(ranks.iter().map(cut).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similarity::{CrossSums, SelfSums};
    use crate::tensor::Tolerance;

    /// Channels of variance 100, 4 and 1 that do not correlate, and an end that is twice each of them, plus one.
    #[test]
    fn the_leading_directions_stay_and_the_mean_too() {
        let signs = [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]];
        let rows: Vec<[f64; 3]> = (0..8).map(|i| signs[i % 4]).map(|[a, b, c]| [10.0 * a + 5.0, 2.0 * b, c]).collect();
        let ends: Vec<[f64; 3]> = rows.iter().map(|r| r.map(|v| 2.0 * v + 1.0)).collect();
        let gram = |x: &[[f64; 3]], y: &[[f64; 3]]| -> Vec<f64> {
            (0..9).map(|k| x.iter().zip(y).map(|(r, s)| r[k / 3] * s[k % 3]).sum()).collect()
        };
        let own = |x: &[[f64; 3]]| SelfSums {
            sum: (0..3).map(|i| x.iter().map(|r| r[i]).sum()).collect(),
            gram: gram(x, x),
            fourth: 0.0,
            by_norm: Vec::new(),
        };
        let (a, b) = (own(&rows), own(&ends));
        let cross = CrossSums { gram: gram(&rows, &ends), norms: 0.0, a_by_b: Vec::new(), b_by_a: Vec::new() };
        let found = truncated(PairSums { rows: 8.0, a: &a, b: &b, cross: &cross }, &[1, 2, 3, 7]).unwrap();
        for (stitch, kept) in found.iter().zip([1, 2, 3, 3]) {
            let weight: Vec<f64> = (0..9).map(|k| if k % 4 == 0 && k / 4 < kept { 2.0 } else { 0.0 }).collect();
            let numbers: Vec<f64> = stitch.weight.iter().map(|w| f64::from(*w)).collect();
            assert!(Tolerance::Gradient.accepts(&numbers, &weight), "{kept}: {numbers:?}");
            let bias: Vec<f64> = stitch.bias.iter().map(|w| f64::from(*w)).collect();
            assert!(Tolerance::Gradient.accepts(&bias, &[1.0, 1.0, 1.0]), "{kept}: {bias:?}");
        }
    }
}
