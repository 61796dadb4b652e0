//! The stitch's own gradient: weight and bias in one pass over upstream and activation.
//!
//! The sum over images and positions is split, so that few channels keep a whole device busy; the parts are added in a fixed order.

use stitchscope_shaders::stitch::{stitch_grad, stitch_grad_tiled, stitch_join};

use super::super::plan::{Site, Spread};
use super::shapes::{Tile, Wanted, cheapest_busy};
use super::sizes::{LONGEST_LOOP, U32};
use crate::engine::EngineError;
use crate::ops::stitch::channel_axis;

/// Rows and columns of the weight that one invocation of `stitch_grad` computes.
const TILE: usize = 16;
/// Invocations of a workgroup of `stitch_grad`.
const WORKGROUP: usize = 32;
/// Terms of a part, at least.
const PART: usize = 128;
/// Invocations, or workgroups for graphics cards, that keep any device busy.
const BUSY: usize = 512;

/// The tiles as `variants.txt` has them, and the share of the peak that docs/cards.md estimates for each.
const TILES: [Tile<stitch_grad_tiled::Variant>; 2] = [
    Tile { variant: stitch_grad_tiled::Variant::T64, rows: 64, columns: 64, inner: 8, speed: 57 },
    Tile { variant: stitch_grad_tiled::Variant::T32, rows: 32, columns: 32, inner: 16, speed: 42 },
];

/// Upstream [N, O, P] and activation [N, I, P], or with the channels last.
#[derive(Clone, Copy)]
struct Sizes {
    images: usize,
    positions: usize,
    outputs: usize,
    inputs: usize,
    /// Whether the channels are neighbours in memory.
    channels_last: bool,
}

impl Sizes {
    const fn terms(&self) -> usize {
        self.images * self.positions
    }

    /// Steps between images, channels and positions of a signal with so many channels.
    const fn steps(&self, channels: usize) -> [usize; 3] {
        let image = channels * self.positions;
        if self.channels_last { [image, 1, channels] } else { [image, self.positions, 1] }
    }

    /// Terms of a part and number of parts, for so many tiles.
    fn parts(&self, tiles: usize) -> (usize, usize) {
        let wanted = (BUSY / tiles.max(1)).clamp(1, self.terms().div_ceil(PART).max(1));
        let wanted = wanted.max(self.terms().div_ceil(LONGEST_LOOP));
        let chunk = self.terms().div_ceil(wanted).max(1);
        (chunk, self.terms().div_ceil(chunk).max(1))
    }
}

/// `dw` and `db` of a stitch.
pub(super) fn gradient(site: &mut Site<'_, '_>) -> Result<(), EngineError> {
    let (dy, x) = (site.shape(0), site.shape(1));
    let axis = channel_axis(x.len());
    let positions = x.iter().enumerate().filter(|(i, _)| *i != 0 && *i != axis).map(|(_, size)| size).product();
    let channels_last = axis + 1 == x.len();
    let sizes = Sizes { images: x[0], positions, outputs: dy[axis], inputs: x[axis], channels_last };
    let splits = if site.traits().on_processor { by_registers(site, sizes)? } else { by_tiles(site, sizes)? };
    join(site, sizes, splits)
}

/// The parts and where they lie.
#[derive(Clone, Copy)]
struct Parts {
    count: usize,
    tensor: super::super::plan::TensorId,
}

/// One launch of a kernel for the parts, which all take the same; `tile` is the outputs and inputs that one of them computes, `per` how
/// many of them make a workgroup.
macro_rules! parts {
    ($kernel:ident, $variant:expr, $site:ident, $sizes:ident, $tile:expr, $per:expr) => {{
        let (tiles_o, tiles_i) = ($sizes.outputs.div_ceil($tile[0]), $sizes.inputs.div_ceil($tile[1]));
        let (chunk, splits) = $sizes.parts(tiles_o * tiles_i);
        let parts = $site.scratch(splits * $sizes.outputs * ($sizes.inputs + 1));
        let bindings = $kernel::Bindings { dy: $site.input(0)?, x: $site.input(1)?, parts };
        let count = splits * tiles_o * tiles_i;
        let (up, signal) = ($sizes.steps($sizes.outputs), $sizes.steps($sizes.inputs));
        let u = U32($site);
        let params = $kernel::Params {
            count: u.of(count)?,
            tiles_o: u.of(tiles_o)?,
            tiles_i: u.of(tiles_i)?,
            chunk: u.of(chunk)?,
            terms: u.of($sizes.terms())?,
            positions: u.of($sizes.positions)?,
            outputs: u.of($sizes.outputs)?,
            inputs: u.of($sizes.inputs)?,
            dy_image: u.of(up[0])?,
            dy_channel: u.of(up[1])?,
            dy_position: u.of(up[2])?,
            x_image: u.of(signal[0])?,
            x_channel: u.of(signal[1])?,
            x_position: u.of(signal[2])?,
        };
        let launch = $kernel::launch($variant, $kernel::Constants, params, bindings);
        $site.launch(launch, Spread::Flat(count.div_ceil($per)), work(&$sizes))?;
        Ok(Parts { count: splits, tensor: parts })
    }};
}

fn by_registers(site: &mut Site<'_, '_>, sizes: Sizes) -> Result<Parts, EngineError> {
    parts!(stitch_grad, stitch_grad::Variant::Default, site, sizes, [TILE; 2], WORKGROUP)
}

fn by_tiles(site: &mut Site<'_, '_>, sizes: Sizes) -> Result<Parts, EngineError> {
    let wanted = Wanted { rows: sizes.outputs, columns: sizes.inputs, inner: sizes.terms(), copies: 1 };
    // The terms are split until a card is busy.
    let tile = cheapest_busy(&TILES, &wanted);
    parts!(stitch_grad_tiled, tile.variant, site, sizes, [tile.rows, tile.columns], 1)
}

fn join(site: &mut Site<'_, '_>, sizes: Sizes, parts: Parts) -> Result<(), EngineError> {
    let size = sizes.outputs * (sizes.inputs + 1);
    let bindings = stitch_join::Bindings { parts: parts.tensor, dw: site.output(0)?, db: site.output(1)? };
    let u = U32(site);
    let params = stitch_join::Params { size: u.of(size)?, inputs: u.of(sizes.inputs)?, splits: u.of(parts.count)? };
    let launch = stitch_join::launch(stitch_join::Variant::Default, stitch_join::Constants, params, bindings);
    site.launch(launch, Spread::Elements(size), (size * parts.count) as u64)
}

const fn work(sizes: &Sizes) -> u64 {
    (sizes.terms() * sizes.outputs * (sizes.inputs + 1)) as u64
}
