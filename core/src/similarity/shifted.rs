//! Sums of rows from the sums of the same rows with an origin taken away.
//!
//! The covariance of channels that vary little around a large mean is a small difference of large sums: in f32 nothing would be left of
//! it. So rows enter the sums less an origin near their mean, and what that took from each sum is put back here, in f64.

use super::gram::{CrossSums, SelfSums};

/// What was taken away from the rows of both sides, `[c]`; empty for nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift<'a> {
    pub rows: f64,
    pub a: &'a [f64],
    pub b: &'a [f64],
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

/// `G v` of a row-major matrix with as many columns as `v` has numbers.
fn times(matrix: &[f64], v: &[f64]) -> Vec<f64> {
    matrix.chunks(v.len().max(1)).map(|row| dot(row, v)).collect()
}

/// `G^T v`.
fn turned_times(matrix: &[f64], columns: usize, v: &[f64]) -> Vec<f64> {
    let mut all = vec![0.0; columns];
    for (row, scale) in matrix.chunks(columns.max(1)).zip(v) {
        all.iter_mut().zip(row).for_each(|(total, value)| *total += scale * value);
    }
    all
}

/// The trace: the sum of squared norms.
fn trace(sums: &SelfSums) -> f64 {
    sums.gram.iter().step_by(sums.sum.len() + 1).sum()
}

/// `sum (x + r)(y + q)^T` from `sum x y^T`.
fn product(gram: &[f64], (x, r): (&[f64], &[f64]), (y, q): (&[f64], &[f64]), rows: f64) -> Vec<f64> {
    let cell = |i: usize, j: usize| gram[i * y.len() + j] + x[i] * q[j] + r[i] * y[j] + rows * r[i] * q[j];
    (0..x.len()).flat_map(|i| (0..y.len()).map(move |j| (i, j))).map(|(i, j)| cell(i, j)).collect()
}

/// Sums of the rows as they are: their number, both sides' and the pair's. `norms` tells whether those of norms are there.
pub(super) fn shifted_back(
    shift: Shift<'_>,
    (a, b, cross): (SelfSums, SelfSums, CrossSums),
    norms: bool,
) -> (f64, SelfSums, SelfSums, CrossSums) {
    let n = shift.rows;
    if shift.a.len() != a.sum.len() || shift.b.len() != b.sum.len() {
        return (n, a, b, cross);
    }
    let (r, q) = (shift.a, shift.b);
    let back = CrossSums {
        gram: product(&cross.gram, (&a.sum, r), (&b.sum, q), n),
        norms: if norms { between(shift, (&a, &b), &cross) } else { 0.0 },
        a_by_b: if norms { by_other((&a, r), (&b, q), &cross.a_by_b, times(&cross.gram, q), n) } else { Vec::new() },
        b_by_a: if norms {
            by_other((&b, q), (&a, r), &cross.b_by_a, turned_times(&cross.gram, q.len(), r), n)
        } else {
            Vec::new()
        },
    };
    (n, own(&a, r, n, norms), own(&b, q, n, norms), back)
}

fn own(s: &SelfSums, r: &[f64], n: f64, norms: bool) -> SelfSums {
    let sum = s.sum.iter().zip(r).map(|(s, r)| s + n * r).collect();
    let gram = product(&s.gram, (&s.sum, r), (&s.sum, r), n);
    if !norms {
        return SelfSums { sum, gram, fourth: 0.0, by_norm: Vec::new() };
    }
    let turned = times(&s.gram, r);
    let (size, along, squares) = (dot(r, r), dot(r, &s.sum), trace(s));
    // (|s|^2 + 2 r.s + |r|^2)^2, term by term.
    let fourth = s.fourth
        + 4.0 * dot(r, &s.by_norm)
        + 4.0 * dot(r, &turned)
        + 2.0 * size * squares
        + 4.0 * size * along
        + n * size * size;
    SelfSums { sum, gram, fourth, by_norm: by_other((s, r), (s, r), &s.by_norm, turned, n) }
}

/// `sum (x + r) |y + q|^2` from `by = sum x |y|^2` and `turned = sum x y^T q`.
fn by_other(
    (x, r): (&SelfSums, &[f64]),
    (y, q): (&SelfSums, &[f64]),
    by: &[f64],
    turned: Vec<f64>,
    n: f64,
) -> Vec<f64> {
    let (size, along) = (dot(q, q), dot(q, &y.sum));
    let whole = trace(y) + 2.0 * along + n * size;
    let cell = |(i, turned): (usize, f64)| by[i] + 2.0 * turned + size * x.sum[i] + r[i] * whole;
    turned.into_iter().enumerate().map(cell).collect()
}

/// `sum |x + r|^2 |y + q|^2`.
fn between(shift: Shift<'_>, (a, b): (&SelfSums, &SelfSums), cross: &CrossSums) -> f64 {
    let (n, r, q) = (shift.rows, shift.a, shift.b);
    let (size_a, size_b) = (dot(r, r), dot(q, q));
    let (along_a, along_b) = (dot(r, &a.sum), dot(q, &b.sum));
    let (squares_a, squares_b) = (trace(a), trace(b));
    cross.norms
        + 2.0 * dot(q, &cross.b_by_a)
        + size_b * squares_a
        + 2.0 * dot(r, &cross.a_by_b)
        + 4.0 * dot(r, &times(&cross.gram, q))
        + 2.0 * size_b * along_a
        + size_a * squares_b
        + 2.0 * size_a * along_b
        + n * size_a * size_b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};
    use crate::tensor::Tolerance;

    type Rows = Vec<Vec<f64>>;

    fn rows(channels: usize, index: u64) -> Rows {
        let mut stream = Stream::new(5, Purpose::Test, index, 0);
        (0..30).map(|_| (0..channels).map(|_| f64::from(stream.uniform_range(-1.0, 2.0))).collect()).collect()
    }

    fn norm(row: &[f64]) -> f64 {
        dot(row, row)
    }

    fn gram(x: &Rows, y: &Rows) -> Vec<f64> {
        let cell = |i: usize, j: usize| x.iter().zip(y).map(|(r, s)| r[i] * s[j]).sum();
        (0..x[0].len()).flat_map(|i| (0..y[0].len()).map(move |j| (i, j))).map(|(i, j)| cell(i, j)).collect()
    }

    fn by(x: &Rows, y: &Rows) -> Vec<f64> {
        (0..x[0].len()).map(|i| x.iter().zip(y).map(|(r, s)| r[i] * norm(s)).sum()).collect()
    }

    fn sums(a: &Rows, b: &Rows) -> (SelfSums, SelfSums, CrossSums) {
        let own = |x: &Rows| SelfSums {
            sum: (0..x[0].len()).map(|i| x.iter().map(|r| r[i]).sum()).collect(),
            gram: gram(x, x),
            fourth: x.iter().map(|r| norm(r).powi(2)).sum(),
            by_norm: by(x, x),
        };
        let norms = a.iter().zip(b).map(|(x, y)| norm(x) * norm(y)).sum();
        (own(a), own(b), CrossSums { gram: gram(a, b), norms, a_by_b: by(a, b), b_by_a: by(b, a) })
    }

    #[test]
    fn what_was_taken_from_the_rows_is_put_back_into_every_sum() {
        let (a, b) = (rows(3, 0), rows(4, 1));
        let (r, q) = (vec![0.5, -7.0, 2.0], vec![1.0, 3.0, -0.25, 0.0]);
        let less = |rows: &Rows, by: &[f64]| -> Rows {
            rows.iter().map(|row| row.iter().zip(by).map(|(v, o)| v - o).collect()).collect()
        };
        let shift = Shift { rows: 30.0, a: &r, b: &q };
        let (_, fa, fb, fab) = shifted_back(shift, sums(&less(&a, &r), &less(&b, &q)), true);
        let (ea, eb, eab) = sums(&a, &b);
        for (what, found, expected) in [
            ("sum", &fa.sum, &ea.sum),
            ("gram", &fb.gram, &eb.gram),
            ("by norm", &fa.by_norm, &ea.by_norm),
            ("fourth", &vec![fa.fourth, fb.fourth], &vec![ea.fourth, eb.fourth]),
            ("cross", &fab.gram, &eab.gram),
            ("norms", &vec![fab.norms], &vec![eab.norms]),
            ("a by b", &fab.a_by_b, &eab.a_by_b),
            ("b by a", &fab.b_by_a, &eab.b_by_a),
        ] {
            assert!(Tolerance::Double.accepts(found, expected), "{what}: {found:?} {expected:?}");
        }
    }
}
