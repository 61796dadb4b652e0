//! Matrix products; the stitch over rows (features, tokens) is one.
//!
//! Long sums over few results (Gram matrices) are split: every part is summed by itself, then the parts in a fixed order, which keeps
//! the device busy and the rounding small.

use stitchscope_shaders::matmul::{direct, join, quads, tiled};

use super::super::plan::{Site, Spread, TensorId};
use super::shapes::{Tile, Wanted, cheapest};
use super::sizes::{LONGEST_LOOP, U32};
use crate::engine::EngineError;

/// Rows and columns of results that one invocation of `direct` computes.
const TILE: [usize; 2] = [8, 16];
/// Invocations of a workgroup of `direct`.
const WORKGROUP: usize = 32;
/// Sums at least this long are split where there are few results.
const LONG: usize = 1024;
/// Terms of a part.
const PART: usize = 256;
/// So many workgroups keep any device busy.
const BUSY: usize = 512;

/// One side of a product: steps between matrices, along the side's own axis and along the shared one.
#[derive(Clone, Copy)]
struct Side {
    batch: usize,
    own: usize,
    inner: usize,
}

/// Sizes of a product.
#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    rows: usize,
    inner: usize,
    columns: usize,
    splits: usize,
}

impl Sizes {
    /// Terms of a part: fours, where operands are read four at a time.
    const fn chunk(&self) -> usize {
        self.inner.div_ceil(self.splits).next_multiple_of(4)
    }

    const fn wanted(&self) -> Wanted {
        Wanted { rows: self.rows, columns: self.columns, inner: self.chunk(), copies: self.batch * self.splits }
    }

    fn split(mut self, workgroups: usize) -> Self {
        let few = self.inner >= LONG && workgroups < BUSY;
        let wanted = if few { (BUSY / workgroups.max(1)).clamp(1, self.inner / PART) } else { 1 };
        self.splits = wanted.max(self.inner.div_ceil(LONGEST_LOOP)).max(1);
        // Rounding up may leave parts empty at the end.
        self.splits = self.inner.div_ceil(self.chunk().max(1)).max(1);
        self
    }

    const fn work(&self) -> u64 {
        (self.batch * self.rows * self.inner * self.columns) as u64
    }
}

/// `A @ B` over the last two axes; either may be seen transposed, and matrices without batch axes are shared.
pub(super) fn matmul(site: &mut Site<'_, '_>) -> Result<(), EngineError> {
    let (a, b, c) = (site.shape(0), site.shape(1), site.result_shape(0));
    let (&[.., rows, inner], Some(&columns)) = (&a[..], b.last()) else {
        return Err(site.broken("a product needs matrices"));
    };
    let batch = c.iter().product::<usize>() / (rows * columns).max(1);
    let count = |shape: &[usize]| shape.iter().product::<usize>();
    let step = |all: usize, one: usize| if all == one { Some(0) } else { (all == one * batch).then_some(one) };
    let (Some(a_batch), Some(b_batch)) = (step(count(&a), rows * inner), step(count(&b), inner * columns)) else {
        return Err(site.broken("batches that broadcast against each other should have been spread"));
    };
    let turned = |index: usize| site.operand(index).is_some_and(|o| !o.view.is_dense());
    let lies = |batch, turned, own: usize, across: usize| {
        if turned { Side { batch, own: 1, inner: across } } else { Side { batch, own, inner: 1 } }
    };
    let a = lies(a_batch, turned(0), inner, rows);
    // The right side's own axis is the inner one of its matrix.
    let b = lies(b_batch, !turned(1), inner, columns);
    let sizes = Sizes { batch, rows, inner, columns, splits: 1 };
    if site.traits().on_processor {
        by_registers(site, sizes, a, b)
    } else if in_fours(&a, rows, inner) && in_fours(&b, columns, inner) {
        by_quads(site, sizes, a, b)
    } else {
        by_tiles(site, sizes, a, b)
    }
}

/// The parameters of a kernel, which all that multiply share; `tile` is the rows and columns of results that one of `count` computes.
macro_rules! params {
    ($kernel:ident, $u:ident, $count:expr, $tile:expr, ($sizes:ident, $a:ident, $b:ident)) => {
        $kernel::Params {
            count: $u.of($count)?,
            tiles_r: $u.of($sizes.rows.div_ceil($tile[0]))?,
            tiles_s: $u.of($sizes.columns.div_ceil($tile[1]))?,
            rows: $u.of($sizes.rows)?,
            inner: $u.of($sizes.inner)?,
            columns: $u.of($sizes.columns)?,
            splits: $u.of($sizes.splits)?,
            chunk: $u.of($sizes.chunk())?,
            a_batch: $u.of($a.batch)?,
            a_row: $u.of($a.own)?,
            a_inner: $u.of($a.inner)?,
            b_batch: $u.of($b.batch)?,
            b_inner: $u.of($b.inner)?,
            b_column: $u.of($b.own)?,
        }
    };
}

fn by_registers(site: &mut Site<'_, '_>, sizes: Sizes, a: Side, b: Side) -> Result<(), EngineError> {
    let (tiles_r, tiles_s) = (sizes.rows.div_ceil(TILE[0]), sizes.columns.div_ceil(TILE[1]));
    let tiles = sizes.batch * tiles_r * tiles_s;
    let sizes = sizes.split(tiles.div_ceil(WORKGROUP));
    let count = tiles * sizes.splits;
    let bindings = direct::Bindings { a: site.input(0)?, b: site.input(1)? };
    let u = U32(site);
    let params = params!(direct, u, count, TILE, (sizes, a, b));
    let launch = direct::launch(direct::Variant::Default, direct::Constants, params, bindings);
    finish(site, &sizes, launch, count.div_ceil(WORKGROUP))
}

/// The tiles as `variants.txt` has them, and the share of the peak that docs/cards.md estimates for each. Both kernels have all.
const TILES: [Tile<(quads::Variant, tiled::Variant)>; 3] = [
    Tile { variant: (quads::Variant::T128, tiled::Variant::T128), rows: 128, columns: 128, inner: 16, speed: 84 },
    Tile { variant: (quads::Variant::T64, tiled::Variant::T64), rows: 64, columns: 64, inner: 8, speed: 73 },
    Tile { variant: (quads::Variant::T32, tiled::Variant::T32), rows: 32, columns: 32, inner: 16, speed: 62 },
];

/// Whether a side can be read four neighbours at a time: `size` of them lie along its own axis, `inner` along the shared one.
const fn in_fours(side: &Side, size: usize, inner: usize) -> bool {
    let (along, across) = if side.inner == 1 { (inner, side.own) } else { (size, side.inner) };
    along.is_multiple_of(4) && across.is_multiple_of(4) && side.batch.is_multiple_of(4)
}

/// The two kernels of cards differ only in how they read.
macro_rules! tiles {
    ($name:ident, $kernel:ident, $which:tt) => {
        fn $name(site: &mut Site<'_, '_>, sizes: Sizes, a: Side, b: Side) -> Result<(), EngineError> {
            let tile = cheapest(&TILES, &sizes.wanted());
            let sizes = sizes.split(tile.groups(&sizes.wanted()));
            let groups = tile.groups(&sizes.wanted());
            let bindings = $kernel::Bindings { a: site.input(0)?, b: site.input(1)? };
            let u = U32(site);
            let along = |side: Side| u32::from(side.inner == 1);
            let constants = $kernel::Constants { a_along_inner: along(a), b_along_inner: along(b) };
            let params = params!($kernel, u, groups, [tile.rows, tile.columns], (sizes, a, b));
            let launch = $kernel::launch(tile.variant.$which, constants, params, bindings);
            finish(site, &sizes, launch, groups)
        }
    };
}
tiles!(by_quads, quads, 0);
tiles!(by_tiles, tiled, 1);

/// The product, or its parts and then their sum.
fn finish(
    site: &mut Site<'_, '_>,
    sizes: &Sizes,
    launch: stitchscope_shaders::Launch<TensorId>,
    groups: usize,
) -> Result<(), EngineError> {
    if sizes.splits == 1 {
        return site.finish(launch, Spread::Flat(groups), sizes.work());
    }
    let size = sizes.rows * sizes.columns;
    let parts = site.scratch(sizes.batch * sizes.splits * size);
    site.store(launch, parts, Spread::Flat(groups), sizes.work())?;
    let count = sizes.batch * size;
    let u = U32(site);
    let params = join::Params { count: u.of(count)?, size: u.of(size)?, splits: u.of(sizes.splits)? };
    let launch = join::launch(join::Variant::Default, join::Constants, params, join::Bindings { parts });
    site.finish(launch, Spread::Elements(count), (count * sizes.splits) as u64)
}
