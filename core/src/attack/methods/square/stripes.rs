//! Square in L-infinity: vertical stripes first, then squares of one colour, always at the ball's corners.

use super::super::super::Norm;
use super::super::Inputs;
use super::{number, per_channel, position, sign, window};
use crate::graph::{Builder, GraphError, ValueId};
use crate::random::Stream;

/// Row, column, side, and one sign per channel.
pub(super) const fn parameters(channels: usize) -> usize {
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
    let mut parameters = vec![number(row), number(column), number(side)];
    parameters.extend((0..c).map(|_| sign(stream)));
    parameters
}

/// `best` with every pixel of the square at the end of its interval.
pub(super) fn propose(
    b: &mut Builder,
    inputs: &Inputs,
    best: ValueId,
    [c, h, w]: [usize; 3],
) -> Result<ValueId, GraphError> {
    let square = (inputs.parameter(b, 1)?, inputs.parameter(b, 2)?, inputs.parameter(b, 3)?);
    let square = window(b, square, [h, w])?;
    let signs = per_channel(b, inputs, 4, c)?;
    // Twice the radius crosses the ball from any point of it.
    let radius = inputs.radius(b)?;
    let across = b.scale(radius, 2.0)?;
    let signs = b.mul(signs, across)?;
    let change = b.mul(square, signs)?;
    let moved = b.add(best, change)?;
    Norm::Linf.project(b, moved, inputs.clean, radius)
}
