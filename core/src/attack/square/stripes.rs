//! Square in L-infinity: vertical stripes first, then squares of one colour, always at the ball's corners.

use super::super::Norm;
use super::super::method::Place;
use super::{number, per_channel, position, sign, window};
use crate::graph::{Builder, GraphError, ValueId};
use crate::random::Stream;

/// Row, column, side, and one sign per channel.
pub(super) const fn knobs(channels: usize) -> usize {
    3 + channels
}

/// One sign per channel and column, constant over the rows.
pub(super) fn first(clean: &[f32], [c, h, w]: [usize; 3], eps: f32, stream: &mut Stream) -> Vec<f32> {
    let sign = |stream: &mut Stream| if sign(stream) > 0.0 { eps } else { -eps };
    let signs: Vec<f32> = (0..c * w).map(|_| sign(stream)).collect();
    let stripe = |pixel: usize| signs[pixel / (h * w) * w + pixel % w];
    clean.iter().enumerate().map(|(pixel, x)| (x + stripe(pixel)).clamp(0.0, 1.0)).collect()
}

/// The next square.
pub(super) fn draw(side: usize, [c, h, w]: [usize; 3], stream: &mut Stream) -> Vec<f64> {
    let (row, column) = (position(h - side, stream), position(w - side, stream));
    let mut knobs = vec![number(row), number(column), number(side)];
    knobs.extend((0..c).map(|_| sign(stream)));
    knobs
}

/// `best` with every pixel of the square at the end of its interval.
pub(super) fn propose(
    b: &mut Builder,
    place: &Place,
    best: ValueId,
    [c, h, w]: [usize; 3],
    eps: f32,
) -> Result<ValueId, GraphError> {
    let square = (place.knob(b, 1)?, place.knob(b, 2)?, place.knob(b, 3)?);
    let square = window(b, square, [h, w])?;
    let signs = per_channel(b, place, 4, c)?;
    // Twice the radius crosses the ball from any point of it.
    let signs = b.scale(signs, 2.0 * f64::from(eps))?;
    let change = b.mul(square, signs)?;
    let moved = b.add(best, change)?;
    Norm::Linf.project(b, moved, place.clean, eps)
}
