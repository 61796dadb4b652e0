//! The right side of a matrix product as tiles read it: some columns at a time, row by row, so that a row of them is a few vectors.

use super::finish::Finish;
use super::packed::Packed;
use super::tile::{Results, Signal, multiply};
use crate::engine::processor::scratch::Scratch;

/// Columns of a panel: three vectors of sixteen lanes.
const WIDTH: usize = 48;
/// Rows of a matrix from which on a panel is read often enough to be made.
const FEW: usize = 16;

/// A matrix [inner, columns], as it lies in memory.
#[derive(Clone, Copy)]
pub(crate) enum Right<'a> {
    /// Row by row.
    Rows(&'a [f32]),
    /// Column by column.
    Columns(&'a [f32]),
    /// Packed beforehand.
    Panels(&'a Panels),
}

/// A matrix [inner, columns] in panels of [`WIDTH`] columns; the last one filled up.
pub(crate) struct Panels {
    inner: usize,
    cells: Vec<f32>,
}

impl Panels {
    /// Of a matrix that lies row by row.
    pub(crate) fn of_rows(cells: &[f32], columns: usize) -> Self {
        let inner = cells.len() / columns.max(1);
        let mut panels = vec![0.0; columns.div_ceil(WIDTH) * inner * WIDTH];
        for (index, panel) in panels.chunks_exact_mut((inner * WIDTH).max(1)).enumerate() {
            Right::Rows(cells).fill((inner, columns), index * WIDTH, panel);
        }
        Self { inner, cells: panels }
    }
}

impl Right<'_> {
    /// Brings the columns from `first` on into a panel [inner, WIDTH].
    fn fill(&self, (inner, columns): (usize, usize), first: usize, panel: &mut [f32]) {
        let width = WIDTH.min(columns - first);
        let rows = panel.chunks_exact_mut(WIDTH);
        match self {
            Self::Rows(cells) => {
                for (row, cells) in rows.zip(cells.chunks_exact(columns)) {
                    row[..width].copy_from_slice(&cells[first..first + width]);
                }
            }
            Self::Columns(cells) => {
                // Some rows at a time, so that what is written stays near.
                let columns: Vec<&[f32]> = cells.chunks_exact(inner).skip(first).take(width).collect();
                for (block, rows) in panel.chunks_mut(16 * WIDTH).enumerate() {
                    for (lane, column) in columns.iter().enumerate() {
                        let cells = rows.iter_mut().skip(lane).step_by(WIDTH);
                        cells.zip(&column[block * 16..]).for_each(|(cell, x)| *cell = *x);
                    }
                }
            }
            Self::Panels(panels) => {
                let from = first / WIDTH * inner * WIDTH;
                panel.copy_from_slice(&panels.cells[from..from + inner * WIDTH]);
            }
        }
    }
}

/// `matrix` [rows, inner] times `right` [inner, columns], in one rounding a product and sum where `FUSED`, into `cells` [rows, columns], finished so.
pub(crate) fn product<const FUSED: bool>(
    matrix: &Packed,
    right: Right<'_>,
    columns: usize,
    cells: &mut [f32],
    (finish, scratch): (&Finish<'_>, &mut Scratch),
) {
    let inner = matrix.inner();
    if let Right::Rows(signal) = right
        && matrix.rows() <= FEW
        && columns.is_multiple_of(16)
    {
        let offsets: Vec<usize> = (0..inner).map(|k| k * columns).collect();
        let signal = Signal { cells: signal, offsets: &offsets, columns };
        multiply::<FUSED>(matrix, signal, Results { cells, stride: columns, finish: *finish });
        return;
    }
    let offsets: Vec<usize> = (0..inner).map(|k| k * WIDTH).collect();
    for (index, first) in (0..columns).step_by(WIDTH).enumerate() {
        let panel: &[f32] = if let Right::Panels(panels) = right {
            debug_assert_eq!(panels.inner, inner);
            &panels.cells[index * inner * WIDTH..][..inner * WIDTH]
        } else {
            let panel = &mut scratch.field(inner * WIDTH)[..inner * WIDTH];
            right.fill((inner, columns), first, panel);
            panel
        };
        let signal = Signal { cells: panel, offsets: &offsets, columns: WIDTH.min(columns - first) };
        let finish = finish.from(0, first);
        multiply::<FUSED>(matrix, signal, Results { cells: &mut cells[first..], stride: columns, finish });
    }
}
