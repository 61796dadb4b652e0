//! An image as a convolution's loop reads it: what neighbouring results look at lies side by side.
//!
//! Every column of the kernel has a copy of its own, shifted, and thinned out by the stride; rows likewise by where they stand
//! between two steps. Then each kernel cell adds one offset to a result's place, results are counted through all rows, and stride,
//! dilation, border and the ends of rows are gone before the loop begins.

use crate::ops::conv::Conv;
use crate::platform::simd::{Simd, WithSimd, vectorized};

/// Where the cells of a group's channels of one image go.
#[derive(Debug)]
pub(super) struct Field {
    /// Channels, rows and columns of the image.
    image: [usize; 3],
    /// Columns of the results.
    wide: usize,
    /// Rows of a copy.
    rows: usize,
    /// Steps of the window down and across.
    strides: [usize; 2],
    /// Border at the top.
    top: usize,
    /// Distinct rows between two steps down.
    phases: Vec<usize>,
    /// Of every column of the kernel, which column of the image its first result sees: less than 0 in the border.
    shifts: Vec<isize>,
    /// What each kernel cell adds to a place: [channels, kernel rows, kernel columns].
    pub offsets: Vec<usize>,
}

impl Field {
    /// For an image [channels, rows, columns] and results of `count` rows and columns.
    pub(super) fn new(op: &Conv, image: [usize; 3], kernel: [usize; 2], count: [usize; 2]) -> Self {
        let down = op.strides[0];
        let mut phases: Vec<usize> = (0..kernel[0]).map(|row| row * op.dilations[0] % down).collect();
        phases.sort_unstable();
        phases.dedup();
        let rows = count[0] + (kernel[0] - 1) * op.dilations[0] / down;
        let plane = rows * count[1];
        let mut offsets = Vec::with_capacity(image[0] * kernel[0] * kernel[1]);
        for channel in 0..image[0] {
            for (row, column) in (0..kernel[0]).flat_map(|r| (0..kernel[1]).map(move |c| (r, c))) {
                let row = row * op.dilations[0];
                let phase = phases.iter().position(|phase| *phase == row % down).unwrap_or_default();
                let copy = (channel * phases.len() + phase) * kernel[1] + column;
                offsets.push(copy * plane + row / down * count[1]);
            }
        }
        let shift = |column: usize| (column * op.dilations[1]).cast_signed() - op.pads[1].cast_signed();
        let shifts = (0..kernel[1]).map(shift).collect();
        Self { image, wide: count[1], rows, strides: op.strides, top: op.pads[0], phases, shifts, offsets }
    }

    /// Whether the image itself is what the loop reads.
    pub(super) fn is_plain(&self) -> bool {
        let [_, height, width] = self.image;
        self.strides == [1, 1] && self.top == 0 && self.shifts == [0] && (self.rows, self.wide) == (height, width)
    }

    /// Cells of all copies.
    pub(super) fn len(&self) -> usize {
        self.image[0] * self.phases.len() * self.shifts.len() * self.rows * self.wide
    }

    /// Copies a group's channels [channels, rows, columns] into as many cells as [`Field::len`] says.
    pub(super) fn fill(&self, pixels: &[f32], cells: &mut [f32]) {
        vectorized(Fill { field: self, pixels, cells });
    }

    /// One copy, row by row.
    #[inline(always)]
    fn copy(&self, phase: usize, shift: isize, pixels: &[f32], plane: &mut [f32]) {
        let ([_, height, width], [down, across]) = (self.image, self.strides);
        // The results that see the image: those from `left` on, up to `right`.
        let left = if shift < 0 { shift.unsigned_abs().div_ceil(across).min(self.wide) } else { 0 };
        let right = width.checked_add_signed(-shift).unwrap_or(0).div_ceil(across).clamp(left, self.wide);
        let first = (left * across).checked_add_signed(shift).unwrap_or(0);
        let inside = |row: usize| (row * down + phase).checked_sub(self.top).filter(|row| *row < height);
        let seen: Option<(usize, usize)> = (0..self.rows)
            .filter_map(|row| Some((row, inside(row)?)))
            .next()
            .filter(|_| down == 1 && across == 1 && self.wide == width && left < right);
        if let Some((row, from)) = seen {
            self.shifted((row, from), shift, pixels, plane);
            return;
        }
        for (row, cells) in plane.chunks_exact_mut(self.wide).enumerate() {
            let Some(pixels) = inside(row).map(|row| &pixels[row * width..][..width]) else {
                cells.fill(0.0);
                continue;
            };
            cells[..left].fill(0.0);
            cells[right..].fill(0.0);
            let (cells, pixels) = (&mut cells[left..right], pixels.get(first..).unwrap_or_default());
            match across {
                1 => cells.iter_mut().zip(pixels).for_each(|(cell, pixel)| *cell = *pixel),
                2 => every_second(cells, pixels),
                _ => cells.iter_mut().zip(pixels.iter().step_by(across)).for_each(|(cell, pixel)| *cell = *pixel),
            }
        }
    }

    /// A copy of rows as long as the image's, all at once: row `row` is the image's row `from`. What a shift brings in from the
    /// neighbouring row becomes zero afterwards.
    #[inline(always)]
    fn shifted(&self, (row, from): (usize, usize), shift: isize, pixels: &[f32], plane: &mut [f32]) {
        let ([_, height, width], reach) = (self.image, shift.unsigned_abs().min(self.wide));
        let count = (height - from).min(self.rows - row);
        plane[..row * width].fill(0.0);
        plane[(row + count) * width..].fill(0.0);
        let (plane, pixels) = (&mut plane[row * width..][..count * width], &pixels[from * width..][..count * width]);
        if shift < 0 {
            plane[reach..].copy_from_slice(&pixels[..pixels.len() - reach]);
            plane.chunks_exact_mut(width).for_each(|row| row[..reach].fill(0.0));
        } else {
            let kept = plane.len() - reach;
            plane[..kept].copy_from_slice(&pixels[reach..]);
            plane.chunks_exact_mut(width).for_each(|row| row[width - reach..].fill(0.0));
        }
    }
}

/// Pixels 0, 2, 4 ...
#[inline(always)]
fn every_second(cells: &mut [f32], pixels: &[f32]) {
    let whole = pixels.len() / 2;
    cells.iter_mut().zip(pixels.chunks_exact(2)).for_each(|(cell, pair)| *cell = pair[0]);
    if let (Some(cell), Some(pixel)) = (cells.get_mut(whole), pixels.get(2 * whole)) {
        *cell = *pixel;
    }
}

struct Fill<'a> {
    field: &'a Field,
    pixels: &'a [f32],
    cells: &'a mut [f32],
}

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { field, pixels, cells } = self;
        let ([_, height, width], plane) = (field.image, field.rows * field.wide);
        let copies = field.phases.len() * field.shifts.len();
        let channels = cells.chunks_exact_mut((copies * plane).max(1)).zip(pixels.chunks_exact(height * width));
        for (cells, pixels) in channels {
            for (index, cells) in cells.chunks_exact_mut(plane).enumerate() {
                let (phase, column) = (index / field.shifts.len(), index % field.shifts.len());
                field.copy(field.phases[phase], field.shifts[column], pixels, cells);
            }
        }
    }
}
