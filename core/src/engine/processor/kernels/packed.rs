//! A matrix as a tile reads it.

use crate::platform::simd::lanes;

/// A matrix [rows, inner] in blocks of rows, each as `inner` columns of so many rows; the last block filled up with zeros.
pub(crate) struct Packed {
    rows: usize,
    inner: usize,
    /// Rows of a block.
    height: usize,
    cells: Vec<f32>,
}

/// Rows of a block: as many as the sums of three vectors each fit into the registers.
fn height() -> usize {
    if lanes() >= 16 { 8 } else { 4 }
}

impl Packed {
    /// The matrix with `at(row, column)`; `inner` is at least 1.
    pub(crate) fn new(rows: usize, inner: usize, at: impl Fn(usize, usize) -> f32) -> Self {
        let height = height();
        let mut cells = vec![0.0; rows.next_multiple_of(height) * inner];
        for (block, cells) in cells.chunks_exact_mut((height * inner).max(1)).enumerate() {
            for row in 0..height.min(rows - block * height) {
                let column = cells.iter_mut().skip(row).step_by(height);
                column.enumerate().for_each(|(k, cell)| *cell = at(block * height + row, k));
            }
        }
        Self { rows, inner, height, cells }
    }

    /// Of a matrix that lies row by row.
    pub(crate) fn of_rows(cells: &[f32], inner: usize) -> Self {
        Self::new(cells.len() / inner.max(1), inner, |row, k| cells[row * inner + k])
    }

    /// Of the transpose of a matrix [inner, rows] that lies row by row.
    pub(crate) fn of_columns(cells: &[f32], rows: usize) -> Self {
        Self::new(rows, cells.len() / rows.max(1), |row, k| cells[k * rows + row])
    }

    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) const fn inner(&self) -> usize {
        self.inner
    }

    /// Rows of a block.
    pub(crate) const fn height(&self) -> usize {
        self.height
    }

    /// Blocks: first row, how many rows count, and the block's columns.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (usize, usize, &[f32])> {
        let blocks = self.cells.chunks_exact((self.height * self.inner).max(1)).enumerate();
        blocks.map(|(block, cells)| (block * self.height, self.height.min(self.rows - block * self.height), cells))
    }
}
