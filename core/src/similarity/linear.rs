//! Likeness of two signals up to linear maps, all from the streamed sums: no n x n matrix, no second pass.
//!
//! Rows are examples (image x position), X the front's centred rows, Y the end's, `Sxx = X^T X` and so on. With
//! `M = Sxx^-1/2 Sxy Syy^-1/2`, whose singular values are the canonical correlations `r_i` (directions that never vary left out):
//!
//! | | formula | 1 or 0 means |
//! |---|---|---|
//! | CCA | mean of `r_i` over the smaller rank (Raghu et al. 2017) | 1: one is a linear map of the other |
//! | CCA squared | mean of `r_i^2` (Kornblith et al. 2019) | as above |
//! | SVCCA | CCA of the leading directions that hold 99 % of each side's variance (Raghu et al. 2017) | as above |
//! | PWCCA | `sum a_i r_i / sum a_i`, `a_i = sum_j abs(<h_i, x_j>)` with the front's canonical variates `h_i` and channels `x_j` (Morcos et al. 2018) | as above |
//! | Procrustes | `2 - 2 ||Sxy||_* / (||X|| ||Y||)`, the squared distance after the best rotation, both sides scaled to norm 1 (Ding et al. 2021) | 0: equal up to rotation and scale |
//! | R2 | share of the end's variance that least squares from the front explains, `tr(Sxy^T Sxx^-1 Sxy) / tr Syy` | 1: direct matching is perfect |
//! | relative L2 | `||A - B|| / ||B||` of the rows as they are, where both have the same channels | 0: equal |

use faer::{Mat, Side};
use serde::{Deserialize, Serialize};

use super::gram::{PairSums, SelfSums};

/// Share of the variance that SVCCA keeps.
const KEPT: f64 = 0.99;
/// Directions with less than this share of the largest variance are rounding dust.
const DUST: f64 = 1e-12;

/// See the table above. NaN where a side does not vary at all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// Mean canonical correlation, in [0, 1].
    pub cca: f64,
    /// Mean squared canonical correlation, in [0, 1].
    pub cca_squared: f64,
    /// CCA of the leading directions, in [0, 1].
    pub svcca: f64,
    /// CCA weighted by what the front's channels project onto, in [0, 1].
    pub pwcca: f64,
    /// Squared orthogonal Procrustes distance of normalised signals, in [0, 2].
    pub procrustes: f64,
    /// Explained share of the end's variance, in [0, 1].
    pub r2: f64,
    /// Distance relative to the end's size; `None` for unequal channels.
    pub relative_l2: Option<f64>,
    /// Directions in which front and end vary.
    pub directions: [usize; 2],
    /// Of these, the leading ones that SVCCA keeps.
    pub leading: [usize; 2],
}

/// A decomposition that did not converge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the sums over the activations could not be decomposed; check the networks and the images for values that are not finite"
)]
pub struct LikenessError;

/// All measures of a pair of taps.
///
/// # Errors
/// [`LikenessError`] when a decomposition does not converge, as with values that are not finite.
pub fn likeness(pair: PairSums<'_>) -> Result<Likeness, LikenessError> {
    let cross = Mat::from_fn(pair.a.sum.len(), pair.b.sum.len(), |i, j| {
        pair.cross.gram[i * pair.b.sum.len() + j] - pair.a.sum[i] * pair.b.sum[j] / pair.rows
    });
    let (x, y) = (Axes::of(pair.a, pair.rows)?, Axes::of(pair.b, pair.rows)?);
    let all = canonical(&x, &y, &cross, 1.0)?;
    let leading = canonical(&x, &y, &cross, KEPT)?;
    let nuclear: f64 = cross.singular_values().map_err(|_| LikenessError)?.iter().sum();
    Ok(Likeness {
        cca: mean(&all.correlations),
        cca_squared: mean(&all.correlations.iter().map(|r| r * r).collect::<Vec<_>>()),
        svcca: mean(&leading.correlations),
        pwcca: projection_weighted(&x, &all),
        procrustes: at_least_zero(2.0 - 2.0 * nuclear / (x.variance * y.variance).sqrt()),
        r2: explained(&x, &cross) / y.variance,
        relative_l2: relative_l2(pair),
        directions: [x.values.len(), y.values.len()],
        leading: [x.leading(KEPT), y.leading(KEPT)],
    })
}

/// Rounding may leave a distance below zero; what is no number stays none.
fn at_least_zero(value: f64) -> f64 {
    if value < 0.0 { 0.0 } else { value }
}

/// Variance of one side in its own directions.
struct Axes {
    /// Eigenvectors [c, directions], the largest variance first, dust left out.
    vectors: Mat<f64>,
    /// Their eigenvalues.
    values: Vec<f64>,
    /// The trace.
    variance: f64,
}

impl Axes {
    fn of(sums: &SelfSums, rows: f64) -> Result<Self, LikenessError> {
        let count = sums.sum.len();
        let centred = Mat::from_fn(count, count, |i, j| sums.gram[i * count + j] - sums.sum[i] * sums.sum[j] / rows);
        let variance = (0..count).map(|i| centred[(i, i)]).sum();
        let eigen = centred.self_adjoint_eigen(Side::Lower).map_err(|_| LikenessError)?;
        let rising: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
        let largest = rising.last().copied().unwrap_or(0.0);
        let kept = rising.iter().filter(|v| **v > DUST * largest).count();
        let vectors = Mat::from_fn(count, kept, |i, k| eigen.U()[(i, count - 1 - k)]);
        let values = rising.iter().rev().take(kept).copied().collect();
        Ok(Self { vectors, values, variance })
    }

    /// Leading directions that together hold `share` of the variance.
    fn leading(&self, share: f64) -> usize {
        let total: f64 = self.values.iter().sum();
        let mut held = 0.0;
        let short = |value: &&f64| {
            let before = held;
            held += **value;
            before < share * total
        };
        if share >= 1.0 { self.values.len() } else { self.values.iter().take_while(short).count() }
    }
}

/// Canonical correlations and the front's canonical directions in its whitened coordinates [directions, pairs].
struct Canonical {
    correlations: Vec<f64>,
    turned: Mat<f64>,
}

fn canonical(x: &Axes, y: &Axes, cross: &Mat<f64>, share: f64) -> Result<Canonical, LikenessError> {
    let (p, q) = (x.leading(share), y.leading(share));
    let between = x.vectors.transpose() * cross * &y.vectors;
    let whitened = Mat::from_fn(p, q, |i, j| between[(i, j)] / (x.values[i] * y.values[j]).sqrt());
    let svd = whitened.thin_svd().map_err(|_| LikenessError)?;
    let correlations = svd.S().column_vector().iter().map(|r| r.clamp(0.0, 1.0)).collect();
    Ok(Canonical { correlations, turned: svd.U().to_owned() })
}

/// With `X = H L^1/2 V^T`, the variate of column u of `turned` is `H u`, and its products with the channels are `V L^1/2 u`.
fn projection_weighted(x: &Axes, canonical: &Canonical) -> f64 {
    let scaled = Mat::from_fn(x.values.len(), canonical.correlations.len(), |i, k| {
        x.values[i].sqrt() * canonical.turned[(i, k)]
    });
    let products = &x.vectors * scaled;
    let weight = |k: usize| (0..products.nrows()).map(|j| products[(j, k)].abs()).sum::<f64>();
    let (mut sum, mut total) = (0.0, 0.0);
    for (k, r) in canonical.correlations.iter().enumerate() {
        let weight = weight(k);
        sum += weight * r;
        total += weight;
    }
    sum / total
}

/// `tr(Sxy^T Sxx^-1 Sxy)`.
fn explained(x: &Axes, cross: &Mat<f64>) -> f64 {
    let turned = x.vectors.transpose() * cross;
    let row = |i: usize| (0..turned.ncols()).map(|j| turned[(i, j)].powi(2)).sum::<f64>() / x.values[i];
    (0..turned.nrows()).map(row).sum()
}

fn relative_l2(pair: PairSums<'_>) -> Option<f64> {
    let count = pair.a.sum.len();
    if count != pair.b.sum.len() {
        return None;
    }
    let trace = |gram: &[f64]| gram.iter().step_by(count + 1).sum::<f64>();
    let (a, b, across) = (trace(&pair.a.gram), trace(&pair.b.gram), trace(&pair.cross.gram));
    Some((at_least_zero(a + b - 2.0 * across) / b).sqrt())
}

#[expect(clippy::cast_precision_loss, reason = "a count of channels")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
