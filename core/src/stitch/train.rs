//! One training step of a stitch, loss, gradient and optimiser, as one graph.
//!
//! Donors are constants of it; what is trained, running statistics, the optimiser's moments and the numbers of the step are its inputs,
//! so that one program serves every step and the state stays on the engine's device.

use pass::Pass;

use super::objective::{Objective, divergence, matching, soft, task};
use super::{Parameters, TrainSettings};
use crate::autodiff::gradients;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::ops::gather::Gather;
use crate::tensor::{DType, Dim, TensorType};

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
    /// From the images themselves through the front, as it is or as `batch_statistics` made it.
    Whole {
        /// Image batch to tap.
        front: &'a Graph,
    },
}

/// Everything that a training step is built from.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// Where activations come from.
    pub source: TrainGraph<'a>,
    /// The end's half: tap to logits. For [`Objective::Match`], tap to the deeper activations that are matched beside the tap's
    /// own, any number of them; with as many as `target` has, they are all that is matched. As it is or as
    /// `batch_statistics` made it.
    pub end: &'a Graph,
    /// For [`Objective::Match`]: image to the end's own activations, at the tap and then as `end` gives them.
    pub target: Option<&'a Graph>,
    /// Channels of the end's tap and of the front's.
    pub channels: (usize, usize),
    /// What is trained.
    pub parameters: &'a Parameters,
    /// Towards what.
    pub objective: Objective,
    /// How.
    pub settings: &'a TrainSettings,
}

/// One training step. Inputs, each only where the lesson needs it: `cache` and `index`; `image`; `attacked` (TRADES' second image
/// batch); `label`; `teacher`, `teacher2` (logits [N, K]); then what is trained ([`Parameters::tensors`]), the running statistics of
/// stitch, front and end, the moments of each trained tensor in order (`mw`, `vw`, `mb`, ...), and the numbers of
/// [`TrainSettings::numbers`].
/// Outputs: what is trained, the statistics and the moments after the step, under the same names with `_next`, and `loss`.
///
/// # Errors
/// [`GraphError`] when the halves do not fit or an operator has no derivative.
pub fn training_graph(lesson: &Lesson<'_>) -> Result<Graph, GraphError> {
    let Lesson { parameters, settings, channels: (out, input), .. } = *lesson;
    let mut b = Builder::new();
    let given = Given::declare(&mut b, lesson)?;
    let trained = parameters.inputs(&mut b, (out, input));
    let mut pass = Pass::declare(&mut b, lesson, &trained);
    let tensors = parameters.tensors(out, input);
    let moments: Vec<Vec<ValueId>> = tensors
        .iter()
        .map(|(name, sizes)| {
            let moments = settings.optimizer.moments().iter();
            moments.map(|kind| b.input(&format!("{kind}{name}"), TensorType::f32(sizes))).collect()
        })
        .collect();
    let mut number = |name: &str| b.input(name, TensorType::f32(&[]));
    let numbers: Vec<ValueId> = settings.optimizer.numbers(0.0, 1).iter().map(|(name, _)| number(name)).collect();
    let share = number("share");
    pass.share = Some(share);
    let (mut loss, weight) = given.loss(&mut b, lesson, &mut pass, share)?;
    if settings.l1 > 0.0 {
        let sizes = b.abs(weight)?;
        let size = b.reduce_mean(sizes, &[0, 1], false)?;
        let penalty = b.scale(size, settings.l1)?;
        loss = b.add(loss, penalty)?;
    }
    let by = gradients(&mut b, loss, &trained)?;
    let mut next = Vec::with_capacity(trained.len());
    for ((parameter, moments), gradient) in trained.iter().zip(&moments).zip(by) {
        next.push(match gradient {
            Some(gradient) => {
                settings.optimizer.update(&mut b, (*parameter, moments), gradient, &numbers, settings.weight_decay)?
            }
            // Without a path to the loss nothing moves.
            None => (*parameter, moments.clone()),
        });
    }
    for ((name, _), (value, _)) in tensors.iter().zip(&next) {
        b.output(&format!("{name}_next"), *value);
    }
    for (index, value) in pass.statistics().into_iter().enumerate() {
        b.output(&format!("statistics{index}_next"), value);
    }
    for ((name, _), (_, moments)) in tensors.iter().zip(&next) {
        for (kind, value) in settings.optimizer.moments().iter().zip(moments) {
            b.output(&format!("{kind}{name}_next"), *value);
        }
    }
    b.output("loss", loss);
    Ok(b.finish())
}

/// A batch within the graph, as it is given.
struct Given {
    cached: Option<ValueId>,
    image: Option<ValueId>,
    /// The attacked images.
    attacked: Option<ValueId>,
    label: Option<ValueId>,
    teachers: Vec<ValueId>,
}

impl Given {
    fn declare(b: &mut Builder, lesson: &Lesson<'_>) -> Result<Self, GraphError> {
        let cached = match lesson.source {
            TrainGraph::Cached { activation, images } => Some(cached_input(b, activation, images)?),
            TrainGraph::Whole { .. } => None,
        };
        let image_type = match (lesson.source, lesson.target) {
            (TrainGraph::Whole { front }, _) => Some(front.ty(front.inputs()[0]).clone()),
            (TrainGraph::Cached { .. }, Some(target)) => Some(target.ty(target.inputs()[0]).clone()),
            (TrainGraph::Cached { .. }, None) => None,
        };
        let image = image_type.map(|ty| b.input("image", ty));
        let attacked = match (lesson.objective, lesson.source) {
            (Objective::Trades { .. }, TrainGraph::Whole { front }) => {
                Some(b.input("attacked", front.ty(front.inputs()[0]).clone()))
            }
            _ => None,
        };
        let labelled = matches!(lesson.objective, Objective::Task | Objective::Trades { .. });
        let label = labelled.then(|| crate::loss::label_input(b));
        let teachers = match lesson.objective {
            Objective::Soft { teachers, .. } => {
                let logits = lesson.end.ty(lesson.end.outputs()[0].value).clone();
                ["teacher", "teacher2"].iter().take(teachers).map(|name| b.input(name, logits.clone())).collect()
            }
            _ => Vec::new(),
        };
        Ok(Self { cached, image, attacked, label, teachers })
    }

    /// The loss, and the stitch's weight.
    fn loss(
        &self,
        b: &mut Builder,
        lesson: &Lesson<'_>,
        pass: &mut Pass<'_>,
        share: ValueId,
    ) -> Result<(ValueId, ValueId), GraphError> {
        let signal = match self.cached {
            Some(signal) => signal,
            None => pass.front(b, self.image.ok_or_else(|| missing("image"))?)?,
        };
        let stitched = pass.stitch(b, signal)?;
        let label = self.label.ok_or_else(|| missing("label"));
        let loss = match lesson.objective {
            Objective::Task => {
                let logits = pass.end(b, stitched.value)?[0];
                task(b, logits, label?, share)?
            }
            Objective::Soft { temperature, .. } => {
                let logits = pass.end(b, stitched.value)?[0];
                soft(b, logits, &self.teachers, temperature, share)?
            }
            Objective::Trades { beta } => {
                let logits = pass.end(b, stitched.value)?[0];
                let attacked = pass.front(b, self.attacked.ok_or_else(|| missing("attacked"))?)?;
                let attacked = pass.stitch(b, attacked)?;
                let attacked = pass.end(b, attacked.value)?[0];
                let clean = task(b, logits, label?, share)?;
                let gaps = divergence(b, logits, attacked)?;
                let gap = super::objective::mean(b, gaps, share)?;
                let gap = b.scale(gap, beta)?;
                b.add(clean, gap)?
            }
            Objective::Match(distance) => {
                let (target, image) = lesson.target.zip(self.image).ok_or_else(|| missing("image"))?;
                let targets = inline(b, target, &[image])?;
                let deeper = if lesson.end.outputs().is_empty() { Vec::new() } else { pass.end(b, stitched.value)? };
                let all = usize::from(deeper.len() >= targets.len());
                let found = [stitched.value].into_iter().chain(deeper).skip(all);
                let pairs: Vec<(ValueId, ValueId)> = found.zip(targets).collect();
                matching(b, distance, &pairs, share)?
            }
        };
        Ok((loss, stitched.weight))
    }
}

fn missing(name: &str) -> GraphError {
    GraphError::Missing { what: "input", name: name.to_owned() }
}

fn cached_input(b: &mut Builder, activation: &TensorType, images: usize) -> Result<ValueId, GraphError> {
    let mut shape = activation.shape.clone();
    shape[0] = Dim::fixed(images);
    let cache = b.input("cache", TensorType::new(DType::F32, &shape));
    let index = b.input("index", TensorType::new(DType::I64, &[Dim::BATCH]));
    b.apply1(Gather { axis: 0 }, &[cache, index])
}

#[cfg(test)]
mod normed_tests;
mod pass;
#[cfg(test)]
mod tests;
