//! What is done to sums before they are kept, while they are still in registers.

use std::ops::Range;

use crate::platform::simd::Simd;

/// What becomes of sums before they are kept. Empty slices are left out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Finish<'a> {
    /// Added to every result of a row; one number a row.
    pub bias: &'a [f32],
    /// Added then; lies as the results do.
    pub residual: &'a [f32],
    /// Whether what is below zero becomes zero then.
    pub rectify: bool,
    /// What a rectifier gave, lying as the results do: where it is zero, results become zero last.
    pub mask: &'a [f32],
}

impl<'a> Finish<'a> {
    /// Of the rows `first ..` whose results begin at `at`.
    pub(crate) fn from(&self, first: usize, at: usize) -> Finish<'a> {
        Finish {
            bias: self.bias.get(first..).unwrap_or_default(),
            residual: self.residual.get(at..).unwrap_or_default(),
            rectify: self.rectify,
            mask: self.mask.get(at..).unwrap_or_default(),
        }
    }

    /// A vector of sums of a row, which is kept at `range`.
    #[inline(always)]
    pub(crate) fn of<S: Simd>(&self, simd: S, mut sum: S::f32s, row: usize, range: Range<usize>) -> S::f32s {
        if let Some(bias) = self.bias.get(row) {
            sum = simd.add_f32s(sum, simd.splat_f32s(*bias));
        }
        if !self.residual.is_empty() {
            sum = simd.add_f32s(sum, load(simd, &self.residual[range.clone()]));
        }
        if self.rectify {
            let zero = simd.splat_f32s(0.0);
            // Not the maximum, which would turn NaN into 0 and hide it.
            sum = simd.select_f32s(simd.less_than_f32s(sum, zero), zero, sum);
        }
        if !self.mask.is_empty() {
            let mask = load(simd, &self.mask[range.clone()]);
            let open = simd.less_than_f32s(simd.splat_f32s(0.0), mask);
            // Zero times what is not finite is not zero, and NaN stays NaN.
            sum = simd.select_f32s(open, sum, simd.mul_f32s(sum, mask));
        }
        sum
    }

    /// Finishes results [images, rows, columns] that lie there.
    #[inline(always)]
    pub(crate) fn apply<S: Simd>(&self, simd: S, cells: &mut [f32], rows: usize, columns: usize) {
        if self.bias.is_empty() && self.residual.is_empty() && !self.rectify && self.mask.is_empty() {
            return;
        }
        for (index, cells) in cells.chunks_exact_mut(columns).enumerate() {
            for from in (0..columns).step_by(S::F32_LANES) {
                let range = from..columns.min(from + S::F32_LANES);
                let at = index * columns;
                let cells = &mut cells[range.clone()];
                let sum = self.of(simd, load(simd, cells), index % rows, at + range.start..at + range.end);
                store(simd, cells, sum);
            }
        }
    }
}

/// A vector, or what is left of one.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, cells: &[f32]) -> S::f32s {
    S::as_simd_f32s(cells).0.first().copied().unwrap_or_else(|| simd.partial_load_f32s(cells))
}

/// Keeps a vector, or what is left of one.
#[inline(always)]
pub(crate) fn store<S: Simd>(simd: S, cells: &mut [f32], vector: S::f32s) {
    match S::as_mut_simd_f32s(cells).0.first_mut() {
        Some(whole) => *whole = vector,
        None => simd.partial_store_f32s(cells, vector),
    }
}
