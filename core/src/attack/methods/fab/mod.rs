//! FAB: the fast adaptive boundary attack, which looks for the smallest change that fools.
//!
//! Croce & Hein, *Minimally distorted adversarial examples with a fast adaptive boundary attack*, ICML 2020. Each step takes the
//! network for linear, projects the image and the clean image onto the plane between the true class and another, and goes to a
//! point between the two projections, a little beyond. Whenever the image is misclassified it is pulled back towards the clean
//! one. Towards one class (FAB-T) a step has one gradient; untargeted, the nearest of all planes is found by looking at them one
//! after the other. The first start is the clean image, without chance.

mod plane;
mod step;

use super::super::driver::Passes;
use super::super::driver::state::{Job, Next, Observation, State};
use super::super::first_image::start;
use super::super::{Attack, AttackRequest, Ball, Start, Suite};
use super::apgd::flag;
use super::known::{BALLS, Known, Settings, alone, descents, quarter};
use super::{Answer, Evaluated, Initial, Inputs, Method};
use crate::graph::{Builder, GraphError, ValueId};
use crate::loss::TargetedLoss;
use crate::random::Purpose;

/// Everything that defines a FAB attack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FabSettings {
    /// Norm, and the radius within which a change counts as fooling; infinite to count every one.
    pub ball: Ball,
    /// Steps per start and target.
    pub steps: usize,
    /// Starts; the first at the image itself.
    pub restarts: usize,
    /// The likeliest wrong classes to aim at, one after the other; 0 to look for the nearest plane at each step.
    pub targets: usize,
    /// Search on for the smallest change instead of stopping at one within the radius.
    pub smallest: bool,
    /// Seed of the further starts.
    pub seed: u64,
}

/// FAB towards the nearest plane at each step.
pub(super) const UNTARGETED: Known = Known {
    word: "fab",
    settings: &["steps", "restarts", "smallest"],
    norms: BALLS,
    steps: 100,
    step: quarter,
    seeks_smallest: false,
    suite: |asked| towards(0, asked),
};

/// FAB towards the likeliest wrong classes.
pub(super) const TARGETED: Known = Known {
    word: "fab-t",
    settings: &["steps", "restarts", "targets", "smallest"],
    suite: |asked| towards(asked.targets, asked),
    ..UNTARGETED
};

fn towards(targets: usize, asked: &AttackRequest) -> Suite {
    let &AttackRequest { steps, restarts, smallest, seed, .. } = asked;
    alone("FAB", Attack::Fab(FabSettings { ball: asked.reach(smallest), steps, restarts, targets, smallest, seed }))
}

impl Settings for FabSettings {
    fn method(self, _shape: [usize; 3]) -> Box<dyn Method> {
        Box::new(self)
    }

    fn passes(&self) -> Passes {
        descents(self.steps, self.restarts.saturating_mul(self.targets.max(1)))
    }
}

impl FabSettings {
    /// FAB-T as in AutoAttack: 100 steps towards each of 9 classes, one start.
    #[must_use]
    pub const fn targeted(ball: Ball, seed: u64) -> Self {
        Self { ball, steps: 100, restarts: 1, targets: 9, smallest: false, seed }
    }
}

/// How much of the change a pull-back keeps.
const KEEP: f64 = 0.9;

/// Places of the parameters.
const PULL: usize = 0;
const TAKE: usize = 1;
const GO: usize = 2;
const IMPROVED: usize = 3;
const EXCESS: usize = 4;

impl Method for FabSettings {
    fn ball(&self) -> Ball {
        self.ball
    }

    fn restarts(&self) -> usize {
        self.restarts
    }

    fn targets(&self) -> usize {
        self.targets
    }

    fn exhaustive(&self) -> bool {
        self.smallest
    }

    fn stays_inside(&self) -> bool {
        false
    }

    fn loss(&self, b: &mut Builder, at: Answer) -> Result<Option<ValueId>, GraphError> {
        TargetedLoss::Difference.build(b, at.logits, at.label, at.target).map(Some)
    }

    /// The difference of the two logits, the size of the change, and the length of the gradient in the dual norm.
    fn statistics(&self, b: &mut Builder, at: &Evaluated) -> Result<Vec<ValueId>, GraphError> {
        let (size, length) = (at.size(b, self.ball.norm)?, at.slope(b, self.ball.norm)?);
        Ok(at.loss.into_iter().chain([size, length]).collect())
    }

    /// A forward pass shows whether a step fooled; the gradient is wanted where the image is pulled back to.
    fn check_statistics(&self, b: &mut Builder, at: &Evaluated) -> Result<Option<Vec<ValueId>>, GraphError> {
        Ok(Some(vec![at.size(b, self.ball.norm)?; 3]))
    }

    fn after_check(&self, b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
        let [x, best, normal] = inputs.all()?;
        let (best, pulled) = (inputs.kept(b, IMPROVED, best)?, pulled(b, x, inputs.clean)?);
        let pull = inputs.switch(b, PULL)?;
        let next = b.select(pull, pulled, x)?;
        Ok(vec![next, best, normal])
    }

    fn parameters(&self) -> usize {
        5
    }

    /// The image, the best one, the normal of the nearest plane so far.
    fn fields(&self) -> usize {
        3
    }

    fn update(&self, b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
        let [x, best, normal] = inputs.all()?;
        let gradient = inputs.gradient()?;
        let best = inputs.kept(b, IMPROVED, best)?;
        let take = inputs.switch(b, TAKE)?;
        let normal = b.select(take, gradient, normal)?;
        let excess = inputs.parameter(b, EXCESS)?;
        let stepped = step::step(b, self.ball.norm, x, inputs.clean, normal, excess)?;
        let pulled = pulled(b, x, inputs.clean)?;
        let (pull, go) = (inputs.switch(b, PULL)?, inputs.switch(b, GO)?);
        let next = b.select(go, stepped, x)?;
        let next = b.select(pull, pulled, next)?;
        Ok(vec![next, best, normal])
    }

    fn begin(&self, job: &Job, clean: &[f32]) -> Initial {
        let x = match job.restart {
            0 => clean.to_vec(),
            _ => self.random_start(job, clean),
        };
        let state = Boundary {
            settings: *self,
            eps: f64::from(job.eps),
            label: job.label,
            target: if self.targets == 0 { usize::from(job.label == 0) } else { job.target },
            left: self.steps,
            fresh: false,
            best: f64::INFINITY,
            nearest: f64::INFINITY,
            parameters: [0.0; 5],
        };
        Initial { fields: vec![x.clone(), x, vec![0.0; clean.len()]], state: Box::new(state) }
    }
}

/// `x` after a pull-back.
fn pulled(b: &mut Builder, x: ValueId, clean: ValueId) -> Result<ValueId, GraphError> {
    let change = b.sub(x, clean)?;
    let kept = b.scale(change, KEEP)?;
    b.add(clean, kept)
}

impl FabSettings {
    /// On the sphere of half the radius.
    fn random_start(&self, job: &Job, clean: &[f32]) -> Vec<f32> {
        let eps = if job.eps.is_finite() { job.eps / 2.0 } else { 0.5 };
        let half = Ball { eps, ..self.ball };
        start(Start::Surface, half, clean, &mut job.stream(self.seed, Purpose::AttackStart))
    }
}

/// The bookkeeping of one start.
struct Boundary {
    settings: FabSettings,
    /// The radius within which a change counts.
    eps: f64,
    label: usize,
    /// The class of the plane being looked at.
    target: usize,
    left: usize,
    /// The present image has just been stepped to and is still to be judged.
    fresh: bool,
    /// The smallest change that fooled.
    best: f64,
    /// Distance of the nearest plane seen at the present image.
    nearest: f64,
    parameters: [f64; 5],
}

impl Boundary {
    /// Judges a new image; `true` when it is to be pulled back.
    fn judge(&mut self, fooled: bool, size: f64) -> bool {
        self.fresh = false;
        if fooled && size < self.best {
            self.best = size;
            self.parameters[IMPROVED] = 1.0;
        }
        fooled
    }

    /// Notes the plane towards the present target, and goes on to the next one or to the step; over when no plane is in reach.
    fn plane(&mut self, excess: f64, length: f64, logits: &[f64]) -> Next {
        let distance = excess.abs() / length.max(1e-12);
        // The plane of a class whose logit is infinite, as of a mask, is out of reach.
        let in_reach = logits.get(self.target).is_some_and(|z| z.is_finite());
        if in_reach && distance < self.nearest {
            self.nearest = distance;
            self.parameters[TAKE] = 1.0;
            self.parameters[EXCESS] = excess;
        }
        let others = |class: usize| if class == self.label { class + 1 } else { class };
        let next = others(self.target + 1);
        if self.settings.targets == 0 && next < logits.len() {
            self.target = next;
            return Next::Step;
        }
        if self.settings.targets == 0 {
            self.target = others(0);
        }
        if self.nearest.is_infinite() {
            return self.given_up();
        }
        self.parameters[GO] = 1.0;
        self.nearest = f64::INFINITY;
        self.fresh = true;
        self.left = self.left.saturating_sub(1);
        Next::Step
    }

    /// Nothing more can be tried: what has been found decides.
    fn given_up(&self) -> Next {
        let within = self.best <= self.eps;
        if within && self.best.is_finite() { Next::Fooled } else { Next::Done }
    }
}

impl State for Boundary {
    fn observe(&mut self, seen: &Observation<'_>) -> Next {
        let &[excess, size, length] = seen.statistics else { return Next::Done };
        let kept = self.parameters[EXCESS];
        self.parameters = [0.0, 0.0, 0.0, 0.0, kept];
        if self.fresh && self.judge(seen.fooled, size) {
            self.parameters[PULL] = flag(true);
            let within = self.best <= self.eps;
            if within && (!self.settings.smallest || self.left == 0) {
                return Next::Fooled;
            }
        }
        if self.left == 0 {
            return self.given_up();
        }
        if self.parameters[PULL] > 0.0 {
            return Next::Step;
        }
        self.plane(excess, length, seen.logits)
    }

    fn parameters(&self) -> Vec<f64> {
        self.parameters.to_vec()
    }

    fn target(&self) -> usize {
        self.target
    }

    fn checks_first(&self) -> bool {
        self.fresh
    }

    fn answer(&self) -> usize {
        // The best image is still the present one when the move that would keep it does not come.
        if self.parameters[IMPROVED] > 0.0 { 0 } else { 1 }
    }
}
