//! The bookkeeping of one start of a search.

use super::super::super::driver::state::{Next, Observation, State};
use super::super::apgd::flag;

/// Share of a start during which the gradient leaks.
const LEAKING: f64 = 0.7;

/// The bookkeeping of one start: steps that shrink to nothing, and the best point on the way.
pub(super) struct Climb {
    target: usize,
    steps: usize,
    done: usize,
    /// Length of the first step.
    step: f64,
    /// The leak at first.
    leak: f64,
    best: f64,
    /// The present image is the best one, and the update that would keep it is still to come.
    improved: bool,
}

impl Climb {
    /// `steps` steps towards `target`, with these first lengths of step and leak.
    pub(super) fn new(target: usize, steps: usize, (step, leak): (f64, f64)) -> Self {
        Self { target, steps: steps.max(1), done: 0, step, leak, best: f64::NEG_INFINITY, improved: false }
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of steps")]
    fn share(&self) -> f64 {
        self.done as f64 / self.steps as f64
    }
}

impl State for Climb {
    fn observe(&mut self, seen: &Observation<'_>) -> Next {
        if seen.fooled {
            return Next::Fooled;
        }
        let loss = seen.statistics.first().copied().unwrap_or(f64::NAN);
        self.improved = loss > self.best;
        if self.improved {
            self.best = loss;
        }
        self.done += 1;
        if self.done > self.steps { Next::Done } else { Next::Step }
    }

    fn parameters(&self) -> Vec<f64> {
        // The step after the first observation is the longest.
        let share = (self.done.max(1) - 1).min(self.steps);
        #[expect(clippy::cast_precision_loss, reason = "numbers of steps")]
        let left = 1.0 - share as f64 / self.steps as f64;
        vec![flag(self.improved), self.step * left]
    }

    fn knobs(&self) -> Vec<f64> {
        vec![self.leak * (1.0 - self.share() / LEAKING).max(0.0)]
    }

    fn target(&self) -> usize {
        self.target
    }

    fn rest(&self) -> usize {
        usize::from(!self.improved)
    }

    fn score(&self) -> f64 {
        self.best
    }
}
