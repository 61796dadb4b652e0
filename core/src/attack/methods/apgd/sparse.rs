//! APGD in L1: sparse steps without momentum, whose sparsity follows that of the best point.
//!
//! Every 4 % of the steps the number of pixels that the best point changes is compared with the last one. If it has fallen by more
//! than a twentieth, the step is long again and goes on from the best point; else it is divided by 1.5, down to a tenth of the
//! radius. The next steps change two thirds as many pixels as the best point does.

use super::super::super::driver::state::{Job, Next, Observation, State};
use super::super::super::first_image::start;
use super::super::super::norms::l1;
use super::super::super::{Ball, Norm, Start};
use super::super::{Initial, Inputs};
use super::{ApgdSettings, flag};
use crate::graph::{Builder, GraphError, ValueId};
use crate::random::Purpose;

/// Improved, restart, eta, pixels to change, radius.
pub(super) const PARAMETERS: usize = 5;
/// The image, the best one and the gradient there.
pub(super) const FIELDS: usize = 3;

const REDUCE: f64 = 1.5;
const SHORTEST: f64 = 10.0;

/// Pixels of `x` that differ from `clean`, `[N]`.
pub(super) fn changed_pixels(b: &mut Builder, x: ValueId, clean: ValueId) -> Result<ValueId, GraphError> {
    let change = b.sub(x, clean)?;
    let change = b.abs(change)?;
    let changed = b.sign(change)?;
    b.reduce_sum(changed, &[1, 2, 3], false)
}

/// One step.
pub(super) fn update(b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
    let [x, best, best_gradient] = inputs.all()?;
    let gradient = inputs.gradient()?;
    let (improved, restart) = (inputs.switch(b, 0)?, inputs.switch(b, 1)?);
    let (eta, count, radius) = (inputs.parameter(b, 2)?, inputs.parameter(b, 3)?, inputs.parameter(b, 4)?);
    let best = b.select(improved, x, best)?;
    let best_gradient = b.select(improved, gradient, best_gradient)?;
    let from = b.select(restart, best, x)?;
    let along = b.select(restart, best_gradient, gradient)?;
    let direction = l1::sparse_sign(b, along, count)?;
    let change = b.mul(direction, eta)?;
    let moved = b.add(from, change)?;
    let next = l1::project(b, moved, inputs.clean, radius)?;
    Ok(vec![next, best, best_gradient])
}

/// A start, and the balls it will search.
pub(super) fn begin(settings: &ApgdSettings, job: &Job, clean: &[f32]) -> Initial {
    let phases = phases(settings, job.eps);
    let eps = phases.first().map_or(job.eps, |p| p.eps);
    let stream = &mut job.stream(settings.seed, Purpose::AttackStart);
    let x = start(Start::Surface, Ball { norm: Norm::L1, eps }, clean, stream);
    #[expect(clippy::cast_precision_loss, reason = "a count of pixels")]
    let pixels = clean.len() as f64;
    let state = Sparse { target: job.target, shrinking: settings.shrinking, pixels, phases, phase: 0, state: None };
    Initial { fields: vec![x.clone(), x, vec![0.0; clean.len()]], state: Box::new(state) }
}

#[derive(Clone, Copy, Debug)]
struct Phase {
    eps: f32,
    steps: usize,
}

fn phases(settings: &ApgdSettings, eps: f32) -> Vec<Phase> {
    let n = settings.steps;
    if !settings.shrinking {
        return vec![Phase { eps, steps: n }];
    }
    let third = 3 * n / 10;
    let last = n.saturating_sub(2 * third);
    [(3.0, third), (2.0, third), (1.0, last)].map(|(times, steps)| Phase { eps: times * eps, steps }).to_vec()
}

/// The bookkeeping of one start.
struct Sparse {
    target: usize,
    shrinking: bool,
    pixels: f64,
    phases: Vec<Phase>,
    phase: usize,
    /// `None` before the first look of a phase.
    state: Option<Course>,
}

/// Within one ball.
#[derive(Clone, Copy, Debug)]
struct Course {
    done: usize,
    eta: f64,
    /// Pixels that a step changes.
    count: f64,
    best: f64,
    /// Pixels that the best point changes, and did at the last check.
    best_pixels: f64,
    last_pixels: f64,
    improved: bool,
    restart: bool,
    /// Only project the best point into the next, smaller ball.
    handover: bool,
}

impl Sparse {
    fn eps(&self) -> f64 {
        self.phases.get(self.phase).map_or(0.0, |p| f64::from(p.eps))
    }

    fn begin_phase(&self, loss: f64, changed: f64) -> Course {
        // A phase that begins at a known point takes its sparsity; a random start says nothing about it.
        let (count, last) = if self.shrinking { (changed / REDUCE, changed) } else { (0.2 * self.pixels, self.pixels) };
        Course {
            done: 0,
            eta: self.eps(),
            count,
            best: loss,
            best_pixels: changed,
            last_pixels: last,
            improved: true,
            restart: false,
            handover: false,
        }
    }
}

impl Course {
    /// One step later.
    fn after(mut self, loss: f64, changed: f64, steps: usize, eps: f64) -> Self {
        self.done += 1;
        self.improved = loss > self.best;
        self.restart = false;
        if self.improved {
            self.best = loss;
            self.best_pixels = changed;
        }
        if self.done.is_multiple_of((steps * 4 / 100).max(1)) {
            self.restart = self.best_pixels < 0.95 * self.last_pixels;
            self.eta = if self.restart { eps } else { (self.eta / REDUCE).max(eps / SHORTEST) };
            self.count = self.best_pixels / REDUCE;
            self.last_pixels = self.best_pixels;
        }
        self
    }
}

impl State for Sparse {
    fn observe(&mut self, seen: &Observation<'_>) -> Next {
        let last = self.phase + 1 >= self.phases.len();
        if seen.fooled && last {
            return Next::Fooled;
        }
        let note = |i: usize| seen.statistics.get(i).copied().unwrap_or(f64::NAN);
        let (loss, changed) = (note(0), note(1));
        let steps = self.phases.get(self.phase).map_or(0, |p| p.steps);
        let mut state = match self.state {
            Some(state) if !state.handover => state.after(loss, changed, steps, self.eps()),
            Some(_) | None => self.begin_phase(loss, changed),
        };
        if state.done >= steps {
            if last {
                return Next::Done;
            }
            state.handover = true;
            self.phase += 1;
        }
        self.state = Some(state);
        Next::Step
    }

    fn parameters(&self) -> Vec<f64> {
        let Some(state) = self.state else { return vec![0.0; PARAMETERS] };
        let eta = if state.handover { 0.0 } else { state.eta };
        vec![flag(state.improved), flag(state.restart || state.handover), eta, state.count.max(1.0), self.eps()]
    }

    fn target(&self) -> usize {
        self.target
    }
}
