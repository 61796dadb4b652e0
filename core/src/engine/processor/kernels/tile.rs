//! The one loop in which time is spent: some rows of weights times some vectors of columns, all their sums in registers.
//!
//! With 32 registers of sixteen lanes a tile is eight rows by three vectors, else four rows by three vectors: 12 sums, three vectors
//! of columns and a weight fill the 16 registers that the poorest processors have. Every sum is made in the same order whatever
//! the tile, so that a result does not depend on what is computed beside it.

use super::finish::{Finish, store};
use super::packed::Packed;
use crate::platform::simd::{Simd, WithSimd, multiply_add, vectorized};

/// Products that are added up before a sum is put aside: long sums lose fewer bits that way.
const BLOCK: usize = 512;
/// Columns by which a tile may reach beyond the last one: less than a vector.
const SLACK: usize = 16;

/// Where columns lie: what the weight `k` of a row multiplies begins at `offsets[k]`, one column behind the other.
#[derive(Clone, Copy)]
pub(super) struct Signal<'a> {
    pub cells: &'a [f32],
    pub offsets: &'a [usize],
    pub columns: usize,
}

/// Where results go: row `i` to `cells[i * stride ..]`.
pub(super) struct Results<'a> {
    pub cells: &'a mut [f32],
    pub stride: usize,
    pub finish: Finish<'a>,
}

/// All of `weights` times the columns of `signal`. Products are rounded before they are added unless `FUSED`: slower, but the same bits
/// on every kind of vectors.
pub(super) fn multiply<const FUSED: bool>(weights: &Packed, signal: Signal<'_>, results: Results<'_>) {
    let reach = signal.offsets.iter().max().map_or(0, |last| last + signal.columns.next_multiple_of(SLACK));
    if reach <= signal.cells.len() {
        vectorized(Job::<FUSED> { weights, signal, results });
        return;
    }
    // A last vector would reach beyond the end.
    let mut cells = signal.cells.to_vec();
    cells.resize(reach, 0.0);
    vectorized(Job::<FUSED> { weights, signal: Signal { cells: &cells, ..signal }, results });
}

/// Work that looks at nothing beyond its signal.
struct Job<'a, const FUSED: bool> {
    pub weights: &'a Packed,
    pub signal: Signal<'a>,
    pub results: Results<'a>,
}

impl<const FUSED: bool> WithSimd for Job<'_, FUSED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for (first, count, weights) in self.weights.blocks() {
            match count {
                1 => self.rows::<S, 1>(simd, first, count, weights),
                2 => self.rows::<S, 2>(simd, first, count, weights),
                3 | 4 if S::F32_LANES >= 16 => self.rows::<S, 4>(simd, first, count, weights),
                // Blocks are higher only where vectors are this wide.
                _ if S::F32_LANES >= 16 => self.rows::<S, 8>(simd, first, count, weights),
                _ => self.rows::<S, 4>(simd, first, count, weights),
            }
        }
    }
}

impl<const FUSED: bool> Job<'_, FUSED> {
    /// A block of rows, `count` of which are kept, tile by tile.
    #[inline(always)]
    fn rows<S: Simd, const R: usize>(&mut self, simd: S, first: usize, count: usize, weights: &[f32]) {
        let mut column = 0;
        while column < self.signal.columns {
            let vectors = match (self.signal.columns - column).div_ceil(S::F32_LANES) {
                1 => {
                    self.tile::<S, R, 1>(simd, (first, count), column, weights);
                    1
                }
                2 | 4 => {
                    self.tile::<S, R, 2>(simd, (first, count), column, weights);
                    2
                }
                _ => {
                    self.tile::<S, R, 3>(simd, (first, count), column, weights);
                    3
                }
            };
            column += vectors * S::F32_LANES;
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        (first, count): (usize, usize),
        column: usize,
        weights: &[f32],
    ) {
        let sums = sums::<S, R, V, FUSED>(simd, weights, self.weights.height(), self.signal, column);
        for (row, sums) in sums.iter().enumerate().take(count) {
            for (vector, sum) in sums.iter().enumerate() {
                let column = column + vector * S::F32_LANES;
                if column < self.signal.columns {
                    self.keep(simd, first + row, column, *sum);
                }
            }
        }
    }

    #[inline(always)]
    fn keep<S: Simd>(&mut self, simd: S, row: usize, column: usize, sum: S::f32s) {
        let Results { cells, stride, finish } = &mut self.results;
        let at = row * *stride + column;
        let range = at..at + S::F32_LANES.min(self.signal.columns - column);
        let sum = finish.of(simd, sum, row, range.clone());
        store(simd, &mut cells[range], sum);
    }
}

/// The sums of a tile: `R` rows of weights, in columns of `height`, times `V` vectors from `column` on.
#[inline(always)]
fn sums<S: Simd, const R: usize, const V: usize, const FUSED: bool>(
    simd: S,
    weights: &[f32],
    height: usize,
    signal: Signal<'_>,
    column: usize,
) -> [[S::f32s; V]; R] {
    let zero = [[simd.splat_f32s(0.0); V]; R];
    let mut total = zero;
    let blocks = weights.chunks(BLOCK * height).zip(signal.offsets.chunks(BLOCK));
    for (index, (weights, offsets)) in blocks.enumerate() {
        let mut sums = zero;
        for (weights, offset) in weights.chunks_exact(height).zip(offsets) {
            let from = offset + column;
            // Always there: `multiply` has looked.
            let Some(cells) = signal.cells.get(from..from + V * S::F32_LANES) else { continue };
            let (Some(x), Some(w)) = (S::as_simd_f32s(cells).0.first_chunk::<V>(), weights.first_chunk::<R>()) else {
                continue;
            };
            add_products::<S, R, V, FUSED>(simd, &mut sums, w, x);
        }
        add_up(simd, index, &mut total, sums);
    }
    total
}

/// As [`sums`] of columns that lie packed, `V` vectors of each row one behind the other.
#[inline(always)]
pub(super) fn packed_sums<S: Simd, const R: usize, const V: usize>(
    simd: S,
    weights: &[f32],
    height: usize,
    rows: &[[S::f32s; V]],
) -> [[S::f32s; V]; R] {
    let zero = [[simd.splat_f32s(0.0); V]; R];
    let mut total = zero;
    for (index, (weights, rows)) in weights.chunks(BLOCK * height).zip(rows.chunks(BLOCK)).enumerate() {
        let mut sums = zero;
        for (weights, x) in weights.chunks_exact(height).zip(rows) {
            if let Some(w) = weights.first_chunk::<R>() {
                add_products::<S, R, V, true>(simd, &mut sums, w, x);
            }
        }
        add_up(simd, index, &mut total, sums);
    }
    total
}

/// Adds the sums of a block to those before it.
#[inline(always)]
fn add_up<S: Simd, const R: usize, const V: usize>(
    simd: S,
    index: usize,
    total: &mut [[S::f32s; V]; R],
    sums: [[S::f32s; V]; R],
) {
    if index == 0 {
        *total = sums;
        return;
    }
    for (total, sums) in total.iter_mut().zip(sums) {
        total.iter_mut().zip(sums).for_each(|(total, sum)| *total = simd.add_f32s(*total, sum));
    }
}

/// One column of weights times `V` vectors. Spelled out: what is a loop here might be one in the program.
#[inline(always)]
fn add_products<S: Simd, const R: usize, const V: usize, const FUSED: bool>(
    simd: S,
    sums: &mut [[S::f32s; V]; R],
    w: &[f32; R],
    x: &[S::f32s; V],
) {
    macro_rules! row {
        ($($row:literal)*) => {
            $(if $row < R {
                let weight = simd.splat_f32s(w[$row]);
                sums[$row][0] = added::<S, FUSED>(simd, weight, x[0], sums[$row][0]);
                if 1 < V {
                    sums[$row][1] = added::<S, FUSED>(simd, weight, x[1], sums[$row][1]);
                }
                if 2 < V {
                    sums[$row][2] = added::<S, FUSED>(simd, weight, x[2], sums[$row][2]);
                }
            })*
        };
    }
    row!(0 1 2 3 4 5 6 7);
}

/// `a * b + c`.
#[inline(always)]
fn added<S: Simd, const FUSED: bool>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if FUSED { multiply_add(simd, a, b, c) } else { simd.add_f32s(simd.mul_f32s(a, b), c) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::simd::tried;

    fn number(row: usize, column: usize) -> f32 {
        f32::from(u8::try_from((row * 7 + column * 3) % 11).unwrap()) - 5.0
    }

    #[test]
    fn odd_sizes_multiply_as_the_definition_says() {
        tried::all(odd_sizes);
    }

    fn odd_sizes() {
        for (rows, inner, columns) in [(1, 1, 1), (5, 3, 9), (4, 1030, 8), (7, 2, 17), (19, 6, 100), (2, 600, 64)] {
            let weights = Packed::new(rows, inner, number);
            let cells: Vec<f32> = (0..inner * columns).map(|i| number(i / columns, i % columns)).collect();
            let offsets: Vec<usize> = (0..inner).map(|k| k * columns).collect();
            let mut found = vec![f32::NAN; rows * columns];
            let signal = Signal { cells: &cells, offsets: &offsets, columns };
            multiply::<true>(
                &weights,
                signal,
                Results { cells: &mut found, stride: columns, finish: Finish::default() },
            );
            for (at, found) in found.iter().enumerate() {
                let (row, column) = (at / columns, at % columns);
                let expected: f32 = (0..inner).map(|k| number(row, k) * number(k, column)).sum();
                // Integers this small are summed exactly in any order.
                assert!(found == &expected, "{rows} {inner} {columns} at {row} {column}: {found}, {expected}");
            }
        }
    }

    #[test]
    fn sums_are_finished_in_order_and_what_is_not_a_number_stays_none() {
        tried::all(finished);
    }

    fn finished() {
        let weights = Packed::new(1, 1, |_, _| 1.0);
        let cells = [-3.0, 2.0, f32::NAN, 5.0, 7.0];
        let (residual, mask) = ([0.5; 5], [1.0, 1.0, 1.0, 0.0, f32::NAN]);
        let finish = Finish { bias: &[1.0], residual: &residual, rectify: true, mask: &mask };
        let mut found = [9.0; 5];
        let signal = Signal { cells: &cells, offsets: &[0], columns: 5 };
        multiply::<true>(&weights, signal, Results { cells: &mut found, stride: 5, finish });
        assert_eq!([found[0], found[1], found[3]], [0.0, 3.5, 0.0]);
        assert!(found[2].is_nan() && found[4].is_nan());
    }
}
