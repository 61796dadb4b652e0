//! Square in L2 and L1: bumps of both signs, and a budget that moves from one window to another.
//!
//! A proposal takes the change within two windows of one size, and what the ball has left; a new bump, added to what stood in the first
//! window, gets that budget, and the second window is emptied.

use super::super::super::norms::l1;
use super::super::super::{Ball, Norm};
use super::super::Inputs;
use super::{channel_sum, number, per_channel, position, sign, window};
use crate::graph::{Builder, GraphError, ValueId};
use crate::random::Stream;

/// Windows along the shorter side of the first image.
const GRID: usize = 5;
const TINY: f64 = 1e-12;
const IMAGE: [usize; 3] = [1, 2, 3];

/// Row and column of both windows, their side, one sign per channel, and the bump at its place.
pub(super) const fn parameters(channels: usize, height: usize, width: usize) -> usize {
    5 + channels + height * width
}

/// Nested rectangles around the middle of `height` x `width`, the k-th (from the middle, from 1) adding `1 / k^2`.
fn hill(height: usize, width: usize) -> Vec<f64> {
    let (top, left) = (height / 2, width / 2);
    let rings = height / 2 + 1;
    let rings = rings.max(width / 2 + 1);
    let mut hill = vec![0.0; height * width];
    for (pixel, value) in hill.iter_mut().enumerate() {
        let (row, column) = (pixel / width.max(1), pixel % width.max(1));
        let ring = row.abs_diff(top).max(column.abs_diff(left));
        *value = (ring..rings).map(|k| 1.0 / f64::from(u32::try_from(k + 1).unwrap_or(u32::MAX)).powi(2)).sum();
    }
    scaled_to_one(hill)
}

fn scaled_to_one(mut values: Vec<f64>) -> Vec<f64> {
    let length = values.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    values.iter_mut().for_each(|v| *v /= length);
    values
}

/// A bump of `side` x `side` and length 1: a hill above, a hollow below, or left and right of each other.
fn bump(side: usize, turned: bool) -> Vec<f64> {
    let upper = side / 2;
    let mut values = hill(upper, side);
    values.extend(hill(side - upper, side).iter().map(|v| -v));
    let values = scaled_to_one(values);
    if !turned {
        return values;
    }
    (0..side * side).map(|i| values[i % side * side + i / side]).collect()
}

/// Adds a bump times `factor` to one channel [H, W] of `width` columns.
fn put(channel: &mut [f64], width: usize, (row, column): (usize, usize), side: usize, (bump, factor): (&[f64], f64)) {
    for (i, value) in bump.iter().enumerate() {
        channel[(row + i / side) * width + column + i % side] += factor * value;
    }
}

/// A grid of bumps, one random sign per bump and channel, on the ball's surface.
pub(super) fn first(clean: &[f32], [c, h, w]: [usize; 3], ball: Ball, stream: &mut Stream) -> Vec<f32> {
    let side = (h.min(w) / GRID).max(1);
    let mut change = vec![0.0; clean.len()];
    for place in 0..(h / side) * (w / side) {
        let at = (place / (w / side) * side, place % (w / side) * side);
        let bump = bump(side, stream.below(2) == 1);
        for channel in change.chunks_mut(h * w).take(c) {
            put(channel, w, at, side, (&bump, sign(stream)));
        }
    }
    let length = match ball.norm {
        Norm::L1 | Norm::L0 => change.iter().map(|v| v.abs()).sum::<f64>(),
        Norm::L2 | Norm::Linf => change.iter().map(|v| v * v).sum::<f64>().sqrt(),
    };
    let factor = f64::from(ball.eps) / length.max(f64::MIN_POSITIVE);
    #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
    let mut x: Vec<f32> = clean.iter().zip(&change).map(|(x, d)| (f64::from(*x) + d * factor) as f32).collect();
    if ball.norm == Norm::L1 {
        l1::project_pixels(&mut x, clean, f64::from(ball.eps));
    }
    x.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    x
}

/// The next windows and bump.
pub(super) fn draw(side: usize, [c, h, w]: [usize; 3], stream: &mut Stream) -> Vec<f64> {
    let mut at = || (position(h - side, stream), position(w - side, stream));
    let (new, freed) = (at(), at());
    let mut parameters = [new.0, new.1, freed.0, freed.1, side].map(number).to_vec();
    parameters.extend((0..c).map(|_| sign(stream)));
    let mut placed = vec![0.0; h * w];
    put(&mut placed, w, new, side, (&bump(side, stream.below(2) == 1), 1.0));
    parameters.extend(placed);
    parameters
}

/// `|x|^p` of the norm, whose sums are budgets.
fn power(b: &mut Builder, x: ValueId, norm: Norm) -> Result<ValueId, GraphError> {
    if norm == Norm::L1 { b.abs(x) } else { b.square(x) }
}

/// A budget as a length.
fn root(b: &mut Builder, budget: ValueId, norm: Norm) -> Result<ValueId, GraphError> {
    if norm == Norm::L1 { Ok(budget) } else { b.sqrt(budget) }
}

/// Each channel of `x` divided by its length.
fn unit_channels(b: &mut Builder, x: ValueId, norm: Norm) -> Result<ValueId, GraphError> {
    let powers = power(b, x, norm)?;
    let length = channel_sum(b, powers)?;
    let length = root(b, length, norm)?;
    let length = b.shift(length, TINY)?;
    b.div(x, length)
}

/// `best` with the budget of two windows in the first.
pub(super) fn propose(
    b: &mut Builder,
    inputs: &Inputs,
    best: ValueId,
    [c, h, w]: [usize; 3],
    norm: Norm,
) -> Result<ValueId, GraphError> {
    let radius = inputs.radius(b)?;
    let mut at = Vec::new();
    for index in 1..6 {
        at.push(inputs.parameter(b, index)?);
    }
    let new = window(b, (at[0], at[1], at[4]), [h, w])?;
    let freed = window(b, (at[2], at[3], at[4]), [h, w])?;
    let both = b.max(new, freed)?;
    let signs = per_channel(b, inputs, 6, c)?;
    let bump = inputs.parameter_block(b, 6 + c, [1, h, w])?;
    let change = b.sub(best, inputs.clean)?;
    let budget = budget(b, change, both, (norm, radius, c))?;
    let old = b.mul(change, new)?;
    let old = unit_channels(b, old, norm)?;
    let signed = b.mul(bump, signs)?;
    let shape = b.add(signed, old)?;
    let shape = unit_channels(b, shape, norm)?;
    let inside = b.mul(shape, budget)?;
    let kept = b.mul(change, both)?;
    let kept = b.sub(change, kept)?;
    let change = b.add(kept, inside)?;
    let length = norm.length(b, change)?;
    let length = b.shift(length, TINY)?;
    let change = b.div(change, length)?;
    let change = b.mul(change, radius)?;
    let moved = b.add(inputs.clean, change)?;
    norm.project(b, moved, inputs.clean, radius)
}

/// The length that each channel of the new bump gets: that of both windows, and a share of what the ball has left.
fn budget(
    b: &mut Builder,
    change: ValueId,
    both: ValueId,
    (norm, radius, channels): (Norm, ValueId, usize),
) -> Result<ValueId, GraphError> {
    let within = b.mul(change, both)?;
    let within = power(b, within, norm)?;
    let within = channel_sum(b, within)?;
    let all = power(b, change, norm)?;
    let all = b.reduce_sum(all, &IMAGE, true)?;
    let limit = power(b, radius, norm)?;
    let left = b.sub(limit, all)?;
    let left = b.relu(left)?;
    let left = b.scale(left, 1.0 / number(channels.max(1)))?;
    let budget = b.add(within, left)?;
    root(b, budget, norm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bump_has_length_one_and_both_signs() {
        for side in [3, 5, 9] {
            let upright = bump(side, false);
            let length: f64 = upright.iter().map(|v| v * v).sum();
            assert!((length - 1.0).abs() < 1e-12, "{side}: {length}");
            assert!(upright[..side / 2 * side].iter().all(|v| *v > 0.0), "the hill is above");
            assert!(upright[side / 2 * side..].iter().all(|v| *v < 0.0), "the hollow is below");
            let turned = bump(side, true);
            assert!((0..side).all(|i| (0..side).all(|j| turned[i * side + j] == upright[j * side + i])));
        }
    }
}
