//! L2: the Euclidean length of the change.

use super::of_image;
use crate::graph::{Builder, GraphError, ValueId};

/// Keeps a division by a vanishing gradient or change finite.
const TINY: f64 = 1e-12;

/// `g / ||g||`. By the largest element first: squares of a confident network's gradient would vanish in f32.
pub(super) fn direction(b: &mut Builder, gradient: ValueId) -> Result<ValueId, GraphError> {
    let axes = of_image(b, gradient);
    let sizes = b.abs(gradient)?;
    let largest = b.reduce_max(sizes, &axes, true)?;
    let floor = b.scalar_like(f64::from(f32::MIN_POSITIVE), largest);
    let divisor = b.max(largest, floor)?;
    let scaled = b.div(gradient, divisor)?;
    let length = length(b, scaled)?;
    let guarded = b.shift(length, TINY)?;
    b.div(scaled, guarded)
}

/// The change made shorter where it is longer than the radius.
pub(super) fn project(b: &mut Builder, x: ValueId, clean: ValueId, radius: ValueId) -> Result<ValueId, GraphError> {
    let change = b.sub(x, clean)?;
    let length = length(b, change)?;
    let guarded = b.shift(length, TINY)?;
    let ratio = b.div(radius, guarded)?;
    let one = b.scalar_like(1.0, ratio);
    let factor = b.min(ratio, one)?;
    let shorter = b.mul(change, factor)?;
    b.add(clean, shorter)
}

pub(super) fn size(changes: impl Iterator<Item = f64>) -> f64 {
    changes.map(|d| d * d).sum::<f64>().sqrt()
}

/// Changes [N, C, H, W] to their lengths [N, 1, 1, 1].
pub(super) fn length(b: &mut Builder, change: ValueId) -> Result<ValueId, GraphError> {
    let axes = of_image(b, change);
    let squares = b.mul(change, change)?;
    let sum = b.reduce_sum(squares, &axes, true)?;
    b.sqrt(sum)
}
