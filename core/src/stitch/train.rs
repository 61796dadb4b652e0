//! Task matching: one training step of the stitch on labels, optimiser included, as one graph.
//!
//! Adam as PyTorch defines it (Kingma & Ba 2015; weight decay added to the gradient). What depends on the step number is
//! computed outside and given as numbers, so one program serves every step.

use crate::autodiff::gradients;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::loss::Loss;
use crate::ops::{gather::Gather, stitch::Stitch};
use crate::tensor::{DType, Dim, TensorType};

/// How the learning rate moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Stays.
    Constant,
    /// A tenth after one third and again after two thirds of the epochs.
    Steps,
    /// Half a cosine from the first rate to zero, step by step.
    Cosine,
}

/// What the optimiser is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainSettings {
    /// Passes over the training images.
    pub epochs: usize,
    /// First learning rate.
    pub rate: f64,
    /// How it moves.
    pub schedule: Schedule,
    /// L2 coefficient added to the gradient, on weight and bias.
    pub weight_decay: f64,
    /// Images per step.
    pub batch: usize,
}

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl TrainSettings {
    /// Learning rate at `step` of `steps` in `epoch`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    pub fn rate_at(&self, epoch: usize, step: usize, steps: usize) -> f64 {
        let done = epoch as f64 / self.epochs.max(1) as f64;
        match self.schedule {
            Schedule::Constant => self.rate,
            // Thresholds as the reference implementation writes them.
            Schedule::Steps => {
                self.rate
                    * if done >= 0.666 {
                        0.01
                    } else if done >= 0.333 {
                        0.1
                    } else {
                        1.0
                    }
            }
            Schedule::Cosine => {
                self.rate * 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / steps.max(1) as f64).cos())
            }
        }
    }

    /// The three numbers of step `t` (from 1) at learning rate `rate`: `rate / (1 - beta1^t)`, `1 / sqrt(1 - beta2^t)`,
    /// `1 / images`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "numbers of an f32 graph")]
    pub fn numbers(&self, rate: f64, t: usize, images: usize) -> [f32; 3] {
        let t = t as f64;
        [
            (rate / (1.0 - BETA1.powf(t))) as f32,
            (1.0 / (1.0 - BETA2.powf(t)).sqrt()) as f32,
            (1.0 / images.max(1) as f64) as f32,
        ]
    }
}

/// Where a step takes its activations from.
#[derive(Clone, Copy, Debug)]
pub enum TrainGraph<'a> {
    /// From the front's cached activations of `images` training images, [images, C, ...], by index.
    Cached {
        /// Type of one batch of activations.
        activation: &'a TensorType,
        /// Number of cached images.
        images: usize,
    },
    /// From the images themselves through the front.
    Whole {
        /// Image batch to tap.
        front: &'a Graph,
    },
}

/// One training step. Inputs: `cache` and `index` (cached) or `image` (whole), `label`, then `w`, `b` and the moments
/// `mw`, `vw`, `mb`, `vb`, then the numbers of [`TrainSettings::numbers`]: `step`, `root`, `share`.
/// Outputs: the new `w`, `b`, `mw`, `vw`, `mb`, `vb`, and `loss` (mean over the batch).
///
/// # Errors
/// [`GraphError`] when the halves do not fit or an operator has no derivative.
pub fn training_graph(
    source: TrainGraph<'_>,
    end: &Graph,
    channels: (usize, usize),
    weight_decay: f64,
) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let (activation, label) = match source {
        TrainGraph::Cached { activation, images } => cached_inputs(&mut b, activation, images)?,
        TrainGraph::Whole { front } => {
            let image = b.input("image", front.ty(front.inputs()[0]).clone());
            let label = crate::loss::label_input(&mut b);
            (inline(&mut b, front, &[image])?[0], label)
        }
    };
    let (out, input) = channels;
    let mut state = |name: &str, sizes: &[usize]| b.input(name, TensorType::f32(sizes));
    let (w, bias) = (state("w", &[out, input]), state("b", &[out]));
    let (mw, vw) = (state("mw", &[out, input]), state("vw", &[out, input]));
    let (mb, vb) = (state("mb", &[out]), state("vb", &[out]));
    let (step, root, share) = (state("step", &[]), state("root", &[]), state("share", &[]));
    let stitched = b.apply1(Stitch, &[activation, w, bias])?;
    let logits = inline(&mut b, end, &[stitched])?[0];
    let losses = Loss::CrossEntropy.build(&mut b, logits, label)?;
    let sum = b.reduce_sum(losses, &[0], false)?;
    let loss = b.mul(sum, share)?;
    let by = gradients(&mut b, loss, &[w, bias])?;
    let adam = Adam { step, root, weight_decay };
    let w_next = adam.update(&mut b, (w, mw, vw), by[0])?;
    let b_next = adam.update(&mut b, (bias, mb, vb), by[1])?;
    let results =
        [("w", w_next.0), ("b", b_next.0), ("mw", w_next.1), ("vw", w_next.2), ("mb", b_next.1), ("vb", b_next.2)];
    for (name, value) in results {
        b.output(&format!("{name}_next"), value);
    }
    b.output("loss", loss);
    Ok(b.finish())
}

fn cached_inputs(b: &mut Builder, activation: &TensorType, images: usize) -> Result<(ValueId, ValueId), GraphError> {
    let mut shape = activation.shape.clone();
    shape[0] = Dim::fixed(images);
    let cache = b.input("cache", TensorType::new(DType::F32, &shape));
    let index = b.input("index", TensorType::new(DType::I64, &[Dim::BATCH]));
    let label = crate::loss::label_input(b);
    Ok((b.apply1(Gather { axis: 0 }, &[cache, index])?, label))
}

/// Adam's numbers within a graph.
struct Adam {
    step: ValueId,
    root: ValueId,
    weight_decay: f64,
}

impl Adam {
    /// `(parameter, first moment, second moment)` after one step.
    fn update(
        &self,
        b: &mut Builder,
        (parameter, first, second): (ValueId, ValueId, ValueId),
        gradient: Option<ValueId>,
    ) -> Result<(ValueId, ValueId, ValueId), GraphError> {
        // Without a path to the loss nothing moves.
        let Some(gradient) = gradient else { return Ok((parameter, first, second)) };
        let gradient = if self.weight_decay > 0.0 {
            let decay = b.scale(parameter, self.weight_decay)?;
            b.add(gradient, decay)?
        } else {
            gradient
        };
        let first = mix(b, first, gradient, BETA1)?;
        let square = b.mul(gradient, gradient)?;
        let second = mix(b, second, square, BETA2)?;
        let deviation = b.sqrt(second)?;
        let scaled = b.mul(deviation, self.root)?;
        let guarded = b.shift(scaled, EPSILON)?;
        let direction = b.div(first, guarded)?;
        let change = b.mul(direction, self.step)?;
        Ok((b.sub(parameter, change)?, first, second))
    }
}

/// `beta * old + (1 - beta) * new`.
fn mix(b: &mut Builder, old: ValueId, new: ValueId, beta: f64) -> Result<ValueId, GraphError> {
    let (old, new) = (b.scale(old, beta)?, b.scale(new, 1.0 - beta)?);
    b.add(old, new)
}
