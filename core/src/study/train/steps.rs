//! The training of a stitch over epochs: batches in seeded order, state on the device.

use super::crafting::{Batch, CraftSettings, Crafter};
use super::validation::{Best, Judge};
use crate::data::{Images, Views};
use crate::engine::{Buffer, Engine, Program};
use crate::graph::Graph;
use crate::random::{Purpose, Stream};
use crate::rewrite;
use crate::stitch::{Halves, Lesson, Objective, Parameters, TrainGraph, TrainSettings, Weights, training_graph};
use crate::study::evaluate::{batch_of, labels};
use crate::study::{StudyError, Teachers};
use crate::tensor::Tensor;

/// Images that are held out of a training to say when it was best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Validation {
    /// Share of the images, in (0, 1); at least one is held out, and at least one learned on.
    pub share: f64,
    /// Passes without a better stitch after which the training ends, at least 1.
    pub patience: usize,
}

impl Validation {
    /// How many of `images` are held out.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a count"
    )]
    pub fn held(&self, images: usize) -> usize {
        ((self.share * images as f64) as usize).max(1).min(images.saturating_sub(1))
    }
}

/// A trained stitch.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Passes after which it was kept; all of them without held-out images.
    pub kept: usize,
    /// The stitch after the last step.
    pub weights: Weights,
    /// Mean loss of each batch, in order.
    pub losses: Vec<f32>,
    /// Running statistics of front and end after the last step, in the order of [`Training::statistics`].
    pub statistics: Vec<Tensor>,
}

/// Everything that decides a training.
#[derive(Clone, Copy)]
pub struct Training<'a> {
    /// Image to the stitch's input, as [`Lesson`] takes it.
    pub front: &'a Graph,
    /// What the stitch gives to logits, or to deeper activations (see [`Lesson::end`]).
    pub end: &'a Graph,
    /// Image to the stitch's input and what the stitch gives to logits, as [`Halves`] takes them: attacks see these.
    pub evaluated: (&'a Graph, &'a Graph),
    /// First running statistics of `front` and `end`, where they move.
    pub statistics: &'a [Tensor],
    /// Image to the end's own activations, for matching.
    pub target: Option<&'a Graph>,
    /// The stitch's inputs of all images [images, C, ...]; with them the front is never run.
    pub cache: Option<&'a Buffer>,
    /// What it learns on.
    pub images: &'a Images,
    /// How images change from epoch to epoch.
    pub views: Views,
    /// Where the stitch starts.
    pub init: &'a Weights,
    /// What of it is trained.
    pub parameters: &'a Parameters,
    /// Towards what.
    pub objective: Objective,
    /// Whose outputs it learns, for soft matching.
    pub teachers: Option<&'a Teachers>,
    /// Which images are attacked first.
    pub craft: Option<CraftSettings>,
    /// Which images are held out, if any.
    pub validation: Option<Validation>,
    /// How it learns.
    pub settings: &'a TrainSettings,
    /// Seed of order, views and attacks.
    pub seed: u64,
}

/// Trains a stitch. `step` hears (steps done, steps in all, last loss).
///
/// # Errors
/// [`StudyError`] from the engine or from `step`.
pub async fn train(
    engine: &dyn Engine,
    training: &Training<'_>,
    step: &mut dyn FnMut(usize, usize, f32) -> Result<(), StudyError>,
) -> Result<Trained, StudyError> {
    let Training { images, init, parameters, settings, seed, .. } = *training;
    let programs = Programs::of(engine, training).await?;
    let own = parameters.tensors(init.out, init.input).len() + parameters.statistics(init.out, init.input).len();
    let kept = own + training.statistics.len();
    let mut state = first_state(engine, training).await?;
    let judge = match training.validation {
        Some(validation) => Some(Judge::of(engine, training, validation).await?),
        None => None,
    };
    let held: &[usize] = judge.as_ref().map_or(&[], |judge| &judge.held);
    let mut order: Vec<usize> = (0..images.len()).filter(|index| held.binary_search(index).is_err()).collect();
    let batch = settings.batch.max(1);
    let total = settings.epochs * order.len().div_ceil(batch);
    let mut best = match &judge {
        Some(judge) => Some(Best {
            correct: judge.correct(engine, &state[..kept]).await?,
            passes: 0,
            state: state[..kept].to_vec(),
        }),
        None => None,
    };
    let mut passes = 0;
    let mut losses = Vec::with_capacity(total);
    for epoch in 0..settings.epochs {
        Stream::new(seed, Purpose::BatchOrder, epoch as u64, 0).shuffle(&mut order);
        for chosen in order.chunks(batch) {
            let of = Batch { images, chosen, seed, epoch };
            let mut inputs = programs.batch(engine, training, of, &state[..kept]).await?;
            inputs.append(&mut state);
            let rate = settings.rate_at(epoch, losses.len(), total);
            for number in settings.numbers(rate, losses.len() + 1, chosen.len()) {
                inputs.push(engine.upload(&Tensor::scalar(number)).await?);
            }
            let mut results = programs.step.run(&inputs.iter().collect::<Vec<_>>()).await?;
            let loss = results.pop().ok_or_else(|| StudyError::Misfit("the step gave no loss".to_owned()))?;
            state = results;
            losses.push(rounded(engine.read(&loss).await?.to_f64().first().copied().unwrap_or(f64::NAN)));
            step(losses.len(), total, losses[losses.len() - 1])?;
        }
        passes = epoch + 1;
        let (Some(judge), Some(best)) = (&judge, &mut best) else { continue };
        let correct = judge.correct(engine, &state[..kept]).await?;
        // Of equals the earlier.
        if correct > best.correct {
            *best = Best { correct, passes, state: state[..kept].to_vec() };
        } else if passes - best.passes >= judge.validation.patience {
            break;
        }
    }
    let (passes, last) = best.map_or_else(|| (passes, state[..kept].to_vec()), |best| (best.passes, best.state));
    let mut trained = Vec::with_capacity(kept);
    for buffer in &last {
        trained.push(engine.read(buffer).await?);
    }
    let statistics = trained.split_off(own);
    let weights = parameters.weights(&trained, (init.out, init.input))?;
    Ok(Trained { kept: passes, weights, losses, statistics })
}

#[expect(clippy::cast_possible_truncation, reason = "a loss of an f32 graph")]
fn rounded(value: f64) -> f32 {
    value as f32
}

/// What is trained, running statistics, and moments of zeros.
async fn first_state(engine: &dyn Engine, training: &Training<'_>) -> Result<Vec<Buffer>, StudyError> {
    let Training { parameters, init, settings, .. } = *training;
    let first = parameters.first(init)?;
    let own = parameters.first_statistics(init)?;
    let per_tensor = settings.optimizer.moments().len();
    let zeros: Vec<Tensor> =
        first.iter().flat_map(|t| std::iter::repeat_n(Tensor::full(t.shape(), 0.0), per_tensor)).collect();
    let mut state = Vec::new();
    for tensor in first.iter().chain(&own).chain(training.statistics).chain(&zeros) {
        state.push(engine.upload(tensor).await?);
    }
    Ok(state)
}

/// The compiled step, and what makes its batches.
struct Programs {
    step: Program,
    crafter: Option<Crafter>,
}

impl Programs {
    async fn of(engine: &dyn Engine, training: &Training<'_>) -> Result<Self, StudyError> {
        let Training { front, end, init, parameters, .. } = *training;
        let channels = (init.out, init.input);
        let source = match training.cache {
            Some(_) => {
                let activation = front.ty(front.outputs()[0].value);
                TrainGraph::Cached { activation, images: training.images.len() }
            }
            None => TrainGraph::Whole { front },
        };
        let Training { target, objective, settings, evaluated, .. } = *training;
        let lesson = Lesson { source, end, target, channels, parameters, objective, settings };
        let step = engine.compile(&rewrite::simplify(&training_graph(&lesson)?)?).await?;
        let halves = Halves { front: evaluated.0, end: evaluated.1, channels, parameters };
        let crafter = match &training.craft {
            Some(craft) => Some(Crafter::new(engine, &halves, craft, settings.batch).await?),
            None => None,
        };
        Ok(Self { step, crafter })
    }

    /// The step's first inputs, in its order.
    async fn batch(
        &self,
        engine: &dyn Engine,
        training: &Training<'_>,
        of: Batch<'_>,
        trained: &[Buffer],
    ) -> Result<Vec<Buffer>, StudyError> {
        let Batch { images, chosen, .. } = of;
        let wants = |name: &str| self.step.inputs().iter().any(|(n, _)| n == name);
        let epoch = u32::try_from(of.epoch).unwrap_or(u32::MAX);
        let pixels = || training.views.pixels(images, chosen, of.seed, epoch);
        let mut inputs = Vec::new();
        if let Some(cache) = training.cache {
            #[expect(clippy::cast_possible_wrap, reason = "indices of images")]
            let index: Vec<i64> = chosen.iter().map(|i| *i as i64).collect();
            inputs.extend([cache.clone(), engine.upload(&Tensor::indices(&index)).await?]);
        }
        let mut image = None;
        if wants("image") {
            let mut pixels = pixels();
            if let Some(crafter) = self.crafter.as_ref().filter(|_| !wants("attacked")) {
                crafter.attack(engine, of, &mut pixels, trained).await?;
            }
            let buffer = engine.upload(&batch_of(images, pixels)?).await?;
            image = Some(buffer.clone());
            inputs.push(buffer);
        }
        if wants("attacked") {
            let mut pixels = pixels();
            if let Some(crafter) = &self.crafter {
                crafter.attack(engine, of, &mut pixels, trained).await?;
            }
            inputs.push(engine.upload(&batch_of(images, pixels)?).await?);
        }
        if wants("label") {
            inputs.push(engine.upload(&labels(images, chosen)).await?);
        }
        if let Some(teachers) = training.teachers.filter(|_| wants("teacher")) {
            let seen = match image {
                _ if teachers.remember() && training.views.are_fixed() => None,
                Some(image) => Some(image),
                None => Some(engine.upload(&batch_of(images, pixels())?).await?),
            };
            inputs.extend(teachers.answers(engine, chosen, seen.as_ref()).await?);
        }
        Ok(inputs)
    }
}
