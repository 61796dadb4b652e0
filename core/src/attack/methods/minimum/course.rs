//! The bookkeeping of one image on its way to the smallest change.

use super::super::super::Norm;
use super::super::super::driver::state::{Job, Next, Observation, State};
use super::super::apgd::flag;
use super::smallest::{Smallest, cosine};
use super::{MinimumSettings, Rule};

/// Length of the first step, and of the last.
const ALPHA: (f64, f64) = (1.0, 0.01);
/// How much of itself a radius gains or loses: at first, and in FMN at last.
const GAMMA: (f64, f64) = (0.05, 0.001);

/// Share of itself by which a radius grows at least while nothing has fooled.
const BEYOND: f64 = 1e-5;

/// Radius, best change, and how far the schedule is.
pub(super) struct Course {
    rule: Rule,
    norm: Norm,
    steps: usize,
    done: usize,
    target: usize,
    /// Radius of the ball.
    eps: f64,
    smallest: Smallest,
    /// Some change fooled.
    found: bool,
    alpha: f64,
}

impl Course {
    pub(super) fn new(settings: &MinimumSettings, job: &Job, clean: &[f32]) -> Self {
        let norm = settings.ball.norm;
        let eps = match (settings.rule, norm) {
            (Rule::Ddn, _) | (Rule::Fmn, Norm::L0) => 1.0,
            (Rule::Fmn, _) => f64::INFINITY,
        };
        Self {
            rule: settings.rule,
            norm,
            steps: settings.steps,
            done: 0,
            target: job.target,
            smallest: Smallest::new(norm, job.eps, clean),
            eps,
            found: false,
            alpha: 0.0,
        }
    }

    /// The next radius; `distance` is that to the plane between the classes, were the network linear.
    fn radius(&self, fooled: bool, size: f64, distance: f64, gamma: f64) -> f64 {
        let eps = match (self.rule, self.norm) {
            (Rule::Ddn, _) => self.eps * if fooled { 1.0 - gamma } else { 1.0 + gamma },
            (Rule::Fmn, Norm::L0) if fooled => {
                (self.eps - 1.0).min((self.eps * (1.0 - gamma)).floor()).min(self.smallest.best).max(0.0)
            }
            (Rule::Fmn, Norm::L0) => (self.eps + 1.0).max((self.eps * (1.0 + gamma)).floor()),
            (Rule::Fmn, _) if fooled => (self.eps * (1.0 - gamma)).min(self.smallest.best),
            (Rule::Fmn, _) if self.found => self.eps * (1.0 + gamma),
            // Where the network is linear the plane itself is met, which no class has won; a radius that stays there finds nothing.
            (Rule::Fmn, _) => size + distance.max(BEYOND * size),
        };
        eps.min(self.smallest.worst)
    }
}

impl State for Course {
    fn observe(&mut self, seen: &Observation<'_>) -> Next {
        let &[loss, size, length] = seen.statistics else { return Next::Done };
        self.found |= seen.fooled;
        self.smallest.judge(seen.fooled, size, self.rule == Rule::Ddn);
        let cosine = cosine(self.done, self.steps);
        self.alpha = ALPHA.1 + (ALPHA.0 - ALPHA.1) * cosine;
        let last = if self.rule == Rule::Ddn { GAMMA.0 } else { GAMMA.1 };
        let gamma = last + (GAMMA.0 - last) * cosine;
        self.eps = self.radius(seen.fooled, size, loss.abs() / length.max(1e-12), gamma);
        self.done += 1;
        if self.done < self.steps { Next::Step } else { self.smallest.end() }
    }

    fn parameters(&self) -> Vec<f64> {
        vec![flag(self.smallest.improved), self.alpha, self.eps.max(if self.norm == Norm::L0 { 1.0 } else { 0.0 })]
    }

    fn target(&self) -> usize {
        self.target
    }

    fn answer(&self) -> usize {
        self.smallest.answer()
    }
}
