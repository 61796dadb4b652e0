//! One step of FAB: to a point between two projections onto the plane.

use super::super::Norm;
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
    // Both projections at once, one below the other: half as many operators.
    let moves = {
        let stack = |b: &mut Builder, above, below| b.apply1(Concat { axis: 0 }, &[above, below]);
        let from = stack(b, x, clean)?;
        let normals = stack(b, normal, normal)?;
        let excesses = stack(b, excess, clean_excess)?;
        onto_plane(b, norm, from, normals, excesses)?
    };
    let near = b.slice(moves, 0, Dim::fixed(0), Dim::BATCH)?;
    let far = b.slice(moves, 0, Dim::BATCH, Dim::BATCH)?;
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
