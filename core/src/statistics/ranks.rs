//! Rank correlations, with ties.

/// Kendall's tau-b (Kendall 1945) of pairs of numbers in [-1, 1], by Knight's method (1966) in `O(n log n)`: with `n0 = n(n-1)/2` pairs, `n1`
/// tied in x, `n2` in y, `(concordant - discordant) / sqrt((n0 - n1)(n0 - n2))`. `None` where a side is all ties or there are fewer than
/// two pairs. Numbers must not be NaN; `x` and `y` count as far as both go.
#[must_use]
pub fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    let mut pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let tied_x: u64 = pairs.chunk_by(|a, b| a.0 == b.0).map(|run| two_of(run.len())).sum();
    let tied_both: u64 = pairs.chunk_by(|a, b| a == b).map(|run| two_of(run.len())).sum();
    let mut rest: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let mut room = rest.clone();
    let discordant = sorted(&mut rest, &mut room);
    let tied_y: u64 = rest.chunk_by(|a, b| a == b).map(|run| two_of(run.len())).sum();
    let all = two_of(pairs.len());
    // Counts of pairs: exact in f64 up to 2^53.
    let over = float(all) - float(tied_x) - float(tied_y) + float(tied_both) - 2.0 * float(discordant);
    let under = (float(all - tied_x) * float(all - tied_y)).sqrt();
    (under > 0.0).then(|| (over / under).clamp(-1.0, 1.0))
}

/// Spearman's rank correlation in [-1, 1]: Pearson's of the ranks, equals sharing their mean rank. `None` as of [`kendall`].
#[must_use]
pub(crate) fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    let count = x.len().min(y.len());
    let (x, y) = (ranks(x.get(..count)?), ranks(y.get(..count)?));
    let middle = (float(count as u64) + 1.0) / 2.0;
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(p, q)| (p - middle) * (q - middle)).sum::<f64>();
    let under = (sum(&x, &x) * sum(&y, &y)).sqrt();
    (under > 0.0).then(|| (sum(&x, &y) / under).clamp(-1.0, 1.0))
}

/// Ranks from 1, equals sharing their mean rank, in the order of `values`. Numbers must not be NaN.
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut found = vec![0.0; values.len()];
    let mut done = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let mean = float(done) + (float(equal.len() as u64) + 1.0) / 2.0;
        equal.iter().for_each(|at| found[*at] = mean);
        done += equal.len() as u64;
    }
    found
}

/// Sorts, and counts pairs that stood in the wrong order. `room` is as long.
fn sorted(values: &mut [f64], room: &mut [f64]) -> u64 {
    let half = values.len() / 2;
    if half == 0 {
        return 0;
    }
    let mut wrong = {
        let (left, right) = values.split_at_mut(half);
        let (room_left, room_right) = room.split_at_mut(half);
        sorted(left, room_left) + sorted(right, room_right)
    };
    let (mut i, mut j) = (0, half);
    for slot in room.iter_mut() {
        if j == values.len() || (i < half && values[i] <= values[j]) {
            *slot = values[i];
            i += 1;
        } else {
            *slot = values[j];
            j += 1;
            wrong += (half - i) as u64;
        }
    }
    values.copy_from_slice(room);
    wrong
}

/// Pairs among `count`.
const fn two_of(count: usize) -> u64 {
    let count = count as u64;
    count * count.saturating_sub(1) / 2
}

#[expect(clippy::cast_precision_loss, reason = "counts of pairs, exact to 2^53")]
const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn textbook_values() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 4.0, 3.0]);
        // Five concordant pairs, one discordant; rho = 1 - 6 * 2 / (4 * 15).
        assert!((kendall(&x, &y).unwrap() - 4.0 / 6.0).abs() < 1e-15);
        assert!((spearman(&x, &y).unwrap() - 0.8).abs() < 1e-15);
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 0.5]), [3.5, 2.0, 3.5, 1.0]);
        for nothing in [&[][..], &[1.0], &[2.0, 2.0, 2.0]] {
            assert_eq!(kendall(nothing, &[1.0, 2.0, 3.0][..nothing.len()]), None);
            assert_eq!(spearman(nothing, &[1.0, 2.0, 3.0][..nothing.len()]), None);
        }
    }

    proptest! {
        /// The definition, pair by pair, with many ties.
        #[test]
        fn kendall_is_its_definition(pairs in prop::collection::vec((0u8..6, 0u8..6), 0..40)) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().map(|(a, b)| (f64::from(*a), f64::from(*b))).unzip();
            let (mut over, mut of_x, mut of_y) = (0.0, 0.0, 0.0);
            for i in 0..x.len() {
                for j in 0..i {
                    let (a, b) = (sign(x[i] - x[j]), sign(y[i] - y[j]));
                    over += a * b;
                    of_x += a * a;
                    of_y += b * b;
                }
            }
            match kendall(&x, &y) {
                Some(tau) => prop_assert!((tau - over / f64::sqrt(of_x * of_y)).abs() < 1e-12),
                None => prop_assert!(of_x * of_y == 0.0),
            }
            prop_assert_eq!(kendall(&x, &y), kendall(&y, &x));
            if let Some(rho) = spearman(&x, &x) {
                prop_assert!((rho - 1.0).abs() < 1e-12 && (kendall(&x, &x).unwrap() - 1.0).abs() < 1e-12);
            }
        }
    }

    fn sign(value: f64) -> f64 {
        if value == 0.0 { 0.0 } else { value.signum() }
    }
}
