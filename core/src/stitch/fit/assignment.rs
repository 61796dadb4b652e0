//! Which channel of the front is which of the end's: correlations, and the best one-to-one assignment on them.
//!
//! The assignment is the Hungarian method in its O(n^2 m) form with potentials (Kuhn 1955, Munkres 1957), in f64; the crates that have
//! it take integer weights.

use serde::{Deserialize, Serialize};

use crate::similarity::PairSums;
use crate::stitch::{DirectError, Weights};

/// Correlation of every channel of the end's tap with every one of the front's; 0 where one of them never varies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlations {
    /// Channels of the end's tap.
    pub out: usize,
    /// Channels of the front's tap.
    pub input: usize,
    /// [out, in], row-major, each in [-1, 1].
    pub values: Vec<f64>,
}

impl Correlations {
    /// From the sums over the rows of both taps.
    ///
    /// # Errors
    /// [`DirectError::NotFinite`] when a sum is not a number.
    pub fn of(pair: PairSums<'_>) -> Result<Self, DirectError> {
        let (input, out, n) = (pair.a.sum.len(), pair.b.sum.len(), pair.rows);
        let variance = |sums: &crate::similarity::SelfSums, i: usize| {
            let raw = sums.gram[i * sums.sum.len() + i];
            let centred = raw - sums.sum[i] * sums.sum[i] / n;
            // What is left of a constant channel is rounding dust of its raw sum.
            if centred <= 1e-13 * raw { 0.0 } else { centred }
        };
        let cell = |o: usize, i: usize| {
            let across = pair.cross.gram[i * out + o] - pair.a.sum[i] * pair.b.sum[o] / n;
            let scale = (variance(pair.a, i) * variance(pair.b, o)).sqrt();
            if scale > 0.0 { (across / scale).clamp(-1.0, 1.0) } else { 0.0 }
        };
        let values: Vec<f64> =
            (0..out).flat_map(|o| (0..input).map(move |i| (o, i))).map(|(o, i)| cell(o, i)).collect();
        if values.iter().all(|v| v.is_finite()) && pair.cross.gram.iter().all(|v| v.is_finite()) {
            Ok(Self { out, input, values })
        } else {
            Err(DirectError::NotFinite)
        }
    }

    /// The assignment with the largest sum of correlations, as a stitch of zeros and ones without bias: each channel of the end takes
    /// another one of the front. Where the end has more channels, the rest take none.
    #[must_use]
    pub fn permutation(&self) -> Weights {
        let mut stitch = Weights::zeros(self.out, self.input);
        let costs: Vec<f64> = self.values.iter().map(|v| -v).collect();
        for (o, i) in assign(&costs, self.out, self.input) {
            stitch.weight[o * self.input + i] = 1.0;
        }
        stitch
    }

    /// Each channel of the end takes the front's that is most like it, whatever the others take (semi-match); with `signed` off the
    /// correlation's size counts. Zeros and ones, [out, in].
    #[must_use]
    pub fn nearest(&self, signed: bool) -> Vec<f32> {
        let mut mask = vec![0.0; self.values.len()];
        let key = |v: f64| if signed { v } else { v.abs() };
        for (row, values) in self.values.chunks(self.input.max(1)).enumerate() {
            let best =
                values.iter().enumerate().fold(0, |best, (i, v)| if key(*v) > key(values[best]) { i } else { best });
            mask[row * self.input + best] = 1.0;
        }
        mask
    }
}

/// The pairs (row, column) of the cheapest one-to-one assignment of `costs` [rows, columns], as many as the smaller side has, by row.
#[must_use]
pub(crate) fn assign(costs: &[f64], rows: usize, columns: usize) -> Vec<(usize, usize)> {
    if rows > columns {
        let turned: Vec<f64> =
            (0..columns).flat_map(|c| (0..rows).map(move |r| (r, c))).map(|(r, c)| costs[r * columns + c]).collect();
        let mut pairs: Vec<_> = assign(&turned, columns, rows).into_iter().map(|(c, r)| (r, c)).collect();
        pairs.sort_unstable();
        return pairs;
    }
    // Row and column 0 are outside; `taken[c]` is the row that holds column c.
    let (mut high, mut low) = (vec![0.0; rows + 1], vec![0.0; columns + 1]);
    let mut taken = vec![0usize; columns + 1];
    for row in 1..=rows {
        taken[0] = row;
        let way = augment(costs, columns, &mut high, &mut low, &taken);
        let mut column = way.0;
        while column != 0 {
            let before = way.1[column];
            taken[column] = taken[before];
            column = before;
        }
    }
    let mut pairs: Vec<_> = (1..=columns).filter(|c| taken[*c] > 0).map(|c| (taken[c] - 1, c - 1)).collect();
    pairs.sort_unstable();
    pairs
}

/// The cheapest way from the row at column 0 to a free column: that column, and each column's predecessor.
fn augment(costs: &[f64], columns: usize, high: &mut [f64], low: &mut [f64], taken: &[usize]) -> (usize, Vec<usize>) {
    let mut least = vec![f64::INFINITY; columns + 1];
    let mut before = vec![0usize; columns + 1];
    let mut seen = vec![false; columns + 1];
    let mut at = 0;
    loop {
        seen[at] = true;
        let row = taken[at];
        let (mut step, mut next) = (f64::INFINITY, 0);
        for column in (1..=columns).filter(|c| !seen[*c]) {
            let cost = costs[(row - 1) * columns + column - 1] - high[row] - low[column];
            if cost < least[column] {
                (least[column], before[column]) = (cost, at);
            }
            if least[column] < step {
                (step, next) = (least[column], column);
            }
        }
        for column in 0..=columns {
            if seen[column] {
                high[taken[column]] += step;
                low[column] -= step;
            } else {
                least[column] -= step;
            }
        }
        at = next;
        // Column 0 again means that no cost was a number.
        if at == 0 || taken[at] == 0 {
            return (at, before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    fn cheapest(costs: &[f64], rows: usize, columns: usize, from: usize, used: &mut Vec<bool>) -> f64 {
        if from == rows {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for column in 0..columns {
            if !used[column] {
                used[column] = true;
                best = best.min(costs[from * columns + column] + cheapest(costs, rows, columns, from + 1, used));
                used[column] = false;
            }
        }
        best
    }

    #[test]
    fn assignments_are_the_cheapest_of_all() {
        for (case, (rows, columns)) in [(1, 1), (4, 4), (6, 6), (3, 6), (5, 7)].into_iter().enumerate() {
            let mut stream = Stream::new(2, Purpose::Test, case as u64, 0);
            let costs: Vec<f64> = (0..rows * columns).map(|_| f64::from(stream.uniform_range(-1.0, 1.0))).collect();
            let pairs = assign(&costs, rows, columns);
            let total: f64 = pairs.iter().map(|(r, c)| costs[r * columns + c]).sum();
            let best = cheapest(&costs, rows, columns, 0, &mut vec![false; columns]);
            assert!((total - best).abs() < 1e-12, "{rows}x{columns}: {total} and {best}");
            let turned: Vec<f64> = (0..columns)
                .flat_map(|c| (0..rows).map(move |r| (r, c)))
                .map(|(r, c)| costs[r * columns + c])
                .collect();
            let back: Vec<_> = assign(&turned, columns, rows).into_iter().map(|(c, r)| (r, c)).collect();
            assert_eq!(back.len(), pairs.len());
            assert!(pairs.iter().all(|p| back.contains(p)));
        }
    }

    #[test]
    fn costs_that_are_no_numbers_end() {
        assert!(assign(&[f64::NAN; 4], 2, 2).len() <= 2);
    }
}
