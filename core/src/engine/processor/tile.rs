//! The one loop in which time is spent: four rows of weights times eight columns, the 32 sums in registers.
//!
//! `wide` spells the SIMD of SSE2, NEON and WebAssembly alike. To leave it to the compiler would not do: the page is built for its
//! size, and there loops stay what they are. Eight columns by four rows fill 8 of 16 registers of four lanes, which is what the
//! poorest of these have.

use wide::f32x8;

/// Rows of a tile.
pub const ROWS: usize = 4;
/// Columns of a tile.
pub const LANES: usize = 8;
/// Products that are added up before a sum is put aside: long sums lose fewer bits that way.
const BLOCK: usize = 512;

/// The sums of a tile.
pub type Sums = [[f32; LANES]; ROWS];

/// A matrix [rows, inner] in blocks of four rows, each as `inner` columns of four; the last block filled up with zeros.
pub struct Packed {
    rows: usize,
    inner: usize,
    cells: Vec<[f32; ROWS]>,
}

impl Packed {
    /// The matrix with `at(row, column)`; `inner` is at least 1.
    pub fn new(rows: usize, inner: usize, at: impl Fn(usize, usize) -> f32) -> Self {
        let mut cells = vec![[0.0; ROWS]; rows.div_ceil(ROWS) * inner];
        for (block, cells) in cells.chunks_exact_mut(inner.max(1)).enumerate() {
            for row in 0..ROWS.min(rows - block * ROWS) {
                cells.iter_mut().enumerate().for_each(|(k, cell)| cell[row] = at(block * ROWS + row, k));
            }
        }
        Self { rows, inner, cells }
    }

    /// Rows and their blocks: first row, how many count, and the block's columns.
    pub fn blocks(&self) -> impl Iterator<Item = (usize, usize, &[[f32; ROWS]])> {
        let blocks = self.cells.chunks_exact(self.inner.max(1)).enumerate();
        blocks.map(|(block, cells)| (block * ROWS, ROWS.min(self.rows - block * ROWS), cells))
    }
}

/// The sums of a tile while they are added to.
type Running = [f32x8; ROWS];

/// One column of weights times one row of eight. Row by row: what is a loop here might be one in the program.
#[inline(always)]
fn add([a, b, c, d]: Running, [p, q, r, s]: [f32; ROWS], columns: [f32; LANES]) -> Running {
    let x = f32x8::from(columns);
    [a + f32x8::splat(p) * x, b + f32x8::splat(q) * x, c + f32x8::splat(r) * x, d + f32x8::splat(s) * x]
}

#[inline(always)]
fn add_up([a, b, c, d]: Running, [p, q, r, s]: Running) -> Running {
    [a + p, b + q, c + r, d + s]
}

/// Weights times columns that lie packed: `panel[k]` is what `weights[k]` multiplies.
#[inline(never)]
pub fn packed(weights: &[[f32; ROWS]], panel: &[[f32; LANES]]) -> Sums {
    let mut total = [f32x8::ZERO; ROWS];
    for (weights, panel) in weights.chunks(BLOCK).zip(panel.chunks(BLOCK)) {
        let mut sums = [f32x8::ZERO; ROWS];
        for (weights, columns) in weights.iter().zip(panel) {
            sums = add(sums, *weights, *columns);
        }
        total = add_up(total, sums);
    }
    total.map(f32x8::to_array)
}

/// Weights times columns that lie in a signal: what `weights[k]` multiplies begins at `offsets[k]`.
#[inline(never)]
pub fn scattered(weights: &[[f32; ROWS]], offsets: &[usize], signal: &[f32]) -> Sums {
    let mut total = [f32x8::ZERO; ROWS];
    for (weights, offsets) in weights.chunks(BLOCK).zip(offsets.chunks(BLOCK)) {
        let mut sums = [f32x8::ZERO; ROWS];
        for (weights, offset) in weights.iter().zip(offsets) {
            // Always there: signals end with eight cells more than anybody looks at.
            let Some(columns) = signal.get(*offset..).and_then(<[f32]>::first_chunk) else { continue };
            sums = add(sums, *weights, *columns);
        }
        total = add_up(total, sums);
    }
    total.map(f32x8::to_array)
}

/// All of `matrix` [rows, inner] times [inner, columns]. `fill(first, width, panel)` brings columns `first .. first + width` into
/// the panel [inner, 8]; `take(row, first, sums)` gets `width` results of a row.
pub fn multiply(
    matrix: &Packed,
    columns: usize,
    mut fill: impl FnMut(usize, usize, &mut [[f32; LANES]]),
    mut take: impl FnMut(usize, usize, &[f32]),
) {
    let mut panel = vec![[0.0; LANES]; matrix.inner];
    for first in (0..columns).step_by(LANES) {
        let width = LANES.min(columns - first);
        fill(first, width, &mut panel);
        for (row, count, weights) in matrix.blocks() {
            let sums = packed(weights, &panel);
            for (index, sums) in sums.iter().enumerate().take(count) {
                take(row + index, first, &sums[..width]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sizes_multiply_as_the_definition_says() {
        let number = |row: usize, column: usize| f32::from(u8::try_from((row * 7 + column * 3) % 11).unwrap()) - 5.0;
        for (rows, inner, columns) in [(1, 1, 1), (5, 3, 9), (4, 1030, 8), (7, 2, 17)] {
            let matrix = Packed::new(rows, inner, number);
            let mut found = vec![0.0; rows * columns];
            multiply(
                &matrix,
                columns,
                |first, width, panel| {
                    for (k, lanes) in panel.iter_mut().enumerate() {
                        (0..width).for_each(|lane| lanes[lane] = number(k, first + lane));
                    }
                },
                |row, first, sums| found[row * columns + first..][..sums.len()].copy_from_slice(sums),
            );
            for (at, found) in found.iter().enumerate() {
                let (row, column) = (at / columns, at % columns);
                let expected: f32 = (0..inner).map(|k| number(row, k) * number(k, column)).sum();
                // Integers this small are summed exactly in any order.
                assert!(found == &expected, "{rows} {inner} {columns} at {row} {column}: {found}, {expected}");
            }
        }
    }
}
