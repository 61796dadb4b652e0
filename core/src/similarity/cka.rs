//! Linear CKA from streamed sums (Kornblith et al. 2019; unbiased HSIC of Song et al. 2012, as used by Nguyen et al. 2021).
//!
//! With centred rows `A`, `B`: `CKA = |A^T B|_F^2 / (|A^T A|_F |B^T B|_F)`. The unbiased estimate replaces each HSIC by
//! `(tr(K L) + 1'K1 1'L1 / ((n-1)(n-2)) - 2/(n-2) 1'K L 1) / (n (n-3))` with the diagonals of `K`, `L` set to zero; for linear kernels
//! every term comes from sums over rows, so no n x n matrix is ever made.

use serde::{Deserialize, Serialize};

use super::gram::{CrossSums, PairSums, SelfSums};

/// Both estimates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cka {
    /// The usual one, in [0, 1]; grows with channels when rows are few.
    pub biased: f64,
    /// Unbiased HSIC in numerator and denominator; may be slightly negative.
    pub unbiased: f64,
}

/// CKA of a pair of taps. NaN when a tap does not vary at all.
#[must_use]
pub fn cka(pair: PairSums<'_>) -> Cka {
    let (own_a, own_b) = (own_cross(pair.a), own_cross(pair.b));
    let ratio = |hsic: fn(PairSums<'_>) -> f64| {
        let with_itself = |sums, cross| hsic(PairSums { rows: pair.rows, a: sums, b: sums, cross });
        hsic(pair) / (with_itself(pair.a, &own_a) * with_itself(pair.b, &own_b)).sqrt()
    };
    Cka { biased: ratio(centred_norm), unbiased: ratio(unbiased_hsic) }
}

/// The pair sums of a tap with itself.
fn own_cross(sums: &SelfSums) -> CrossSums {
    CrossSums {
        gram: sums.gram.clone(),
        norms: sums.fourth,
        a_by_b: sums.by_norm.clone(),
        b_by_a: sums.by_norm.clone(),
    }
}

/// `|A^T B|_F^2` of centred rows: `sum_ij (G_ij - sa_i sb_j / n)^2`.
fn centred_norm(pair: PairSums<'_>) -> f64 {
    let columns = pair.b.sum.len();
    let cell = |i: usize, j: usize| pair.cross.gram[i * columns + j] - pair.a.sum[i] * pair.b.sum[j] / pair.rows;
    (0..pair.a.sum.len()).flat_map(|i| (0..columns).map(move |j| (i, j))).map(|(i, j)| cell(i, j).powi(2)).sum()
}

/// Unbiased HSIC of linear kernels. With `k_i = |a_i|^2`, `l_i = |b_i|^2` on the removed diagonals:
/// `tr(KL) = |G|_F^2 - sum k l`, `1'K1 = |sa|^2 - sum k`, and
/// `1'KL1 = sa' G sb - sa' (sum a l) - sb' (sum b k) + sum k l`.
fn unbiased_hsic(pair: PairSums<'_>) -> f64 {
    let n = pair.rows;
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
    let trace = |sums: &SelfSums| sums.gram.iter().step_by(sums.sum.len() + 1).sum::<f64>();
    let frobenius = dot(&pair.cross.gram, &pair.cross.gram);
    let total = |sums: &SelfSums| dot(&sums.sum, &sums.sum) - trace(sums);
    let through: f64 = pair
        .cross
        .gram
        .chunks(pair.b.sum.len().max(1))
        .zip(&pair.a.sum)
        .map(|(row, s)| s * dot(row, &pair.b.sum))
        .sum();
    let mixed =
        through - dot(&pair.a.sum, &pair.cross.a_by_b) - dot(&pair.b.sum, &pair.cross.b_by_a) + pair.cross.norms;
    let product = frobenius - pair.cross.norms;
    (product + total(pair.a) * total(pair.b) / ((n - 1.0) * (n - 2.0)) - 2.0 * mixed / (n - 2.0)) / (n * (n - 3.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    fn rows(count: usize, channels: usize, index: u64) -> Vec<Vec<f64>> {
        let mut stream = Stream::new(3, Purpose::Test, index, 0);
        (0..count).map(|_| (0..channels).map(|_| f64::from(stream.uniform_range(-1.0, 2.0))).collect()).collect()
    }

    fn own(rows: &[Vec<f64>]) -> SelfSums {
        let c = rows[0].len();
        let mut s = SelfSums { sum: vec![0.0; c], gram: vec![0.0; c * c], fourth: 0.0, by_norm: vec![0.0; c] };
        for row in rows {
            let norm: f64 = row.iter().map(|x| x * x).sum();
            s.fourth += norm * norm;
            for i in 0..c {
                s.sum[i] += row[i];
                s.by_norm[i] += row[i] * norm;
                (0..c).for_each(|j| s.gram[i * c + j] += row[i] * row[j]);
            }
        }
        s
    }

    fn cross(a: &[Vec<f64>], b: &[Vec<f64>]) -> CrossSums {
        let (ca, cb) = (a[0].len(), b[0].len());
        let mut s = CrossSums { gram: vec![0.0; ca * cb], norms: 0.0, a_by_b: vec![0.0; ca], b_by_a: vec![0.0; cb] };
        for (x, y) in a.iter().zip(b) {
            let (nx, ny): (f64, f64) = (x.iter().map(|v| v * v).sum(), y.iter().map(|v| v * v).sum());
            s.norms += nx * ny;
            (0..ca).for_each(|i| s.a_by_b[i] += x[i] * ny);
            (0..cb).for_each(|j| s.b_by_a[j] += y[j] * nx);
            (0..ca).for_each(|i| (0..cb).for_each(|j| s.gram[i * cb + j] += x[i] * y[j]));
        }
        s
    }

    /// The definitions, with n x n kernel matrices.
    fn by_kernels(a: &[Vec<f64>], b: &[Vec<f64>]) -> (f64, f64) {
        let n = a.len();
        let kernel = |r: &[Vec<f64>]| -> Vec<Vec<f64>> {
            r.iter().map(|x| r.iter().map(|y| x.iter().zip(y).map(|(p, q)| p * q).sum()).collect()).collect()
        };
        let centre = |k: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
            let mean: Vec<f64> = k.iter().map(|r| r.iter().sum::<f64>() / n as f64).collect();
            let all = mean.iter().sum::<f64>() / n as f64;
            (0..n).map(|i| (0..n).map(|j| k[i][j] - mean[i] - mean[j] + all).collect()).collect()
        };
        let hollow = |mut k: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
            (0..n).for_each(|i| k[i][i] = 0.0);
            k
        };
        let inner = |k: &[Vec<f64>], l: &[Vec<f64>]| -> f64 {
            (0..n).map(|i| (0..n).map(|j| k[i][j] * l[i][j]).sum::<f64>()).sum()
        };
        let unbiased = |k: &[Vec<f64>], l: &[Vec<f64>]| -> f64 {
            let m = n as f64;
            let sums = |k: &[Vec<f64>]| -> Vec<f64> { k.iter().map(|r| r.iter().sum()).collect() };
            let (sk, sl) = (sums(k), sums(l));
            let (tk, tl): (f64, f64) = (sk.iter().sum(), sl.iter().sum());
            let mixed: f64 = sk.iter().zip(&sl).map(|(x, y)| x * y).sum();
            (inner(k, l) + tk * tl / ((m - 1.0) * (m - 2.0)) - 2.0 / (m - 2.0) * mixed) / (m * (m - 3.0))
        };
        let (k, l) = (centre(kernel(a)), centre(kernel(b)));
        let biased = inner(&k, &l) / (inner(&k, &k) * inner(&l, &l)).sqrt();
        let (k, l) = (hollow(kernel(a)), hollow(kernel(b)));
        (biased, unbiased(&k, &l) / (unbiased(&k, &k) * unbiased(&l, &l)).sqrt())
    }

    #[test]
    fn streamed_sums_give_the_definitions() {
        let (a, b) = (rows(40, 3, 0), rows(40, 5, 1));
        // Something in common, so that the value is not near zero.
        let b: Vec<Vec<f64>> = a
            .iter()
            .zip(b)
            .map(|(x, mut y)| {
                y[0] += 2.0 * x[1];
                y[3] -= x[0];
                y
            })
            .collect();
        let (sa, sb, sab) = (own(&a), own(&b), cross(&a, &b));
        let found = cka(PairSums { rows: 40.0, a: &sa, b: &sb, cross: &sab });
        let (biased, unbiased) = by_kernels(&a, &b);
        let close = crate::tensor::Tolerance::Double;
        assert!(close.accepts(&[found.biased, found.unbiased], &[biased, unbiased]), "{found:?} {biased} {unbiased}");
    }

    #[test]
    fn a_signal_is_fully_like_itself() {
        let a = rows(20, 4, 2);
        let (s, c) = (own(&a), cross(&a, &a));
        let found = cka(PairSums { rows: 20.0, a: &s, b: &s, cross: &c });
        assert!(crate::tensor::Tolerance::Double.accepts(&[found.biased, found.unbiased], &[1.0, 1.0]));
    }
}
