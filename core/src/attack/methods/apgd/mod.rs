//! APGD: projected gradient ascent with momentum, a step size that adapts, and restarts from the best point.
//!
//! Croce & Hein, ICML 2020 (L-infinity, L2); *Mind the box: l1-APGD for sparse adversarial attacks on image classifiers*,
//! ICML 2021 (L1, in `sparse.rs`). The losses: cross-entropy, DLR, and towards each of the likeliest wrong classes targeted DLR;
//! where there are too few classes for a ratio, the margin or the difference of two logits.

mod control;
mod sparse;

pub use control::{Decision, Flavour, StepSize};

use super::super::driver::Passes;
use super::super::driver::state::{Job, Next, Observation, State};
use super::super::first_image::first;
use super::super::{Attack, AttackRequest, Ball, Norm, Start, Suite};
use super::known::{BALLS, Known, Settings, alone, descents, quarter};
use super::{Answer, Evaluated, Initial, Inputs, Method};
use crate::graph::{Builder, GraphError, ValueId};
use crate::loss::{Loss, TargetedLoss, number_of_classes};

/// What APGD raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApgdLoss {
    /// Cross-entropy.
    CrossEntropy,
    /// Difference of logits ratio; the margin below three classes.
    Dlr,
    /// Targeted DLR towards this many of the likeliest wrong classes, one after the other; the difference of the two logits below
    /// four classes.
    Targeted(usize),
}

/// Everything that defines an APGD attack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ApgdSettings {
    /// Where its images lie.
    pub ball: Ball,
    /// What is raised.
    pub loss: ApgdLoss,
    /// Steps per start and target.
    pub steps: usize,
    /// Independent starts.
    pub restarts: usize,
    /// Whose step sizes (L-infinity and L2).
    pub flavour: Flavour,
    /// The first step; twice the radius where it is left out.
    pub alpha: Option<f32>,
    /// L1: search in balls of three, two and one times the radius, each from the best point before.
    pub shrinking: bool,
    /// Seed of the starts.
    pub seed: u64,
}

/// APGD on cross-entropy.
pub(super) const CROSS_ENTROPY: Known = Known {
    word: "apgd-ce",
    settings: &["steps", "restarts"],
    norms: BALLS,
    steps: 100,
    step: quarter,
    seeks_smallest: false,
    suite: |asked| on(ApgdLoss::CrossEntropy, asked),
};

/// APGD on the difference of logits ratio.
pub(super) const DLR: Known = Known { word: "apgd-dlr", suite: |asked| on(ApgdLoss::Dlr, asked), ..CROSS_ENTROPY };

/// APGD towards the likeliest wrong classes.
pub(super) const TARGETED: Known = Known {
    word: "apgd-t",
    settings: &["steps", "restarts", "targets"],
    suite: |asked| on(ApgdLoss::Targeted(asked.targets), asked),
    ..CROSS_ENTROPY
};

fn on(loss: ApgdLoss, asked: &AttackRequest) -> Suite {
    let settings = ApgdSettings::new(asked.ball, loss, asked.seed);
    alone("APGD", Attack::Apgd(ApgdSettings { steps: asked.steps, restarts: asked.restarts, ..settings }))
}

impl Settings for ApgdSettings {
    fn method(self, _shape: [usize; 3]) -> Box<dyn Method> {
        Box::new(self)
    }

    fn passes(&self) -> Passes {
        let targets = if let ApgdLoss::Targeted(targets) = self.loss { targets } else { 1 };
        descents(self.steps, self.restarts.saturating_mul(targets))
    }

    fn longer(self) -> Option<Self> {
        Some(Self { steps: 2 * self.steps, ..self })
    }
}

impl ApgdSettings {
    /// As in AutoAttack: 100 steps, one start.
    #[must_use]
    pub const fn new(ball: Ball, loss: ApgdLoss, seed: u64) -> Self {
        let shrinking = matches!(ball.norm, Norm::L1);
        Self { ball, loss, steps: 100, restarts: 1, flavour: Flavour::Reference, alpha: None, shrinking, seed }
    }
}

/// Fields of L-infinity and L2: the image, the one before it, the best one and the gradient there.
const FIELDS: usize = 4;

impl Method for ApgdSettings {
    fn ball(&self) -> Ball {
        self.ball
    }

    fn restarts(&self) -> usize {
        self.restarts
    }

    fn targets(&self) -> usize {
        if let ApgdLoss::Targeted(count) = self.loss { count } else { 0 }
    }

    fn loss(&self, b: &mut Builder, at: Answer) -> Result<Option<ValueId>, GraphError> {
        let classes = number_of_classes(b, at.logits);
        let loss = match self.loss {
            ApgdLoss::CrossEntropy => Loss::CrossEntropy.build(b, at.logits, at.label),
            ApgdLoss::Dlr if classes < 3 => Loss::Margin.build(b, at.logits, at.label),
            ApgdLoss::Dlr => Loss::Dlr.build(b, at.logits, at.label),
            ApgdLoss::Targeted(_) if classes < 4 => TargetedLoss::Difference.build(b, at.logits, at.label, at.target),
            ApgdLoss::Targeted(_) => TargetedLoss::Dlr.build(b, at.logits, at.label, at.target),
        };
        loss.map(Some)
    }

    fn statistics(&self, b: &mut Builder, at: &Evaluated) -> Result<Vec<ValueId>, GraphError> {
        let mut statistics: Vec<ValueId> = at.loss.into_iter().collect();
        if self.ball.norm == Norm::L1 {
            statistics.push(sparse::changed_pixels(b, at.x, at.clean)?);
        }
        Ok(statistics)
    }

    fn parameters(&self) -> usize {
        if self.ball.norm == Norm::L1 { sparse::PARAMETERS } else { 4 }
    }

    fn fields(&self) -> usize {
        if self.ball.norm == Norm::L1 { sparse::FIELDS } else { FIELDS }
    }

    fn update(&self, b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
        if self.ball.norm == Norm::L1 { sparse::update(b, inputs) } else { update(b, inputs, self.ball.norm) }
    }

    fn begin(&self, job: &Job, clean: &[f32]) -> Initial {
        if self.ball.norm == Norm::L1 {
            return sparse::begin(self, job, clean);
        }
        let kind = if self.flavour == Flavour::Art { Start::Uniform } else { Start::Surface };
        let x = first(kind, self.ball, self.seed, (job, clean));
        let zeros = vec![0.0; x.len()];
        let state = Climb {
            target: job.target,
            left: self.steps,
            steps: self.steps,
            flavour: self.flavour,
            eta: f64::from(self.alpha.map_or(2.0 * job.eps, |alpha| job.scaled(alpha, self.ball))),
            control: None,
            decision: Decision::default(),
        };
        Initial { fields: vec![x.clone(), x.clone(), x, zeros], state: Box::new(state) }
    }
}

/// One step: parameters are (improved, restart, eta, weight).
fn update(b: &mut Builder, inputs: &Inputs, norm: Norm) -> Result<Vec<ValueId>, GraphError> {
    let [x, before, best, best_gradient] = inputs.all()?;
    let gradient = inputs.gradient()?;
    let (improved, restart) = (inputs.switch(b, 0)?, inputs.switch(b, 1)?);
    let (eta, weight, radius) = (inputs.parameter(b, 2)?, inputs.parameter(b, 3)?, inputs.radius(b)?);
    let best = b.select(improved, x, best)?;
    let best_gradient = b.select(improved, gradient, best_gradient)?;
    let from = b.select(restart, best, x)?;
    let along = b.select(restart, best_gradient, gradient)?;
    let direction = norm.direction(b, along)?;
    let change = b.mul(direction, eta)?;
    let stepped = b.add(from, change)?;
    let stepped = norm.project(b, stepped, inputs.clean, radius)?;
    let forward = b.sub(stepped, from)?;
    let forward = b.mul(forward, weight)?;
    let momentum = b.sub(from, before)?;
    let rest = b.neg(weight)?;
    let rest = b.shift(rest, 1.0)?;
    let momentum = b.mul(momentum, rest)?;
    let moved = b.add(from, forward)?;
    let moved = b.add(moved, momentum)?;
    let next = norm.project(b, moved, inputs.clean, radius)?;
    Ok(vec![next, from, best, best_gradient])
}

/// The bookkeeping of one start in L-infinity or L2.
struct Climb {
    target: usize,
    left: usize,
    steps: usize,
    flavour: Flavour,
    /// The first step.
    eta: f64,
    /// Set once the loss at the start is known.
    control: Option<StepSize>,
    decision: Decision,
}

impl State for Climb {
    fn observe(&mut self, seen: &Observation<'_>) -> Next {
        // The toolbox looks at its last point only.
        if seen.fooled && (self.flavour != Flavour::Art || self.left == 0) {
            return Next::Fooled;
        }
        let loss = seen.statistics.first().copied().unwrap_or(f64::NAN);
        self.decision = match &mut self.control {
            None => {
                self.control = Some(StepSize::new(self.flavour, self.steps, self.eta, loss));
                Decision { improved: true, restart: false }
            }
            Some(control) => control.observe(loss),
        };
        let Some(left) = self.left.checked_sub(1) else { return Next::Done };
        self.left = left;
        Next::Step
    }

    fn parameters(&self) -> Vec<f64> {
        let (eta, weight) = self.control.as_ref().map_or((self.eta, 1.0), |c| (c.eta(), c.weight()));
        vec![flag(self.decision.improved), flag(self.decision.restart), eta, weight]
    }

    fn target(&self) -> usize {
        self.target
    }
}

/// A switch as a parameter.
pub(in super::super) const fn flag(on: bool) -> f64 {
    if on { 1.0 } else { 0.0 }
}
