//! Convolutions and transposed convolutions of graphics cards: implicit products through workgroup memory, by phases of the output.
//!
//! A transposed convolution with stride s is s x s convolutions side by side: the output pixels whose row and column have the same
//! remainders (a phase) see the same cells of the kernel and no others. One launch computes all phases.

use stitchscope_shaders::conv::tiled::{self, Variant};

use super::super::plan::{Site, Spread};
use super::conv::{Job, params};
use super::shapes::{Tile, Wanted, cheapest};
use super::sizes::U32;
use crate::engine::EngineError;

/// Phases along an axis that the kernel takes: what is strided more is rare and goes another way.
pub(super) const MOST_PHASES: usize = 8;

/// The variants as `variants.txt` has them, and the share of the peak that docs/cards.md estimates for each.
const TILES: [Tile<Variant>; 7] = [
    Tile { variant: Variant::O64, rows: 64, columns: 128, inner: 16, speed: 83 },
    Tile { variant: Variant::O64Few, rows: 64, columns: 64, inner: 16, speed: 79 },
    Tile { variant: Variant::O32, rows: 32, columns: 128, inner: 16, speed: 78 },
    Tile { variant: Variant::O16, rows: 16, columns: 128, inner: 16, speed: 66 },
    Tile { variant: Variant::O64I4, rows: 64, columns: 128, inner: 4, speed: 62 },
    Tile { variant: Variant::O32I4, rows: 32, columns: 128, inner: 4, speed: 53 },
    Tile { variant: Variant::O16I4, rows: 16, columns: 128, inner: 4, speed: 37 },
];

/// One axis of the output by phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Axis {
    /// How many there are, and the output pixels from a pixel of a phase to the next.
    phases: usize,
    /// Cells of the kernel from a tap of a phase to the next.
    skip: usize,
    /// Input pixels from a pixel of a phase to the next.
    step: i64,
    /// Input pixels from a tap of a phase to the next.
    tap: i64,
    /// The first tap of each phase; the kernel's size where it has none.
    first: [usize; MOST_PHASES],
    /// The input pixel under each phase's first pixel and first tap.
    origin: [i64; MOST_PHASES],
}

impl Axis {
    fn plain(job: &Job, axis: usize) -> Self {
        let (mut first, mut origin) = ([0; MOST_PHASES], [0; MOST_PHASES]);
        (first[0], origin[0]) = (0, -signed(job.pads[axis]));
        let (step, tap) = (signed(job.strides[axis]), signed(job.dilations[axis]));
        Self { phases: 1, skip: 1, step, tap, first, origin }
    }

    /// Output pixel o meets tap k at the input pixel (o + pad - k * dilation) / stride where that is a whole number.
    fn transposed(job: &Job, axis: usize) -> Self {
        let (kernel, stride, dilation) = (job.kernel[axis], job.strides[axis], job.dilations[axis]);
        let shared = common_divisor(dilation, stride);
        let (mut first, mut origin) = ([kernel; MOST_PHASES], [0; MOST_PHASES]);
        for (phase, (first, origin)) in first.iter_mut().zip(&mut origin).enumerate().take(stride) {
            let from = |tap: usize| signed(phase + job.pads[axis]) - signed(tap * dilation);
            if let Some(tap) = (0..kernel).find(|tap| from(*tap).rem_euclid(signed(stride)) == 0) {
                (*first, *origin) = (tap, from(tap) / signed(stride));
            }
        }
        let tap = -signed(dilation / shared);
        Self { phases: stride, skip: stride / shared, step: 1, tap, first, origin }
    }

    fn firsts(&self, u: &U32<'_, '_, '_>) -> Result<[u32; MOST_PHASES], EngineError> {
        let mut all = [0; MOST_PHASES];
        for (place, first) in all.iter_mut().zip(self.first) {
            *place = u.of(first)?;
        }
        Ok(all)
    }

    fn origins(&self, u: &U32<'_, '_, '_>) -> Result<[i32; MOST_PHASES], EngineError> {
        let mut all = [0; MOST_PHASES];
        for (place, origin) in all.iter_mut().zip(self.origin) {
            *place = u.whole(origin)?;
        }
        Ok(all)
    }
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// Sizes are far below 2^63.
const fn signed(size: usize) -> i64 {
    size as i64
}

/// A convolution.
///
/// # Errors
/// [`EngineError`] naming the node, for sizes beyond 32 bits.
pub(super) fn plain(site: &mut Site<'_, '_>, job: &Job) -> Result<(), EngineError> {
    by_phases(site, job, [0, 1].map(|axis| Axis::plain(job, axis)), job.work())
}

/// A transposed convolution with strides of at most [`MOST_PHASES`].
///
/// # Errors
/// As [`plain`].
pub(super) fn transposed(site: &mut Site<'_, '_>, job: &Job) -> Result<(), EngineError> {
    let work = job.work() / (job.strides[0] * job.strides[1]).max(1);
    by_phases(site, job, [0, 1].map(|axis| Axis::transposed(job, axis)), work)
}

fn by_phases(site: &mut Site<'_, '_>, job: &Job, [down, across]: [Axis; 2], work: usize) -> Result<(), EngineError> {
    let bindings = tiled::Bindings { x: site.input(0)?, w: job.packing.kernel(site)?, bias: job.packing.bias(site)? };
    let (phase_rows, phase_columns) = (job.y[2].div_ceil(down.phases), job.y[3].div_ceil(across.phases));
    let pixels = job.y[0] * phase_rows * phase_columns;
    let copies = down.phases * across.phases * job.packing.groups;
    let wanted = Wanted { rows: job.packing.outputs, columns: pixels, inner: job.packing.inputs, copies };
    let tile = cheapest(&TILES, &wanted);
    let tiles_o = job.packing.outputs.div_ceil(tile.rows);
    let groups = pixels.div_ceil(tile.columns) * copies * tiles_o;
    let u = U32(site);
    let params = params!(tiled, u, job, [packed planes kernel], {
        groups_all: u.of(groups)?,
        tiles_o: u.of(tiles_o)?,
        pixels: u.of(pixels)?,
        phase_rows: u.of(phase_rows)?,
        phase_columns: u.of(phase_columns)?,
        phases_h: u.of(down.phases)?,
        phases_w: u.of(across.phases)?,
        skip_h: u.of(down.skip)?,
        skip_w: u.of(across.skip)?,
        step_h: u.whole(down.step)?,
        step_w: u.whole(across.step)?,
        tap_h: u.whole(down.tap)?,
        tap_w: u.whole(across.tap)?,
        first_h: down.firsts(&u)?,
        first_w: across.firsts(&u)?,
        origin_h: down.origins(&u)?,
        origin_w: across.origins(&u)?,
    });
    let launch = tiled::launch(tile.variant, tiled::Constants, params, bindings);
    site.finish(launch, Spread::Flat(groups), work as u64)
}

#[cfg(test)]
mod tests {
    use super::super::packing::Packing;
    use super::*;

    /// Every pair of an output pixel and a tap that meet is met once, at the right input pixel.
    #[test]
    fn phases_hold_what_meets_and_nothing_else() {
        for (kernel, stride, dilation, pad) in
            [(3, 2, 1, 1), (1, 2, 1, 0), (4, 3, 2, 2), (5, 4, 2, 0), (2, 2, 2, 1), (7, 2, 3, 3)]
        {
            let packing = Packing { groups: 1, outputs: 1, inputs: 1, taps: 1, transposed: true, tap_by_tap: true };
            let (x, y, pads) = ([1, 1, 9, 9], [1, 1, 20, 20], [pad; 2]);
            let job = Job { x, y, kernel: [kernel; 2], strides: [stride; 2], dilations: [dilation; 2], pads, packing };
            let axis = Axis::transposed(&job, 0);
            let mut found = Vec::new();
            for o in 0..20 {
                let (phase, place) = (o % stride, o / stride);
                for (turn, tap) in (axis.first[phase]..kernel).step_by(axis.skip).enumerate() {
                    found.push((o, tap, signed(place) + axis.origin[phase] + axis.tap * signed(turn)));
                }
            }
            let meets = |o: usize, tap: usize| {
                let from = signed(o + pad) - signed(tap * dilation);
                (from.rem_euclid(signed(stride)) == 0).then(|| (o, tap, from.div_euclid(signed(stride))))
            };
            let expected: Vec<_> = (0..20).flat_map(|o| (0..kernel).filter_map(move |tap| meets(o, tap))).collect();
            assert_eq!(found, expected, "kernel {kernel}, stride {stride}, dilation {dilation}, pad {pad}");
        }
    }
}
