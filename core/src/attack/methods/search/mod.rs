//! A search from start to start, for images that other attacks leave: towards every class, along gradients that rectifiers do not cut
//! off, and from mixtures of the best images so far.
//!
//! Where a rectifier is at rest its derivative is 0, and an attack that would have to wake it is not told so. Here the *gradient* passes
//! through resting rectifiers by a share, the leak, which fades while the start is worked on; what the network answers is not
//! touched. The first starts are random, one for each class; later ones mix two of the best images that earlier starts came to (pixel
//! by pixel, or on the line between them) and draw a few pixels anew, as iterated local search does. Starts end when none of the
//! last ones came nearer.

mod climb;
mod memory;

use std::cell::RefCell;
use std::collections::HashMap;

use super::super::driver::Passes;
use super::super::driver::state::Job;
use super::super::norms::l1;
use super::super::{Ball, Norm};
use super::known::{Settings, descents};
use super::{Answer, Evaluated, Initial, Inputs, Method, no_gradient};
use crate::autodiff::gradients_with;
use crate::graph::{Builder, GraphError, Node, ValueId};
use crate::loss::TargetedLoss;
use crate::ops::Op;
use crate::random::Purpose;
use crate::tensor::Dim;
use climb::Climb;
use memory::{Begun, Memory};

/// Everything that defines a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchSettings {
    /// Where its images lie.
    pub ball: Ball,
    /// Steps of a random start; a start from a mixture takes half as many.
    pub steps: usize,
    /// The wrong classes that are aimed at.
    pub targets: usize,
    /// Take those whose planes are nearest at the clean image, instead of the likeliest.
    pub near: bool,
    /// The most starts are this many for each of the classes.
    pub restarts: usize,
    /// After so many starts that came no nearer there are no more.
    pub patience: usize,
    /// Seed of the starts.
    pub seed: u64,
}

impl Settings for SearchSettings {
    fn method(self, _shape: [usize; 3]) -> Box<dyn Method> {
        Box::new(Search { settings: self, memories: RefCell::default() })
    }

    /// Of a search towards every class, those of ten.
    fn passes(&self) -> Passes {
        descents(self.steps, self.restarts.saturating_mul(self.targets.min(10)))
    }
}

impl SearchSettings {
    /// Long: towards all classes, up to sixty starts for each.
    #[must_use]
    pub const fn long(ball: Ball, seed: u64) -> Self {
        Self { ball, steps: 300, targets: usize::MAX, near: false, restarts: 60, patience: 100, seed }
    }

    /// Short: one start towards each of the `targets` nearest classes.
    #[must_use]
    pub const fn short(ball: Ball, targets: usize, steps: usize, seed: u64) -> Self {
        Self { ball, steps, targets, near: true, restarts: 1, patience: usize::MAX, seed }
    }
}

/// The search with what it has learned of each image.
pub(in super::super) struct Search {
    settings: SearchSettings,
    memories: RefCell<HashMap<usize, Memory>>,
}

impl Method for Search {
    fn ball(&self) -> Ball {
        self.settings.ball
    }

    fn restarts(&self) -> usize {
        self.settings.restarts
    }

    fn targets(&self) -> usize {
        self.settings.targets
    }

    fn aims_near(&self) -> bool {
        self.settings.near
    }

    fn loss(&self, b: &mut Builder, at: Answer) -> Result<Option<ValueId>, GraphError> {
        TargetedLoss::Difference.build(b, at.logits, at.label, at.target).map(Some)
    }

    /// The leak.
    fn knobs(&self) -> usize {
        1
    }

    fn gradient(
        &self,
        b: &mut Builder,
        loss: ValueId,
        x: ValueId,
        knobs: Option<ValueId>,
    ) -> Result<Option<ValueId>, GraphError> {
        let leak = knobs.ok_or_else(no_gradient)?;
        Ok(gradients_with(b, loss, &[x], &|b, node, upstream| leaking(b, node, upstream, leak))?[0])
    }

    fn statistics(&self, b: &mut Builder, at: &Evaluated) -> Result<Vec<ValueId>, GraphError> {
        let length = at.slope(b, self.settings.ball.norm)?;
        Ok(at.loss.into_iter().chain([length]).collect())
    }

    /// Whether the present image is the best, and the step's length.
    fn parameters(&self) -> usize {
        2
    }

    /// The image, and the best of the start.
    fn fields(&self) -> usize {
        2
    }

    fn update(&self, b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
        let [x, best] = inputs.all()?;
        let best = inputs.kept(b, 0, best)?;
        let lengths = (inputs.parameter(b, 1)?, inputs.radius(b)?);
        let next = super::pgd::step(b, self.settings.ball.norm, (x, inputs.clean), inputs.gradient()?, lengths)?;
        Ok(vec![next, best])
    }

    fn begin(&self, job: &Job, clean: &[f32]) -> Initial {
        let ball = Ball { eps: job.eps, ..self.settings.ball };
        let mut stream = job.stream(self.settings.seed, Purpose::AttackStart);
        let mut memories = self.memories.borrow_mut();
        let memory = memories.entry(job.image).or_default();
        let Begun { mut x, target, steps, step, leak } =
            memory.begin((job.restart, job.rank), (job.target, self.settings.steps), (ball, clean), &mut stream);
        inside(ball, &mut x, clean);
        let state = Climb::new(target, steps, (step, leak));
        Initial { fields: vec![x.clone(), x], state: Box::new(state) }
    }

    fn learn(&self, job: &Job, target: usize, score: f64, image: &[f32]) {
        if self.settings.restarts > 1 {
            self.memories.borrow_mut().entry(job.image).or_default().learn(target, score, image);
        }
    }

    fn goes_on(&self, image: usize) -> bool {
        let mut memories = self.memories.borrow_mut();
        let on = memories.get(&image).is_none_or(|memory| memory.stale() < self.settings.patience);
        if !on {
            memories.remove(&image);
        }
        on
    }
}

/// The derivative through a rectifier that lets `leak` [N, 1] through where it is at rest.
fn leaking(
    b: &mut Builder,
    node: &Node,
    upstream: &[Option<ValueId>],
    leak: ValueId,
) -> Result<Option<Vec<Option<ValueId>>>, GraphError> {
    let (Op::Relu(_), &[output], &[Some(dy)]) = (&node.op, node.outputs.as_slice(), upstream) else { return Ok(None) };
    let shape = &b.ty(output).shape;
    // Rows that are not images have no leak of their own.
    if shape.first() != Some(&Dim::BATCH) {
        return Ok(None);
    }
    let one_each: Vec<Dim> = (0..shape.len()).map(|axis| if axis == 0 { Dim::BATCH } else { Dim::ONE }).collect();
    let dtype = b.ty(output).dtype;
    let leak = b.reshape(leak, &one_each)?;
    let leak = b.cast(leak, dtype)?;
    let open = b.sign(output)?;
    let share = b.max(open, leak)?;
    Ok(Some(vec![Some(b.mul(dy, share)?)]))
}

/// Brings `x` [C, H, W] into ball and box.
fn inside(ball: Ball, x: &mut [f32], clean: &[f32]) {
    let eps = ball.eps;
    match ball.norm {
        Norm::Linf => x.iter_mut().zip(clean).for_each(|(x, c)| *x = x.clamp(c - eps, c + eps)),
        Norm::L1 => l1::project_pixels(x, clean, f64::from(eps)),
        Norm::L2 | Norm::L0 => {
            #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
            let share = (f64::from(eps) / ball.norm.size(x, clean).max(1e-12)).min(1.0) as f32;
            // Fewer pixels than all cannot be had by a shorter change.
            let share = if ball.norm == Norm::L0 && share < 1.0 { 0.0 } else { share };
            x.iter_mut().zip(clean).for_each(|(x, c)| *x = c + share * (*x - c));
        }
    }
    x.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
}
