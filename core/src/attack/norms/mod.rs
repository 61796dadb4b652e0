//! What differs between norms: the step along a gradient, the projection onto the ball, the size of a change.

pub(super) mod l1;

use super::AttackError;
use crate::graph::{Builder, GraphError, ValueId};

/// The norm of a ball.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Norm {
    /// Largest change of a pixel.
    #[default]
    Linf,
    /// Euclidean length of the change.
    L2,
    /// Sum of the changes of all pixels.
    L1,
    /// Number of pixels that change, channels counted.
    L0,
}

/// Where attacked images may lie: this far from the clean one, within [0, 1].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ball {
    /// How changes are measured.
    pub norm: Norm,
    /// The radius, in pixel units of [0, 1].
    pub eps: f32,
}

/// An attacked image may leave its ball by this much: rounding of f32.
pub(super) const SLACK: f64 = 1e-6;

impl Ball {
    /// The size of the change from `clean` to `x` (image `image` of its set), after checking (where `checked`) that `x` is in the
    /// ball and in [0, 1].
    ///
    /// # Errors
    /// [`AttackError::Projection`].
    pub(super) fn verify(self, image: usize, x: &[f32], clean: &[f32], checked: bool) -> Result<f64, AttackError> {
        let size = self.norm.size(x, clean);
        let boxed = x.iter().all(|v| (0.0..=1.0).contains(v));
        // A NaN gradient leaves NaN pixels: that image is judged by its logits instead.
        let undefined = x.iter().any(|v| v.is_nan());
        if !checked || undefined || (boxed && size <= f64::from(self.eps) + self.slack(x.len())) {
            return Ok(size);
        }
        Err(AttackError::Projection { image, size, norm: self.norm.word(), eps: self.eps })
    }

    /// Rounding of f32: one pixel's in L-infinity and, as a length, in L2; in L1 every pixel's adds up.
    fn slack(self, pixels: usize) -> f64 {
        match self.norm {
            Norm::Linf | Norm::L2 | Norm::L0 => SLACK,
            #[expect(clippy::cast_precision_loss, reason = "a count of pixels")]
            Norm::L1 => SLACK.max(pixels as f64 * f64::from(f32::EPSILON) / 4.0),
        }
    }
}

/// Keeps a division by a vanishing gradient or change finite.
const TINY: f64 = 1e-12;

/// Share of the pixels that one L1 step changes.
const L1_SHARE: f64 = 0.05;

impl Norm {
    /// The recipe's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Linf => "linf",
            Self::L2 => "l2",
            Self::L1 => "l1",
            Self::L0 => "l0",
        }
    }

    /// A direction of ascent with length 1 in this norm, per image: `sign(g)`, `g / ||g||`, or for L1 the signs of the
    /// largest twentieth of `g`, spread evenly; so too for L0, where length means nothing. (The single largest pixel would be steepest, but soon has no room left.)
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    pub fn direction(self, b: &mut Builder, gradient: ValueId) -> Result<ValueId, GraphError> {
        match self {
            Self::Linf => b.sign(gradient),
            Self::L1 | Self::L0 => {
                let pixels = l1::pixels(b, gradient);
                let sizes = b.abs(gradient)?;
                let count = b.scalar_like((pixels * L1_SHARE).max(1.0), gradient);
                let largest = b.reduce_max(sizes, &[1, 2, 3], true)?;
                let zero = b.scale(largest, 0.0)?;
                let count = b.add(zero, count)?;
                l1::sparse_sign(b, gradient, count)
            }
            Self::L2 => {
                // By the largest element first: squares of a confident network's gradient would vanish in f32.
                let axes: Vec<usize> = (1..b.ty(gradient).rank()).collect();
                let sizes = b.abs(gradient)?;
                let largest = b.reduce_max(sizes, &axes, true)?;
                let floor = b.scalar_like(f64::from(f32::MIN_POSITIVE), largest);
                let divisor = b.max(largest, floor)?;
                let scaled = b.div(gradient, divisor)?;
                let length = length(b, scaled)?;
                let guarded = b.shift(length, TINY)?;
                b.div(scaled, guarded)
            }
        }
    }

    /// `x` pulled back into the ball of `radius` (which broadcasts to [N, 1, 1, 1]) around `clean` and into [0, 1]. Clamping last
    /// stays in the ball, as `clean` is in the box; for L1 ball and box are one projection, as the nearest point of both is
    /// another than that of one after the other.
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    pub fn project(self, b: &mut Builder, x: ValueId, clean: ValueId, radius: ValueId) -> Result<ValueId, GraphError> {
        let inside = match self {
            Self::L1 => return l1::project(b, x, clean, radius),
            Self::L0 => {
                let change = b.sub(x, clean)?;
                let kept = l1::largest(b, change, radius)?;
                b.add(clean, kept)?
            }
            Self::Linf => {
                let (low, high) = (b.sub(clean, radius)?, b.add(clean, radius)?);
                let above = b.max(x, low)?;
                b.min(above, high)?
            }
            Self::L2 => {
                let change = b.sub(x, clean)?;
                let length = length(b, change)?;
                let guarded = b.shift(length, TINY)?;
                let ratio = b.div(radius, guarded)?;
                let one = b.scalar_like(1.0, ratio);
                let factor = b.min(ratio, one)?;
                let shorter = b.mul(change, factor)?;
                b.add(clean, shorter)?
            }
        };
        b.clip(inside, 0.0, 1.0)
    }

    /// The size of a change, in f64.
    #[must_use]
    pub fn size(self, x: &[f32], clean: &[f32]) -> f64 {
        let changes = x.iter().zip(clean).map(|(a, b)| f64::from(*a) - f64::from(*b));
        match self {
            Self::Linf => changes.map(f64::abs).fold(0.0, f64::max),
            Self::L2 => changes.map(|d| d * d).sum::<f64>().sqrt(),
            Self::L1 => changes.map(f64::abs).sum(),
            #[expect(clippy::cast_precision_loss, reason = "a count of pixels")]
            Self::L0 => changes.filter(|d| *d != 0.0).count() as f64,
        }
    }

    /// The size of changes [N, C, H, W], per image: [N, 1, 1, 1].
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    pub fn length(self, b: &mut Builder, change: ValueId) -> Result<ValueId, GraphError> {
        let axes: Vec<usize> = (1..b.ty(change).rank()).collect();
        match self {
            Self::Linf => {
                let sizes = b.abs(change)?;
                b.reduce_max(sizes, &axes, true)
            }
            Self::L2 => length(b, change),
            Self::L1 => {
                let sizes = b.abs(change)?;
                b.reduce_sum(sizes, &axes, true)
            }
            Self::L0 => {
                let sizes = b.abs(change)?;
                let changed = b.sign(sizes)?;
                b.reduce_sum(changed, &axes, true)
            }
        }
    }

    /// The norm in which gradients are measured against changes in this one: `max <g, d> over ||d|| <= 1`.
    #[must_use]
    pub const fn dual(self) -> Self {
        match self {
            Self::Linf => Self::L1,
            Self::L2 => Self::L2,
            // One pixel changes the most; how far has no measure in L0.
            Self::L1 | Self::L0 => Self::Linf,
        }
    }
}

/// Euclidean length per image, [N, 1, 1, 1].
fn length(b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
    let axes: Vec<usize> = (1..b.ty(x).rank()).collect();
    let squares = b.mul(x, x)?;
    let sum = b.reduce_sum(squares, &axes, true)?;
    b.sqrt(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_outside_ball_or_box_is_an_error() {
        let clean = [0.5, 0.02, 0.98];
        for (norm, eps) in [(Norm::Linf, 0.1), (Norm::L2, 0.1), (Norm::L1, 0.1), (Norm::L0, 1.0)] {
            let ball = Ball { norm, eps };
            let step = if norm == Norm::L0 { 0.4 } else { eps };
            let moved = |by: f32| [clean[0] + by, clean[1], clean[2]];
            assert!(ball.verify(0, &moved(step), &clean, true).is_ok(), "{norm:?}");
            let outside = if norm == Norm::L0 { [0.6, 0.1, 0.98] } else { moved(step + 2e-6) };
            let said = ball.verify(7, &outside, &clean, true).unwrap_err().to_string();
            assert!(said.contains('7') && said.contains(norm.word()), "{said}");
            assert!(ball.verify(0, &[0.5, -1e-6, 0.98], &clean, true).is_err(), "{norm:?}: below 0");
            assert!(ball.verify(0, &[0.5, 0.02, 1.000001], &clean, true).is_err(), "{norm:?}: above 1");
        }
    }
}
