//! Minimum-norm attacks: DDN and FMN, whose steps and radii follow a fixed schedule, and sigma-zero (`sigma_zero.rs`).
//!
//! DDN and FMN walk along the gradient, by steps that shrink as half a cosine, in a ball around the clean image whose radius shrinks while
//! the image fools and grows while it does not; the smallest change that fooled is the answer. There is no chance in them. DDN: Rony et
//! al., *Decoupling direction and norm for efficient gradient-based L2 adversarial attacks and defenses*, CVPR 2019, without the rounding
//! to 256 levels that its authors leave to the caller. FMN: Pintor et al., *Fast minimum-norm adversarial attacks through adaptive
//! norm constraints*, NeurIPS 2021.

mod course;
pub(in super::super) mod sigma_zero;
mod smallest;

use super::super::driver::Passes;
use super::super::driver::state::Job;
use super::super::norms::l1;
use super::super::{Attack, AttackRequest, Ball, Norm, Suite};
use super::known::{Known, Settings, alone, descents, quarter};
use super::{Answer, Evaluated, Initial, Inputs, Method};
use crate::graph::{Builder, GraphError, ValueId};
use crate::loss::Loss;
use course::Course;

/// Whose schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Decoupled direction and norm (L2): the change is scaled to the radius, the loss is cross-entropy.
    Ddn,
    /// Fast minimum norm (L0, L1, L2, L-infinity): the change is projected into the ball, the loss is the margin.
    Fmn,
}

/// Everything that defines a minimum-norm attack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinimumSettings {
    /// Norm, and the radius within which a change counts as fooling; infinite to count every one.
    pub ball: Ball,
    /// Whose schedule.
    pub rule: Rule,
    /// Points that are looked at.
    pub steps: usize,
}

/// DDN.
pub(super) const DDN: Known = Known {
    word: "ddn",
    settings: &["steps"],
    norms: &[Norm::L2],
    steps: 100,
    step: quarter,
    seeks_smallest: true,
    suite: |asked| by("DDN", Rule::Ddn, asked),
};

/// FMN.
pub(super) const FMN: Known = Known {
    word: "fmn",
    norms: &[Norm::Linf, Norm::L2, Norm::L1, Norm::L0],
    suite: |asked| by("FMN", Rule::Fmn, asked),
    ..DDN
};

fn by(name: &'static str, rule: Rule, asked: &AttackRequest) -> Suite {
    alone(name, Attack::Minimum(MinimumSettings { ball: asked.reach(true), rule, steps: asked.steps }))
}

impl Settings for MinimumSettings {
    fn method(self, _shape: [usize; 3]) -> Box<dyn Method> {
        Box::new(self)
    }

    fn passes(&self) -> Passes {
        descents(self.steps, 1)
    }
}

/// Places of the parameters.
const IMPROVED: usize = 0;
const ALPHA: usize = 1;
const EPS: usize = 2;

/// Keeps a division by a vanishing change finite.
const TINY: f64 = 1e-12;

impl Method for MinimumSettings {
    fn ball(&self) -> Ball {
        self.ball
    }

    fn stays_inside(&self) -> bool {
        false
    }

    fn loss(&self, b: &mut Builder, at: Answer) -> Result<Option<ValueId>, GraphError> {
        let loss = if self.rule == Rule::Ddn { Loss::CrossEntropy } else { Loss::Margin };
        loss.build(b, at.logits, at.label).map(Some)
    }

    /// The loss, the size of the change, and the length of the gradient in the dual norm.
    fn statistics(&self, b: &mut Builder, at: &Evaluated) -> Result<Vec<ValueId>, GraphError> {
        let (size, length) = (at.size(b, self.ball.norm)?, at.slope(b, self.ball.norm)?);
        Ok(at.loss.into_iter().chain([size, length]).collect())
    }

    fn parameters(&self) -> usize {
        3
    }

    /// The image and the best one.
    fn fields(&self) -> usize {
        2
    }

    fn update(&self, b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
        let [x, best] = inputs.all()?;
        let best = inputs.kept(b, IMPROVED, best)?;
        let direction = Norm::L2.direction(b, inputs.gradient()?)?;
        let (alpha, eps) = (inputs.parameter(b, ALPHA)?, inputs.parameter(b, EPS)?);
        let step = b.mul(direction, alpha)?;
        let change = b.sub(x, inputs.clean)?;
        let change = b.add(change, step)?;
        let change = self.fitted(b, change, eps)?;
        let next = b.add(inputs.clean, change)?;
        Ok(vec![b.clip(next, 0.0, 1.0)?, best])
    }

    fn begin(&self, job: &Job, clean: &[f32]) -> Initial {
        let course = Course::new(self, job, clean);
        Initial { fields: vec![clean.to_vec(); 2], state: Box::new(course) }
    }
}

impl MinimumSettings {
    /// `change` [N, C, H, W] brought to the radius `eps` [N, 1, 1, 1], as the rule says.
    fn fitted(&self, b: &mut Builder, change: ValueId, eps: ValueId) -> Result<ValueId, GraphError> {
        match (self.rule, self.ball.norm) {
            (Rule::Fmn, Norm::Linf) => {
                let low = b.neg(eps)?;
                let above = b.max(change, low)?;
                b.min(above, eps)
            }
            (Rule::Fmn, Norm::L1) => l1::shrink(b, change, eps),
            (Rule::Fmn, Norm::L0) => l1::largest(b, change, eps),
            (Rule::Fmn, Norm::L2) | (Rule::Ddn, _) => {
                let length = Norm::L2.length(b, change)?;
                let guarded = b.shift(length, TINY)?;
                let mut factor = b.div(eps, guarded)?;
                if self.rule == Rule::Fmn {
                    let one = b.scalar_like(1.0, factor);
                    factor = b.min(factor, one)?;
                }
                b.mul(change, factor)
            }
        }
    }
}
