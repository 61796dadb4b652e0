//! What differs between norms, a file each: the step along a gradient, the projection onto the ball, the size of a change.

mod l0;
pub(super) mod l1;
mod l2;
mod linf;

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

    /// A direction of ascent with length 1 in this norm, per image.
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    pub fn direction(self, b: &mut Builder, gradient: ValueId) -> Result<ValueId, GraphError> {
        match self {
            Self::Linf => linf::direction(b, gradient),
            Self::L2 => l2::direction(b, gradient),
            Self::L1 => l1::direction(b, gradient),
            Self::L0 => l0::direction(b, gradient),
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
            Self::Linf => linf::project(b, x, clean, radius)?,
            Self::L2 => l2::project(b, x, clean, radius)?,
            Self::L1 => return l1::project(b, x, clean, radius),
            Self::L0 => l0::project(b, x, clean, radius)?,
        };
        b.clip(inside, 0.0, 1.0)
    }

    /// The size of a change, in f64.
    #[must_use]
    pub fn size(self, x: &[f32], clean: &[f32]) -> f64 {
        let changes = x.iter().zip(clean).map(|(a, b)| f64::from(*a) - f64::from(*b));
        match self {
            Self::Linf => linf::size(changes),
            Self::L2 => l2::size(changes),
            Self::L1 => l1::size(changes),
            Self::L0 => l0::size(changes),
        }
    }

    /// The size of changes [N, C, H, W], per image: [N, 1, 1, 1].
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    pub fn length(self, b: &mut Builder, change: ValueId) -> Result<ValueId, GraphError> {
        match self {
            Self::Linf => linf::length(b, change),
            Self::L2 => l2::length(b, change),
            Self::L1 => l1::length(b, change),
            Self::L0 => l0::length(b, change),
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

/// All axes of images but that of the batch.
fn of_image(b: &Builder, image: ValueId) -> Vec<usize> {
    (1..b.ty(image).rank()).collect()
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
