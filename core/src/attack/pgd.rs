//! Projected gradient descent, and FGSM as its shortest walk.

use super::method::{Beginning, Job, Method, Place, Seen, Turn, Walk};
use super::start::start;
use super::{AttackSettings, Ball, Start};
use crate::graph::{Builder, GraphError, ValueId};
use crate::random::Purpose;

impl AttackSettings {
    /// The fast gradient sign method (Goodfellow et al. 2015): one step of length `eps` from the image itself along its
    /// cross-entropy gradient.
    #[must_use]
    pub const fn fgsm(ball: Ball) -> Self {
        Self {
            norm: ball.norm,
            eps: ball.eps,
            alpha: ball.eps,
            steps: 1,
            restarts: 1,
            start: Start::Clean,
            loss: crate::loss::Loss::CrossEntropy,
            seed: 0,
        }
    }

    /// Where its images lie.
    #[must_use]
    pub const fn ball(&self) -> Ball {
        Ball { norm: self.norm, eps: self.eps }
    }

    /// `project(x + alpha * direction(gradient))`.
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    pub(crate) fn step(
        &self,
        b: &mut Builder,
        x: ValueId,
        clean: ValueId,
        gradient: ValueId,
    ) -> Result<ValueId, GraphError> {
        let direction = self.norm.direction(b, gradient)?;
        let change = b.scale(direction, f64::from(self.alpha))?;
        let moved = b.add(x, change)?;
        self.norm.project(b, moved, clean, self.eps)
    }
}

impl Method for AttackSettings {
    fn ball(&self) -> Ball {
        Self::ball(self)
    }

    fn restarts(&self) -> usize {
        self.restarts
    }

    fn loss(
        &self,
        b: &mut Builder,
        logits: ValueId,
        label: ValueId,
        _target: ValueId,
    ) -> Result<Option<ValueId>, GraphError> {
        self.loss.build(b, logits, label).map(Some)
    }

    fn knobs(&self) -> usize {
        0
    }

    fn fields(&self) -> usize {
        1
    }

    fn advance(&self, b: &mut Builder, place: &Place) -> Result<Vec<ValueId>, GraphError> {
        let gradient = place.gradient()?;
        Ok(vec![self.step(b, place.fields[0], place.clean, gradient)?])
    }

    fn begin(&self, job: &Job, clean: &[f32]) -> Beginning {
        let x = start(self.start, Self::ball(self), clean, &mut job.stream(self.seed, Purpose::AttackStart));
        Beginning { fields: vec![x], walk: Box::new(Steps { left: self.steps, target: job.target }) }
    }
}

/// Counts down.
struct Steps {
    left: usize,
    target: usize,
}

impl Walk for Steps {
    fn hear(&mut self, seen: &Seen<'_>) -> Turn {
        if seen.fooled {
            return Turn::Fooled;
        }
        let Some(left) = self.left.checked_sub(1) else { return Turn::Over };
        self.left = left;
        Turn::Go
    }

    fn knobs(&self) -> Vec<f64> {
        Vec::new()
    }

    fn target(&self) -> usize {
        self.target
    }
}
