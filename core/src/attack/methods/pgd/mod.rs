//! Projected gradient descent, and FGSM as its shortest form.

mod cycles;

use super::super::driver::Passes;
use super::super::driver::state::{Job, Next, Observation, State};
use super::super::first_image::first;
use super::super::{Attack, AttackSettings, Ball, Norm, Start};
use super::known::{BALLS, Known, Settings, alone, descents, quarter};
use super::{Answer, Initial, Inputs, Method, no_gradient};
use crate::autodiff::gradients;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::loss::label_input;

/// PGD. A step of 2.5 eps / steps can cross the ball and come back a quarter.
pub(super) const PGD: Known = Known {
    word: "pgd",
    settings: &["alpha", "start", "loss", "steps", "restarts"],
    norms: BALLS,
    steps: 20,
    #[expect(clippy::cast_precision_loss, reason = "the list of keys bounds steps")]
    step: |steps| 2.5 / steps as f64,
    seeks_smallest: false,
    suite: |asked| {
        let settings = AttackSettings {
            norm: asked.ball.norm,
            eps: asked.ball.eps,
            alpha: asked.alpha,
            steps: asked.steps,
            restarts: asked.restarts,
            start: asked.start,
            loss: asked.loss,
            seed: asked.seed,
        };
        alone("PGD", Attack::Pgd(settings))
    },
};

/// FGSM.
pub(super) const FGSM: Known = Known {
    word: "fgsm",
    settings: &[],
    norms: BALLS,
    steps: 100,
    step: quarter,
    seeks_smallest: false,
    suite: |asked| alone("FGSM", Attack::Pgd(AttackSettings::fgsm(asked.ball))),
};

impl Settings for AttackSettings {
    fn method(self, _shape: [usize; 3]) -> Box<dyn Method> {
        if cycles::may_return(&self) { Box::new(cycles::Cycles(self)) } else { Box::new(self) }
    }

    fn passes(&self) -> Passes {
        descents(self.steps, self.restarts)
    }

    /// One step is FGSM, whose length is the radius.
    fn longer(self) -> Option<Self> {
        (self.steps > 1).then_some(Self { steps: 2 * self.steps, ..self })
    }
}

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
}

/// `project(x + alpha * direction(gradient))`; `alpha` and `radius` broadcast to [N, 1, 1, 1].
pub(super) fn step(
    b: &mut Builder,
    norm: Norm,
    (x, clean): (ValueId, ValueId),
    gradient: ValueId,
    (alpha, radius): (ValueId, ValueId),
) -> Result<ValueId, GraphError> {
    let direction = norm.direction(b, gradient)?;
    let change = b.mul(direction, alpha)?;
    let moved = b.add(x, change)?;
    norm.project(b, moved, clean, radius)
}

/// One PGD step as a single graph: `(x, clean, label) -> (next, logits)`, where
/// `next = project(x + alpha * direction(grad loss(x)))`, and the logits are those at `x`. Images [N, C, H, W] in [0, 1], labels
/// `[N]`. For those who compute a step on their own; [`super::super::Runner`] makes the same step in two graphs, as it decides
/// in between.
///
/// # Errors
/// [`GraphError::NoDerivative`] naming the node when the network has no gradient.
pub fn step_graph(network: &Graph, settings: &AttackSettings) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let ty = network.ty(network.inputs()[0]).clone();
    let x = b.input("x", ty.clone());
    let clean = b.input("clean", ty);
    let label = label_input(&mut b);
    let logits = inline(&mut b, network, &[x])?[0];
    let loss = settings.loss.build(&mut b, logits, label)?;
    let gradient = gradients(&mut b, loss, &[x])?[0].ok_or_else(no_gradient)?;
    let lengths = (b.scalar_like(f64::from(settings.alpha), x), b.scalar_like(f64::from(settings.eps), x));
    let next = step(&mut b, settings.norm, (x, clean), gradient, lengths)?;
    b.output("next", next);
    b.output("logits", logits);
    Ok(b.finish())
}

impl Method for AttackSettings {
    fn ball(&self) -> Ball {
        Self::ball(self)
    }

    fn restarts(&self) -> usize {
        self.restarts
    }

    fn loss(&self, b: &mut Builder, at: Answer) -> Result<Option<ValueId>, GraphError> {
        self.loss.build(b, at.logits, at.label).map(Some)
    }

    /// The step's length.
    fn parameters(&self) -> usize {
        1
    }

    fn fields(&self) -> usize {
        1
    }

    fn update(&self, b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
        let gradient = inputs.gradient()?;
        let lengths = (inputs.parameter(b, 0)?, inputs.radius(b)?);
        Ok(vec![step(b, self.norm, (inputs.fields[0], inputs.clean), gradient, lengths)?])
    }

    fn begin(&self, job: &Job, clean: &[f32]) -> Initial {
        let x = first(self.start, Self::ball(self), self.seed, (job, clean));
        let alpha = f64::from(job.scaled(self.alpha, Self::ball(self)));
        Initial { fields: vec![x], state: Box::new(Countdown { left: self.steps, target: job.target, alpha }) }
    }
}

/// Steps of one length until the image is fooled or none are left.
struct Countdown {
    left: usize,
    target: usize,
    alpha: f64,
}

impl State for Countdown {
    fn observe(&mut self, seen: &Observation<'_>) -> Next {
        if seen.fooled {
            return Next::Fooled;
        }
        let Some(left) = self.left.checked_sub(1) else { return Next::Done };
        self.left = left;
        Next::Step
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.alpha]
    }

    fn target(&self) -> usize {
        self.target
    }
}
