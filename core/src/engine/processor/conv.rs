//! Convolution in f32 without patches: the kernel reads the image itself, copied once with its border.
//!
//! Rows of the copy are kept by phase (column modulo stride), so that eight neighbouring results read eight neighbouring cells
//! whatever the stride. What every kernel cell adds to a position is then one offset, and stride, dilation, border and groups are
//! gone before the loop begins.

use super::tile::{LANES, Packed, Sums, packed, scattered};
use crate::ops::OpError;
use crate::ops::conv::Conv;
use crate::tensor::Tensor;

/// Convolutions whose rows fill tiles less than this many quarters take columns from several rows into a tile.
const QUARTERS: usize = 3;

/// A group's channels of one image with their border, and where a kernel looks at them.
struct Field {
    /// Channels, rows and columns of the image.
    image: [usize; 3],
    /// Rows of the copy, phases of a row, cells of a phase.
    rows: usize,
    phases: usize,
    phase: usize,
    /// Border at the top and left.
    before: [usize; 2],
    /// Steps of the window down.
    down: usize,
    /// What each kernel cell adds to a position: [channels, kernel rows, kernel columns].
    offsets: Vec<usize>,
    cells: Vec<f32>,
}

impl Field {
    fn new(op: &Conv, image: [usize; 3], kernel: [usize; 2], count: [usize; 2]) -> Self {
        let reach = [(kernel[0] - 1) * op.dilations[0], (kernel[1] - 1) * op.dilations[1]];
        let rows = (count[0] - 1) * op.strides[0] + reach[0] + 1;
        let phases = op.strides[1];
        let phase = count[1] + reach[1] / phases;
        let plane = rows * phases * phase;
        let mut offsets = Vec::with_capacity(image[0] * kernel[0] * kernel[1]);
        for channel in 0..image[0] {
            for (row, column) in (0..kernel[0]).flat_map(|r| (0..kernel[1]).map(move |c| (r, c))) {
                let (row, column) = (row * op.dilations[0], column * op.dilations[1]);
                offsets.push(channel * plane + (row * phases + column % phases) * phase + column / phases);
            }
        }
        let cells = vec![0.0; image[0] * plane + LANES];
        Self { image, rows, phases, phase, before: [op.pads[0], op.pads[1]], down: op.strides[0], offsets, cells }
    }

    /// Copies a group's channels [channels, rows, columns]; the border stays zero.
    fn fill(&mut self, pixels: &[f32]) {
        let [_, height, width] = self.image;
        let (length, [top, left]) = (self.phases * self.phase, self.before);
        let planes = self.cells.chunks_exact_mut((self.rows * length).max(1));
        for (plane, pixels) in planes.zip(pixels.chunks_exact(height * width)) {
            let inside = plane.chunks_exact_mut(length).skip(top);
            for (row, pixels) in inside.zip(pixels.chunks_exact(width)) {
                if self.phases == 1 {
                    let room = row.len().saturating_sub(left).min(width);
                    let to = left.min(row.len());
                    row[to..to + room].copy_from_slice(&pixels[..room]);
                    continue;
                }
                for (column, pixel) in pixels.iter().enumerate() {
                    let column = column + left;
                    let (phase, cell) = (column % self.phases, column / self.phases);
                    if cell < self.phase {
                        row[phase * self.phase + cell] = *pixel;
                    }
                }
            }
        }
    }

    /// Where the window of a position begins.
    const fn position(&self, row: usize, column: usize) -> usize {
        row * self.down * self.phases * self.phase + column
    }

    /// The cells under eight positions, `from` on, counted over all rows, as a panel [cells, 8].
    fn gather(&self, from: usize, count: [usize; 2], panel: &mut [[f32; LANES]]) {
        let last = count[0] * count[1] - 1;
        let starts: [usize; LANES] = std::array::from_fn(|lane| {
            let at = (from + lane).min(last);
            self.position(at / count[1], at % count[1])
        });
        for (columns, offset) in panel.iter_mut().zip(&self.offsets) {
            for (cell, start) in columns.iter_mut().zip(starts) {
                *cell = self.cells.get(start + offset).copied().unwrap_or_default();
            }
        }
    }
}

/// `y` [images, outputs, rows', columns'] of the given shape from `x` [images, channels, rows, columns] and `w` [outputs,
/// channels / groups, kernel rows, kernel columns]; no size is 0.
pub fn conv(
    op: &Conv,
    x: &Tensor,
    w: &Tensor,
    bias: Option<&Tensor>,
    shape: &[usize],
) -> Result<Option<Tensor>, OpError> {
    let (&[_, channels, rows, columns], &[outputs, inner, down, across]) = (x.shape(), w.shape()) else {
        return Ok(None);
    };
    let &[_, _, high, wide] = shape else { return Ok(None) };
    if op.groups == 0 || inner * op.groups != channels || outputs % op.groups != 0 || shape[1] != outputs {
        return Ok(None);
    }
    let (Ok(x), Ok(w)) = (x.as_f32(), w.as_f32()) else { return Ok(None) };
    let bias = bias.and_then(|bias| bias.as_f32().ok());
    let (count, seen, per_group) = ([high, wide], inner * down * across, outputs / op.groups);
    let kernels: Vec<Packed> = w
        .chunks_exact(per_group * seen)
        .map(|w| Packed::new(per_group, seen, |output, cell| w[output * seen + cell]))
        .collect();
    let mut field = Field::new(op, [inner, rows, columns], [down, across], count);
    let mut y = vec![0.0; shape.iter().product()];
    let pieces = x.chunks_exact(inner * rows * columns).zip(y.chunks_exact_mut(per_group * high * wide));
    for ((pixels, y), group) in pieces.zip((0..op.groups).cycle()) {
        field.fill(pixels);
        let bias = bias.map(|bias| &bias[group * per_group..][..per_group]);
        let mut results = Results { y, places: high * wide, bias };
        if 4 * wide < QUARTERS * wide.next_multiple_of(LANES) && per_group > LANES {
            by_panels(&field, &kernels[group], count, &mut results);
        } else {
            by_rows(&field, &kernels[group], count, &mut results);
        }
    }
    Tensor::f32(shape, y).map(Some).map_err(|error| OpError::shape(error.to_string()))
}

/// A group's results of one image: [outputs, places].
struct Results<'a> {
    y: &'a mut [f32],
    places: usize,
    bias: Option<&'a [f32]>,
}

impl Results<'_> {
    /// Keeps the first `width` columns of `rows` rows.
    fn keep(&mut self, row: usize, rows: usize, place: usize, width: usize, sums: &Sums) {
        for (output, sums) in (row..row + rows).zip(sums) {
            let bias = self.bias.map_or(0.0, |bias| bias[output]);
            let results = &mut self.y[output * self.places + place..][..width];
            results.iter_mut().zip(sums).for_each(|(y, sum)| *y = sum + bias);
        }
    }
}

/// Eight neighbours of a row at a time.
fn by_rows(field: &Field, kernel: &Packed, count: [usize; 2], results: &mut Results<'_>) {
    for (output, outputs, weights) in kernel.blocks() {
        for row in 0..count[0] {
            for column in (0..count[1]).step_by(LANES) {
                let signal = field.cells.get(field.position(row, column)..).unwrap_or_default();
                let sums = scattered(weights, &field.offsets, signal);
                results.keep(output, outputs, row * count[1] + column, LANES.min(count[1] - column), &sums);
            }
        }
    }
}

/// Eight positions at a time, over the ends of rows.
fn by_panels(field: &Field, kernel: &Packed, count: [usize; 2], results: &mut Results<'_>) {
    let mut panel = vec![[0.0; LANES]; field.offsets.len()];
    let places = count[0] * count[1];
    for place in (0..places).step_by(LANES) {
        field.gather(place, count, &mut panel);
        for (output, outputs, weights) in kernel.blocks() {
            results.keep(output, outputs, place, LANES.min(places - place), &packed(weights, &panel));
        }
    }
}
