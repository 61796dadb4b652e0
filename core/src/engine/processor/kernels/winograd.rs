//! Winograd's form of 3 x 3 convolutions, F(2 x 2, 3 x 3): 16 products where 36 are, for four results
//! (Lavin and Gray 2016, <https://arxiv.org/abs/1509.09308>).
//!
//! Images become tiles of 4 x 4 that overlap by two, `V = B^T d B`; kernels `U = G g G^T`, made once in f64; each of the 16 cells is a
//! matrix product over channels, `M = U V`; a tile's 2 x 2 results are `A^T M A`. `B` and `A` hold 0 and 1 alone, so that little is lost:
//! a test holds the error against f64 beside the direct sum's.

#[cfg(test)]
mod tests;

use super::finish::Finish;
use super::halves::Halves;
use super::packed::Packed;
use super::tile::packed_sums;
use crate::engine::processor::scratch::Scratch;
use crate::ops::conv::Conv;
use crate::platform::simd::{Simd, WithSimd, vectorized};

/// Cells of a tile.
const CELLS: usize = 16;
/// Vectors of tiles at a time.
const VECTORS: usize = 2;
/// Lanes of the widest vector.
const LANES: usize = 16;
/// Images whose tiles can be in work at the same time.
const SLOTS: usize = VECTORS + 1;
/// Rows between one cell's matrix and the next: matrices a power of two apart would compete for the same lines of the cache.
const APART: usize = 1;
/// Channels below which the way to tiles and back costs more than it saves.
const FEWEST: usize = 32;

/// A convolution in this form, for images of one size.
pub(crate) struct Winograd {
    halves: Halves,
    /// One for each cell of a tile: [outputs, channels].
    kernels: Vec<Packed>,
}

impl Winograd {
    /// For an image [channels, rows, columns] and kernels [outputs, channels, 3, 3]; `None` where this form does not apply or pay.
    pub(crate) fn new(op: &Conv, image: [usize; 3], w: &[f32], outputs: usize, kernel: [usize; 2]) -> Option<Self> {
        let same = op.strides == [1, 1] && op.dilations == [1, 1] && op.pads == [1; 4] && op.groups == 1;
        if !same || kernel != [3, 3] || image[0] < FEWEST || outputs < FEWEST {
            return None;
        }
        let tiles: Vec<[f64; CELLS]> = w.chunks_exact(9).map(transformed).collect();
        #[expect(clippy::cast_possible_truncation, reason = "weights are f32")]
        let at = |cell: usize| Packed::new(outputs, image[0], |o, k| tiles[o * image[0] + k][cell] as f32);
        Some(Self { halves: Halves::new(image)?, kernels: (0..CELLS).map(at).collect() })
    }

    /// `y` [images, outputs, rows, columns] of `x` [images, channels, rows, columns].
    pub(crate) fn run(&self, x: &[f32], y: &mut [f32], finish: &Finish<'_>, scratch: &mut Scratch) {
        let Some(kernel) = self.kernels.first() else { return };
        let block = CELLS * VECTORS * LANES;
        let sizes =
            [SLOTS * self.halves.len() + LANES, block * (kernel.inner() + APART), block * (kernel.rows() + APART)];
        let cells = scratch.field(sizes.iter().sum());
        let (field, rest) = cells.split_at_mut(sizes[0]);
        let (signal, sums) = rest.split_at_mut(sizes[1]);
        vectorized(Work { form: self, x, y, finish, field, signal, sums });
    }
}

/// `G g G^T` of a kernel [3, 3].
fn transformed(g: &[f32]) -> [f64; CELLS] {
    let half = |[a, b, c]: [f64; 3]| [a, (a + b + c) / 2.0, (a - b + c) / 2.0, c];
    let at = |row: usize, column: usize| g.get(row * 3 + column).copied().map_or(0.0, f64::from);
    let columns: [[f64; 4]; 3] = std::array::from_fn(|column| half([at(0, column), at(1, column), at(2, column)]));
    let rows: [[f64; 4]; 4] = std::array::from_fn(|row| half([columns[0][row], columns[1][row], columns[2][row]]));
    std::array::from_fn(|cell| rows[cell / 4][cell % 4])
}

struct Work<'a> {
    form: &'a Winograd,
    x: &'a [f32],
    y: &'a mut [f32],
    finish: &'a Finish<'a>,
    /// Images in halves.
    field: &'a mut [f32],
    /// [cells, channels, tiles]
    signal: &'a mut [f32],
    /// [cells, outputs, tiles]
    sums: &'a mut [f32],
}

impl WithSimd for Work<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let halves = &self.form.halves;
        let [high, wide] = halves.tiles;
        let Some(kernel) = self.form.kernels.first() else { return };
        let (inner, outputs, pixels) = (kernel.inner(), kernel.rows(), 4 * high * wide);
        let vectors = (high * wide).div_ceil(S::F32_LANES);
        let total = self.x.len() / (inner * pixels).max(1) * vectors;
        let (mut at, mut filled) = (0, 0);
        while at < total {
            let count = match total - at {
                1 => 1,
                _ => VECTORS,
            };
            while filled <= (at + count - 1) / vectors {
                let image = &self.x[filled * inner * pixels..][..inner * pixels];
                halves.fill(image, &mut self.field[filled % SLOTS * halves.len()..][..halves.len()]);
                filled += 1;
            }
            let width = count * S::F32_LANES;
            for vector in 0..count {
                self.enter(simd, (at + vector) / vectors, (at + vector) % vectors, (vector, width));
            }
            match count {
                1 => self.products::<S, 1>(simd),
                _ => self.products::<S, VECTORS>(simd),
            }
            for vector in 0..count {
                self.leave(simd, (at + vector) / vectors, (at + vector) % vectors, (vector, width));
            }
            at += count;
        }
        self.finish.apply(simd, self.y, outputs, pixels);
    }
}

impl Work<'_> {
    /// The matrix products of all cells, of `V` vectors of tiles.
    #[inline(always)]
    fn products<S: Simd, const V: usize>(&mut self, simd: S) {
        let Some(kernel) = self.form.kernels.first() else { return };
        let signal = S::as_simd_f32s(self.signal).0.as_chunks::<V>().0.chunks_exact(kernel.inner() + APART);
        let sums = S::as_mut_simd_f32s(self.sums).0.as_chunks_mut::<V>().0.chunks_exact_mut(kernel.rows() + APART);
        for ((weights, signal), sums) in self.form.kernels.iter().zip(signal).zip(sums) {
            for (first, count, cells) in weights.blocks() {
                let sums = &mut sums[first..first + count];
                if S::F32_LANES >= LANES && count > 4 {
                    let found = packed_sums::<S, 8, V>(simd, cells, weights.height(), signal);
                    sums.iter_mut().zip(found).for_each(|(sums, found)| *sums = found);
                } else {
                    let found = packed_sums::<S, 4, V>(simd, cells, weights.height(), signal);
                    sums.iter_mut().zip(found).for_each(|(sums, found)| *sums = found);
                }
            }
        }
    }

    /// A vector of an image's tiles: `B^T d B` of all channels.
    #[inline(always)]
    fn enter<S: Simd>(&mut self, simd: S, image: usize, vector: usize, (place, width): (usize, usize)) {
        let halves = &self.form.halves;
        let inner = self.form.kernels.first().map_or(0, Packed::inner);
        let field = &self.field[image % SLOTS * halves.len() + vector * S::F32_LANES..];
        // Where the columns of a tile's four rows begin.
        let offsets: [[usize; 4]; 4] = std::array::from_fn(|j| std::array::from_fn(|i| halves.offset(i, j)));
        for channel in 0..inner {
            let cells = &field[channel * halves.channel()..];
            let p = entered(simd, column::<S>(simd, cells, offsets[0]));
            let q = entered(simd, column::<S>(simd, cells, offsets[1]));
            let r = entered(simd, column::<S>(simd, cells, offsets[2]));
            let s = entered(simd, column::<S>(simd, cells, offsets[3]));
            let to = channel * width + place * S::F32_LANES;
            let (signal, step) = (&mut self.signal[to..], (inner + APART) * width);
            keep::<S>(signal, step, 0, entered(simd, [p[0], q[0], r[0], s[0]]));
            keep::<S>(signal, step, 4, entered(simd, [p[1], q[1], r[1], s[1]]));
            keep::<S>(signal, step, 8, entered(simd, [p[2], q[2], r[2], s[2]]));
            keep::<S>(signal, step, 12, entered(simd, [p[3], q[3], r[3], s[3]]));
        }
    }

    /// A vector of an image's tiles: `A^T m A` of all outputs.
    #[inline(always)]
    fn leave<S: Simd>(&mut self, simd: S, image: usize, vector: usize, (place, width): (usize, usize)) {
        let [high, wide] = self.form.halves.tiles;
        let outputs = self.form.kernels.first().map_or(0, Packed::rows);
        let (from, tiles) = (vector * S::F32_LANES, high * wide);
        let count = S::F32_LANES.min(tiles - from);
        let step = (outputs + APART) * width;
        let offsets: [[usize; 4]; 4] = std::array::from_fn(|j| std::array::from_fn(|i| (i * 4 + j) * step));
        for output in 0..outputs {
            let cells = &self.sums[output * width + place * S::F32_LANES..];
            let p = left(simd, column::<S>(simd, cells, offsets[0]));
            let q = left(simd, column::<S>(simd, cells, offsets[1]));
            let r = left(simd, column::<S>(simd, cells, offsets[2]));
            let s = left(simd, column::<S>(simd, cells, offsets[3]));
            let rows = [left(simd, [p[0], q[0], r[0], s[0]]), left(simd, [p[1], q[1], r[1], s[1]])];
            let plane = &mut self.y[(image * outputs + output) * 4 * tiles..][..4 * tiles];
            for (row, pair) in rows.into_iter().enumerate() {
                let pixels = woven::<S>(pair);
                let (mut tile, mut rest) = (from, &pixels[..2 * count]);
                while !rest.is_empty() {
                    let (y, x) = (tile / wide, tile % wide);
                    let (piece, after) = rest.split_at(rest.len().min(2 * (wide - x)));
                    copy(piece, &mut plane[(2 * y + row) * 2 * wide + 2 * x..]);
                    tile += piece.len() / 2;
                    rest = after;
                }
            }
        }
    }
}

/// `B^T` times a column, or a row times `B`.
#[inline(always)]
fn entered<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 4] {
    [simd.sub_f32s(a, c), simd.add_f32s(b, c), simd.sub_f32s(c, b), simd.sub_f32s(b, d)]
}

/// `A^T` times a column, or a row times `A`.
#[inline(always)]
fn left<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 2] {
    [simd.add_f32s(simd.add_f32s(a, b), c), simd.sub_f32s(simd.sub_f32s(b, c), d)]
}

/// Four vectors.
#[inline(always)]
fn column<S: Simd>(simd: S, cells: &[f32], [a, b, c, d]: [usize; 4]) -> [S::f32s; 4] {
    [first(simd, cells, a), first(simd, cells, b), first(simd, cells, c), first(simd, cells, d)]
}

/// The vector that begins at a place; cells reach at least that far.
#[inline(always)]
fn first<S: Simd>(simd: S, cells: &[f32], at: usize) -> S::f32s {
    let cells = cells.get(at..at + S::F32_LANES).unwrap_or_default();
    S::as_simd_f32s(cells).0.first().copied().unwrap_or_else(|| simd.splat_f32s(f32::NAN))
}

/// Four vectors for cells of a tile, from `cell` on.
#[inline(always)]
fn keep<S: Simd>(signal: &mut [f32], step: usize, cell: usize, values: [S::f32s; 4]) {
    for (index, value) in values.into_iter().enumerate() {
        let cells = signal.get_mut((cell + index) * step..).unwrap_or_default();
        if let Some(cells) = S::as_mut_simd_f32s(cells).0.first_mut() {
            *cells = value;
        }
    }
}

/// A lane of each in turn.
#[inline(always)]
fn woven<S: Simd>(pair: [S::f32s; 2]) -> [f32; 2 * LANES] {
    let cells: &[f32] = bytemuck::cast_slice(&pair);
    let (even, odd) = cells.split_at(S::F32_LANES);
    let mut pixels = [0.0; 2 * LANES];
    for ((pixels, even), odd) in pixels.chunks_exact_mut(2).zip(even).zip(odd) {
        (pixels[0], pixels[1]) = (*even, *odd);
    }
    pixels
}

/// Copies short pieces, whose usual lengths the compiler knows.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    #[inline(always)]
    fn whole<const N: usize>(from: &[f32], to: &mut [f32]) {
        if let (Some(from), Some(to)) = (from.first_chunk::<N>(), to.first_chunk_mut::<N>()) {
            *to = *from;
        }
    }
    match from.len() {
        32 => whole::<32>(from, to),
        16 => whole::<16>(from, to),
        8 => whole::<8>(from, to),
        length => to[..length].copy_from_slice(from),
    }
}
