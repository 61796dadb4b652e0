//! Sigma-zero: the fewest pixel values that change, by descent along a smooth count of them.
//!
//! Cina et al., *Sigma-zero: gradient-based optimization of l0-norm adversarial examples*, ICLR 2025, with the constants of the authors' code.
//! What falls is `max(z_y - max_k z_k, 0) + (1/d) sum_i c_i^2 / (c_i^2 + sigma)` for a change `c` of `d` pixel values, by Adam on the gradient
//! scaled to largest element 1; after each step, changes smaller than a threshold become 0. The threshold rises while the image fools and falls
//! while it does not.

use super::super::super::driver::Passes;
use super::super::super::driver::state::{Job, Next, Observation, State};
use super::super::super::{Attack, Ball, Norm};
use super::super::apgd::flag;
use super::super::known::{Known, Settings, alone, descents, quarter};
use super::super::{Answer, Evaluated, Initial, Inputs, Method};
use super::smallest::{Smallest, cosine};
use crate::autodiff::gradients;
use crate::graph::{Builder, GraphError, ValueId};
use crate::loss::Loss;

/// Everything that defines the attack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SigmaZeroSettings {
    /// L0, and the number of changed pixel values within which a change counts as fooling; infinite to count every one.
    pub ball: Ball,
    /// Points that are looked at.
    pub steps: usize,
}

/// Sigma-zero, with its paper's number of steps.
pub(in super::super) const SIGMA_ZERO: Known = Known {
    word: "sigma-zero",
    settings: &["steps"],
    norms: &[Norm::L0],
    steps: 1000,
    step: quarter,
    seeks_smallest: true,
    suite: |asked| {
        alone("sigma-zero", Attack::SigmaZero(SigmaZeroSettings { ball: asked.reach(true), steps: asked.steps }))
    },
};

impl Settings for SigmaZeroSettings {
    fn method(self, _shape: [usize; 3]) -> Box<dyn Method> {
        Box::new(self)
    }

    fn passes(&self) -> Passes {
        descents(self.steps, 1)
    }
}

/// Length of the first step, and of the last.
const RATE: (f64, f64) = (1.0, 0.1);
/// How smooth the count of changed pixels is.
const SIGMA: f64 = 1e-3;
/// The first threshold, and how much of a step's length it gains or loses.
const THRESHOLD: (f64, f64) = (0.3, 0.01);
/// Adam's constants: what the moments keep, and what is added to the root.
const KEEP: (f64, f64) = (0.9, 0.999);
const TINY: f64 = 1e-8;
/// The least largest element by which a gradient is divided.
const FLOOR: f64 = 1e-12;

/// Places of the parameters: whether the present image is the best, the step's length, the moments' corrections, the threshold.
const IMPROVED: usize = 0;
const LENGTH: usize = 1;
const FIRST: usize = 2;
const SECOND: usize = 3;
const CUT: usize = 4;

impl Method for SigmaZeroSettings {
    fn ball(&self) -> Ball {
        self.ball
    }

    fn stays_inside(&self) -> bool {
        false
    }

    /// What rises: the margin of the other classes, up to 0.
    fn loss(&self, b: &mut Builder, at: Answer) -> Result<Option<ValueId>, GraphError> {
        let margin = Loss::Margin.build(b, at.logits, at.label)?;
        let behind = b.neg(margin)?;
        let behind = b.relu(behind)?;
        b.neg(behind).map(Some)
    }

    /// How many pixel values are changed.
    fn statistics(&self, b: &mut Builder, at: &Evaluated) -> Result<Vec<ValueId>, GraphError> {
        Ok(vec![at.size(b, Norm::L0)?])
    }

    fn parameters(&self) -> usize {
        5
    }

    /// The image, the best one, and Adam's two moments.
    fn fields(&self) -> usize {
        4
    }

    fn update(&self, b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
        let [x, best, first, second] = inputs.all()?;
        let best = inputs.kept(b, IMPROVED, best)?;
        let change = b.sub(x, inputs.clean)?;
        let slope = descent(b, inputs.gradient()?, change)?;
        let (moved, first, second) = adam(b, inputs, (change, slope), (first, second))?;
        let moved = b.add(inputs.clean, moved)?;
        let moved = b.clip(moved, 0.0, 1.0)?;
        let next = cut(b, inputs, moved)?;
        Ok(vec![next, best, first, second])
    }

    fn begin(&self, job: &Job, clean: &[f32]) -> Initial {
        let none = vec![0.0; clean.len()];
        let smallest = Smallest::new(Norm::L0, job.eps, clean);
        let state = Descent { smallest, steps: self.steps, done: 0, target: job.target, threshold: THRESHOLD.0 };
        Initial { fields: vec![clean.to_vec(), clean.to_vec(), none.clone(), none], state: Box::new(state) }
    }
}

/// The gradient of what falls by the change [N, C, H, W], scaled to largest element 1 in each image; `rising` is that of the loss that rises.
fn descent(b: &mut Builder, rising: ValueId, change: ValueId) -> Result<ValueId, GraphError> {
    let axes: Vec<usize> = (1..b.ty(change).rank()).collect();
    let square = b.square(change)?;
    let guarded = b.shift(square, SIGMA)?;
    let counted = b.div(square, guarded)?;
    let count = b.reduce_mean(counted, &axes, false)?;
    let counting = gradients(b, count, &[change])?[0];
    let slope = b.neg(rising)?;
    let slope = match counting {
        Some(counting) => b.add(slope, counting)?,
        None => slope,
    };
    let sizes = b.abs(slope)?;
    let largest = b.reduce_max(sizes, &axes, true)?;
    let floor = b.scalar_like(FLOOR, largest);
    let largest = b.max(largest, floor)?;
    b.div(slope, largest)
}

/// Adam's step (Kingma & Ba 2015): the moved change, and the moments.
fn adam(
    b: &mut Builder,
    inputs: &Inputs,
    (change, slope): (ValueId, ValueId),
    (first, second): (ValueId, ValueId),
) -> Result<(ValueId, ValueId, ValueId), GraphError> {
    let first = mixed(b, first, slope, KEEP.0)?;
    let square = b.square(slope)?;
    let second = mixed(b, second, square, KEEP.1)?;
    let (corrections, length) =
        ([inputs.parameter(b, FIRST)?, inputs.parameter(b, SECOND)?], inputs.parameter(b, LENGTH)?);
    let mean = b.mul(first, corrections[0])?;
    let spread = b.mul(second, corrections[1])?;
    let root = b.sqrt(spread)?;
    let root = b.shift(root, TINY)?;
    let step = b.div(mean, root)?;
    let step = b.mul(step, length)?;
    Ok((b.sub(change, step)?, first, second))
}

/// `keep` of `old`, and `new` for the rest.
fn mixed(b: &mut Builder, old: ValueId, new: ValueId, keep: f64) -> Result<ValueId, GraphError> {
    let (old, new) = (b.scale(old, keep)?, b.scale(new, 1.0 - keep)?);
    b.add(old, new)
}

/// `x` with the clean pixel wherever it differs by less than the threshold.
fn cut(b: &mut Builder, inputs: &Inputs, x: ValueId) -> Result<ValueId, GraphError> {
    let change = b.sub(x, inputs.clean)?;
    let size = b.abs(change)?;
    let threshold = inputs.parameter(b, CUT)?;
    let below = b.sub(threshold, size)?;
    let small = b.is_positive(below)?;
    b.select(small, inputs.clean, x)
}

/// The bookkeeping of one image.
struct Descent {
    smallest: Smallest,
    steps: usize,
    done: usize,
    target: usize,
    threshold: f64,
}

impl Descent {
    fn rate(&self, step: usize) -> f64 {
        RATE.1 + (RATE.0 - RATE.1) * cosine(step, self.steps)
    }
}

impl State for Descent {
    fn observe(&mut self, seen: &Observation<'_>) -> Next {
        let &[size] = seen.statistics else { return Next::Done };
        self.smallest.judge(seen.fooled, size, false);
        self.done += 1;
        // By the length of the step after this one, as the published code has it.
        let way = THRESHOLD.1 * self.rate(self.done);
        self.threshold = (self.threshold + if seen.fooled { way } else { -way }).clamp(0.0, 1.0);
        if self.done < self.steps { Next::Step } else { self.smallest.end() }
    }

    fn parameters(&self) -> Vec<f64> {
        let step = i32::try_from(self.done).unwrap_or(i32::MAX);
        let correction = |keep: f64| 1.0 / (1.0 - libm::pow(keep, f64::from(step)));
        let length = self.rate(self.done.saturating_sub(1));
        vec![flag(self.smallest.improved), length, correction(KEEP.0), correction(KEEP.1), self.threshold]
    }

    fn target(&self) -> usize {
        self.target
    }

    fn answer(&self) -> usize {
        self.smallest.answer()
    }
}
