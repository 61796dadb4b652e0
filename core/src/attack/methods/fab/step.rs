//! One step of FAB: to a point between two projections onto the plane.

use super::super::super::Norm;
use super::plane::onto_plane;
use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::concat::Concat;
use crate::tensor::Dim;

/// How far beyond the plane a step goes.
const OVERSHOOT: f64 = 1.05;
/// Most weight that the clean image's projection gets.
const MOST_BIAS: f64 = 0.1;
/// Keeps the ratio of two moves finite.
const SHORTEST: f64 = 1e-8;

/// To a point between the projections of `x` and of the clean image.
pub(super) fn step(
    b: &mut Builder,
    norm: Norm,
    x: ValueId,
    clean: ValueId,
    normal: ValueId,
    excess: ValueId,
) -> Result<ValueId, GraphError> {
    // The plane is <w, u> = <w, x> - excess; the clean image's excess is smaller by <w, x - clean>.
    let change = b.sub(x, clean)?;
    let along = b.mul(normal, change)?;
    let along = b.reduce_sum(along, &[1, 2, 3], true)?;
    let clean_excess = b.sub(excess, along)?;
    // Both projections at once, side by side within their image: half as many operators, and images stay apart.
    let image = b.ty(x).shape.clone();
    let plane = plane_shape(&image);
    let moves = {
        let beside = |b: &mut Builder, one, other| b.apply1(Concat { axis: 1 }, &[one, other]);
        let (x, clean) = (b.reshape(x, &plane)?, b.reshape(clean, &plane)?);
        let normal = b.reshape(normal, &plane)?;
        let from = beside(b, x, clean)?;
        let normals = beside(b, normal, normal)?;
        let excesses = beside(b, excess, clean_excess)?;
        onto_plane(b, norm, from, normals, excesses)?
    };
    let mut take = |at: usize| -> Result<ValueId, GraphError> {
        let one = b.slice(moves, 1, Dim::fixed(at), Dim::ONE)?;
        b.reshape(one, &image)
    };
    let (near, far) = (take(0)?, take(1)?);
    let least = b.scalar_like(SHORTEST, x);
    let (near_size, far_size) = (norm.length(b, near)?, norm.length(b, far)?);
    let (near_size, far_size) = (b.max(near_size, least)?, b.max(far_size, least)?);
    let both = b.add(near_size, far_size)?;
    let bias = b.div(near_size, both)?;
    let bias = b.clip(bias, 0.0, MOST_BIAS)?;
    let beyond = |b: &mut Builder, from: ValueId, by: ValueId| -> Result<ValueId, GraphError> {
        let by = b.scale(by, OVERSHOOT)?;
        b.add(from, by)
    };
    let (near, far) = (beyond(b, x, near)?, beyond(b, clean, far)?);
    let rest = b.neg(bias)?;
    let rest = b.shift(rest, 1.0)?;
    let (near, far) = (b.mul(near, rest)?, b.mul(far, bias)?);
    let next = b.add(near, far)?;
    b.clip(next, 0.0, 1.0)
}

/// An image [N, C, H, W] as the one plane [N, 1, C H, W].
fn plane_shape(image: &[Dim]) -> Vec<Dim> {
    let size = |axis: usize| image.get(axis).and_then(|d| d.known()).unwrap_or(1);
    vec![Dim::BATCH, Dim::ONE, Dim::fixed(size(1) * size(2)), Dim::fixed(size(3))]
}
