//! One axis of a GridSample: which pixels a place lies between, and with what weights.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::clip::Clip;
use crate::ops::floor::Floor;
use crate::ops::round::Round;
use crate::ops::{and, or};

/// How pixels become a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Nearest,
    Linear,
    Cubic,
}

/// What lies outside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Border {
    Zeros,
    Edge,
    Mirror,
}

/// Settings of the node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub mode: Mode,
    pub border: Border,
    /// Whether -1 and 1 are the centres of the outer pixels, not their outer edges.
    pub corners: bool,
}

/// A pixel that a sample is made of: its place as a whole number, its weight (none is 1) and whether it exists (none is yes).
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbour {
    pub place: ValueId,
    pub weight: Option<ValueId>,
    pub inside: Option<ValueId>,
}

/// An axis in pixels: its size and where it ends.
#[derive(Clone, Copy)]
struct Axis {
    low: f64,
    high: f64,
    last: f64,
    manner: Manner,
}

/// The pixels of an axis of `size` that `point`, in [-1, 1], lies between.
#[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
pub(super) fn neighbours(
    b: &mut Builder,
    point: ValueId,
    size: usize,
    manner: Manner,
) -> Result<Vec<Neighbour>, GraphError> {
    let last = size as f64 - 1.0;
    let (low, high) = if manner.corners { (0.0, last) } else { (-0.5, last + 0.5) };
    let axis = Axis { low, high, last, manner };
    // (point + 1) / 2 of the way from one end to the other.
    let half = b.scale(point, (high - low) / 2.0)?;
    let place = b.shift(half, f64::midpoint(high, low))?;
    let place = if manner.mode == Mode::Nearest { b.apply1(Round, &[place])? } else { place };
    let place = axis.brought_back(b, place)?;
    if manner.mode == Mode::Nearest {
        return Ok(vec![axis.neighbour(b, place, None)?]);
    }
    let before = b.apply1(Floor, &[place])?;
    let share = b.sub(place, before)?;
    let weights = if manner.mode == Mode::Linear { linear(b, share)? } else { cubic(b, share)? };
    let first = if manner.mode == Mode::Linear { 0.0 } else { -1.0 };
    let mut all = Vec::with_capacity(weights.len());
    for (index, weight) in weights.into_iter().enumerate() {
        let pixel = b.shift(before, first + index as f64)?;
        all.push(axis.neighbour(b, pixel, Some(weight))?);
    }
    Ok(all)
}

impl Axis {
    /// A place outside the picture, as the border says.
    fn brought_back(&self, b: &mut Builder, place: ValueId) -> Result<ValueId, GraphError> {
        let inner = match self.manner.border {
            Border::Zeros => return Ok(place),
            Border::Edge => b.apply1(Clip { low: 0.0, high: self.last }, &[place])?,
            Border::Mirror => self.mirrored(b, place)?,
        };
        let (low, high) = (b.scalar_like(self.low, place), b.scalar_like(self.high, place));
        let (below, above) = (b.less(place, low)?, b.greater(place, high)?);
        let outside = b.apply1(or::Or, &[below, above])?;
        b.select(outside, inner, place)
    }

    /// Reflected at both ends until it is inside: `low + width - |(place - low) mod 2 width - width|`.
    fn mirrored(&self, b: &mut Builder, place: ValueId) -> Result<ValueId, GraphError> {
        let width = self.high - self.low;
        if width <= 0.0 {
            return b.zeros_like(place);
        }
        let way = b.shift(place, -self.low)?;
        let turns = b.scale(way, 0.5 / width)?;
        let turns = b.apply1(Floor, &[turns])?;
        let whole = b.scale(turns, 2.0 * width)?;
        let rest = b.sub(way, whole)?;
        let rest = b.shift(rest, -width)?;
        let rest = b.abs(rest)?;
        let back = b.neg(rest)?;
        b.shift(back, self.low + width)
    }

    /// The pixel at a whole place, which may lie outside.
    fn neighbour(&self, b: &mut Builder, pixel: ValueId, weight: Option<ValueId>) -> Result<Neighbour, GraphError> {
        let within = Clip { low: 0.0, high: self.last };
        let seen = if self.manner.border == Border::Mirror { self.mirrored(b, pixel)? } else { pixel };
        let place = b.apply1(within, &[seen])?;
        let inside = if self.manner.border == Border::Zeros {
            let (low, high) = (b.scalar_like(-0.5, pixel), b.scalar_like(self.last + 0.5, pixel));
            let (above, below) = (b.greater(pixel, low)?, b.less(pixel, high)?);
            Some(b.apply1(and::And, &[above, below])?)
        } else {
            None
        };
        Ok(Neighbour { place, weight, inside })
    }
}

/// Weights of the pixels before and after.
fn linear(b: &mut Builder, share: ValueId) -> Result<Vec<ValueId>, GraphError> {
    let one = b.scalar_like(1.0, share);
    Ok(vec![b.sub(one, share)?, share])
}

/// Weights of two pixels before and two after, by Keys's kernel with a = -0.75.
fn cubic(b: &mut Builder, share: ValueId) -> Result<Vec<ValueId>, GraphError> {
    let one = b.scalar_like(1.0, share);
    let rest = b.sub(one, share)?;
    let mut weights = Vec::with_capacity(4);
    for (at, far) in [(share, true), (share, false), (rest, false), (rest, true)] {
        // Coefficients of t^3 down to 1, for the distance t or t + 1.
        let coefficients = if far { [-0.75, 1.5, -0.75, 0.0] } else { [1.25, -2.25, 0.0, 1.0] };
        let mut value = b.scalar_like(coefficients[0], share);
        for coefficient in &coefficients[1..] {
            let product = b.mul(value, at)?;
            value = b.shift(product, *coefficient)?;
        }
        weights.push(value);
    }
    Ok(weights)
}
