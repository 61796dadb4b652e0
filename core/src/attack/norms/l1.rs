//! L1: the sum of the changes of all pixels. Steps are sparse, and ball and box are one projection.
//!
//! Both look for a threshold. It is found by bisection, which has no order of pixels to sort and so is the same few operators
//! on every engine; 2^-32 of the range is below f32's resolution.

use super::of_image;
use crate::graph::{Builder, GraphError, ValueId};
use crate::ops;

const HALVINGS: usize = 32;

/// All axes but that of the batch.
const IMAGE: [usize; 3] = [1, 2, 3];

/// Share of the pixels that one step changes.
const SHARE: f64 = 0.05;

/// The signs of the largest twentieth of `g`, spread evenly. (The single largest pixel would be steepest, but soon has no room left.)
pub(super) fn direction(b: &mut Builder, gradient: ValueId) -> Result<ValueId, GraphError> {
    let pixels = pixels(b, gradient);
    let sizes = b.abs(gradient)?;
    let count = b.scalar_like((pixels * SHARE).max(1.0), gradient);
    let largest = b.reduce_max(sizes, &IMAGE, true)?;
    let zero = b.scale(largest, 0.0)?;
    let count = b.add(zero, count)?;
    sparse_sign(b, gradient, count)
}

pub(super) fn size(changes: impl Iterator<Item = f64>) -> f64 {
    changes.map(f64::abs).sum()
}

/// Changes [N, C, H, W] to their sizes [N, 1, 1, 1].
pub(super) fn length(b: &mut Builder, change: ValueId) -> Result<ValueId, GraphError> {
    let (axes, sizes) = (of_image(b, change), b.abs(change)?);
    b.reduce_sum(sizes, &axes, true)
}

/// Pixels (channels counted) of images [N, C, H, W].
pub(in super::super) fn pixels(b: &Builder, image: ValueId) -> f64 {
    let sizes = b.ty(image).shape.iter().skip(1).filter_map(|d| d.known());
    #[expect(clippy::cast_precision_loss, reason = "a count of pixels")]
    let pixels = sizes.product::<usize>() as f64;
    pixels
}

/// The ends of a bisection, [N, 1, 1, 1] each.
struct Bracket {
    low: ValueId,
    high: ValueId,
}

impl Bracket {
    /// Halves the bracket: `above(middle)` says per image whether the threshold lies above the middle.
    fn halve(
        self,
        b: &mut Builder,
        above: impl FnOnce(&mut Builder, ValueId) -> Result<ValueId, GraphError>,
    ) -> Result<Self, GraphError> {
        let sum = b.add(self.low, self.high)?;
        let middle = b.scale(sum, 0.5)?;
        let above = above(b, middle)?;
        Ok(Self { low: b.select(above, middle, self.low)?, high: b.select(above, self.high, middle)? })
    }
}

/// From 0 to the largest of `sizes`.
fn bracket(b: &mut Builder, sizes: ValueId) -> Result<Bracket, GraphError> {
    let high = b.reduce_max(sizes, &IMAGE, true)?;
    Ok(Bracket { low: b.scale(high, 0.0)?, high })
}

/// The signs of the `count` largest elements of `gradient` (more where they are equal), divided by how many there are.
/// `count` is [N, 1, 1, 1].
///
/// # Errors
/// [`GraphError`] from the builder.
pub(in super::super) fn sparse_sign(b: &mut Builder, gradient: ValueId, count: ValueId) -> Result<ValueId, GraphError> {
    let sizes = b.abs(gradient)?;
    let mut ends = bracket(b, sizes)?;
    for _ in 0..HALVINGS {
        ends = ends.halve(b, |b, middle| {
            let beyond = b.sub(sizes, middle)?;
            let kept = b.relu(beyond)?;
            let kept = b.sign(kept)?;
            let kept = b.reduce_sum(kept, &IMAGE, true)?;
            let fewer = b.less(kept, count)?;
            b.apply1(ops::not::Not, &[fewer])
        })?;
    }
    let beyond = b.sub(sizes, ends.low)?;
    let kept = b.relu(beyond)?;
    let kept = b.sign(kept)?;
    let number = b.reduce_sum(kept, &IMAGE, true)?;
    let one = b.scalar_like(1.0, number);
    let number = b.max(number, one)?;
    let signs = b.sign(gradient)?;
    let signs = b.mul(signs, kept)?;
    b.div(signs, number)
}

/// `change` without all but its `count` largest elements (more where they are equal); `count` is [N, 1, 1, 1], 1 or more.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(in super::super) fn largest(b: &mut Builder, change: ValueId, count: ValueId) -> Result<ValueId, GraphError> {
    let signs = sparse_sign(b, change, count)?;
    let kept = b.abs(signs)?;
    let kept = b.sign(kept)?;
    b.mul(change, kept)
}

/// The change of L1 length `radius` [N, 1, 1, 1] or less that is nearest to `change` [N, C, H, W].
///
/// # Errors
/// [`GraphError`] from the builder.
pub(in super::super) fn shrink(b: &mut Builder, change: ValueId, radius: ValueId) -> Result<ValueId, GraphError> {
    let (sizes, signs) = (b.abs(change)?, b.sign(change)?);
    let beyond = |b: &mut Builder, threshold: ValueId| -> Result<ValueId, GraphError> {
        let beyond = b.sub(sizes, threshold)?;
        b.relu(beyond)
    };
    let mut ends = bracket(b, sizes)?;
    for _ in 0..HALVINGS {
        ends = ends.halve(b, |b, middle| {
            let kept = beyond(b, middle)?;
            let length = b.reduce_sum(kept, &IMAGE, true)?;
            b.greater(length, radius)
        })?;
    }
    // Which elements remain is known; so is by how much they shrink.
    let kept = beyond(b, ends.low)?;
    let kept = b.sign(kept)?;
    let number = b.reduce_sum(kept, &IMAGE, true)?;
    let one = b.scalar_like(1.0, number);
    let number = b.max(number, one)?;
    let sum = b.mul(sizes, kept)?;
    let sum = b.reduce_sum(sum, &IMAGE, true)?;
    let over = b.sub(sum, radius)?;
    let threshold = b.div(over, number)?;
    let threshold = b.relu(threshold)?;
    let kept = beyond(b, threshold)?;
    b.mul(kept, signs)
}

/// The point of the L1 ball of `radius` (broadcast over [N, 1, 1, 1]) around `clean`, and of [0, 1], that is nearest to `x`.
///
/// Changes shrink by a common amount and are cut by the box. The ball is taken a little smaller, as every pixel's rounding adds
/// to the sum.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(in super::super) fn project(
    b: &mut Builder,
    x: ValueId,
    clean: ValueId,
    radius: ValueId,
) -> Result<ValueId, GraphError> {
    let shrink = 1e-5 + 1e-9 * pixels(b, x);
    let radius = b.scale(radius, 1.0 - shrink)?;
    let change = b.sub(x, clean)?;
    let (sizes, signs) = (b.abs(change)?, b.sign(change)?);
    let room = room(b, clean, change)?;
    let cut = |b: &mut Builder, threshold: ValueId| -> Result<ValueId, GraphError> {
        let beyond = b.sub(sizes, threshold)?;
        let beyond = b.relu(beyond)?;
        b.min(beyond, room)
    };
    let too_long = |b: &mut Builder, threshold: ValueId| -> Result<ValueId, GraphError> {
        let kept = cut(b, threshold)?;
        let length = b.reduce_sum(kept, &IMAGE, true)?;
        b.greater(length, radius)
    };
    let mut ends = bracket(b, sizes)?;
    let zero = ends.low;
    for _ in 0..HALVINGS {
        ends = ends.halve(b, too_long)?;
    }
    // What is inside stays as it is.
    let outside = too_long(b, zero)?;
    let threshold = b.select(outside, ends.high, zero)?;
    let kept = cut(b, threshold)?;
    let kept = b.mul(kept, signs)?;
    let inside = b.add(clean, kept)?;
    b.clip(inside, 0.0, 1.0)
}

/// How far each pixel of `from` can go in the direction of `change` before it leaves [0, 1].
pub(in super::super) fn room(b: &mut Builder, from: ValueId, change: ValueId) -> Result<ValueId, GraphError> {
    let up = b.is_positive(change)?;
    let down = b.neg(from)?;
    let above = b.shift(down, 1.0)?;
    b.select(up, above, from)
}

/// The same projection on the host, for starts: `x` [C, H, W] in place.
pub(in super::super) fn project_pixels(x: &mut [f32], clean: &[f32], radius: f64) {
    let shrink = 1e-5 + 1e-9 * f64::from(u32::try_from(x.len()).unwrap_or(u32::MAX));
    let radius = radius * (1.0 - shrink);
    let parts: Vec<(f64, f64)> = x
        .iter()
        .zip(clean)
        .map(|(x, c)| (f64::from(*x) - f64::from(*c), f64::from(*c)))
        .map(|(change, c)| (change, if change > 0.0 { 1.0 - c } else { c }))
        .collect();
    let length = |threshold: f64| parts.iter().map(|(d, room)| (d.abs() - threshold).clamp(0.0, *room)).sum::<f64>();
    let mut threshold = 0.0;
    if length(0.0) > radius {
        let (mut low, mut high) = (0.0, parts.iter().map(|(d, _)| d.abs()).fold(0.0, f64::max));
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if length(middle) > radius { low = middle } else { high = middle }
        }
        threshold = high;
    }
    for ((x, c), (change, room)) in x.iter_mut().zip(clean).zip(&parts) {
        let kept = (change.abs() - threshold).clamp(0.0, *room);
        #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
        let kept = kept.copysign(*change) as f32;
        *x = (c + kept).clamp(0.0, 1.0);
    }
}
