//! What is kept of an image on its way to the smallest change: the best that fooled, and where it lies.

use super::super::super::Norm;
use super::super::super::driver::state::Next;

/// The smallest change that fooled so far. Of the fields on the device the first is the present image, the second the best one.
pub(super) struct Smallest {
    /// The radius within which a change counts as fooling.
    counts: f64,
    /// No change within [0, 1] is larger.
    pub worst: f64,
    /// Size of the smallest change that fooled; `worst` before there is one.
    pub best: f64,
    /// A change smaller than `worst` fooled.
    kept: bool,
    /// The present image is the best one, and the update that would keep it is still to come.
    pub improved: bool,
}

impl Smallest {
    pub(super) fn new(norm: Norm, counts: f32, clean: &[f32]) -> Self {
        let corner: Vec<f32> = clean.iter().map(|v| if *v > 0.5 { 0.0 } else { 1.0 }).collect();
        let worst = norm.size(&corner, clean);
        Self { counts: f64::from(counts), worst, best: worst, kept: false, improved: false }
    }

    /// Takes in whether the present change, of this size, fooled; one of the size of the best takes its place where `equal` says so.
    pub(super) fn judge(&mut self, fooled: bool, size: f64, equal: bool) {
        self.improved = fooled && (size < self.best || (equal && size <= self.best));
        if self.improved {
            (self.best, self.kept) = (size, true);
        }
    }

    /// What comes after the last step.
    pub(super) fn end(&self) -> Next {
        if self.kept && self.best <= self.counts { Next::Fooled } else { Next::Done }
    }

    /// The field that holds the best image.
    pub(super) const fn answer(&self) -> usize {
        if self.improved { 0 } else { 1 }
    }
}

/// From 1 at the first step down to 0, as half a cosine.
pub(super) fn cosine(step: usize, steps: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a number of steps")]
    let share = step as f64 / steps.max(1) as f64;
    f64::midpoint(1.0, libm::cos(std::f64::consts::PI * share))
}
