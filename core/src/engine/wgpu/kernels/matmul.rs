//! Matrix products; the stitch over rows (features, tokens) is one.

use stitchscope_shaders::matmul::direct;

use super::super::plan::{Site, Spread};
use super::sizes::U32;
use crate::engine::EngineError;

/// Rows and columns of results that one invocation computes.
const TILE: [usize; 2] = [8, 16];
/// Invocations of a workgroup.
const WORKGROUP: usize = 32;

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
}

/// `A @ B` over the last two axes; either may be seen transposed, and matrices without batch axes are shared.
pub fn matmul(site: &mut Site<'_, '_>) -> Result<(), EngineError> {
    let (a, b, c) = (site.shape(0), site.shape(1), site.result_shape(0));
    let (&[.., rows, inner], Some(&columns)) = (&a[..], b.last()) else {
        return Err(site.broken("a product needs matrices"));
    };
    let batch = c.iter().product::<usize>() / (rows * columns).max(1);
    let turned = |index: usize| site.operand(index).is_some_and(|o| !o.view.is_dense());
    let count = |shape: &[usize]| shape.iter().product::<usize>();
    let step = |all: usize, one: usize| if all == one { Some(0) } else { (all == one * batch).then_some(one) };
    let (Some(a_batch), Some(b_batch)) = (step(count(&a), rows * inner), step(count(&b), inner * columns)) else {
        return Err(site.broken("products of batches that broadcast against each other are not supported; reshape them"));
    };
    let a = if turned(0) { Side { batch: a_batch, own: 1, inner: rows } } else { Side { batch: a_batch, own: inner, inner: 1 } };
    let b = if turned(1) { Side { batch: b_batch, own: inner, inner: 1 } } else { Side { batch: b_batch, own: 1, inner: columns } };
    product(site, Sizes { batch, rows, inner, columns }, a, b)
}

fn product(site: &mut Site<'_, '_>, sizes: Sizes, a: Side, b: Side) -> Result<(), EngineError> {
    let Sizes { batch, rows, inner, columns } = sizes;
    let (tiles_r, tiles_s) = (rows.div_ceil(TILE[0]), columns.div_ceil(TILE[1]));
    let count = batch * tiles_r * tiles_s;
    let bindings = direct::Bindings { a: site.input(0)?, b: site.input(1)? };
    let u = U32(site);
    let params = direct::Params {
        count: u.of(count)?,
        tiles_r: u.of(tiles_r)?,
        tiles_s: u.of(tiles_s)?,
        rows: u.of(rows)?,
        inner: u.of(inner)?,
        columns: u.of(columns)?,
        a_batch: u.of(a.batch)?,
        a_row: u.of(a.own)?,
        a_inner: u.of(a.inner)?,
        b_batch: u.of(b.batch)?,
        b_inner: u.of(b.inner)?,
        b_column: u.of(b.own)?,
    };
    let launch = direct::launch(direct::Variant::Default, direct::Constants, params, bindings);
    site.finish(launch, Spread::Flat(count.div_ceil(WORKGROUP)), (batch * rows * inner * columns) as u64)
}
