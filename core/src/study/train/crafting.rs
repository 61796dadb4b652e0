//! Attacked training images: PGD on the stitched network as it stands at that step, verified like any attacked image.

use crate::attack::descent::{Descent, Origin};
use crate::attack::driver::Objective;
use crate::attack::methods::{Answer, Method};
use crate::attack::{AttackError, AttackSettings, first_image};
use crate::data::Images;
use crate::engine::{Buffer, Engine, Program};
use crate::graph::{Builder, GraphError, ValueId};
use crate::random::{Purpose, Stream};
use crate::rewrite;
use crate::stitch::{Craft, Halves};
use crate::study::StudyError;
use crate::study::evaluate::batch_of;
use crate::tensor::TensorType;

/// Deviation of the noise that TRADES begins at (Zhang et al. 2019).
const TRADES_NOISE: f32 = 0.001;

/// The attack of a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CraftSettings {
    /// Norm, radius, step, number of steps, start and loss; restarts are not made.
    pub attack: AttackSettings,
    /// Share of each batch that is attacked, in [0, 1].
    pub share: f64,
    /// What is raised.
    pub craft: Craft,
}

impl CraftSettings {
    /// Images of a batch of `images` that are attacked: the share, rounded down as the reference does.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a small count"
    )]
    pub fn count(&self, images: usize) -> usize {
        ((self.share * images as f64) as usize).min(images)
    }
}

/// What one training step is about.
#[derive(Clone, Copy)]
pub(in crate::study) struct Batch<'a> {
    pub images: &'a Images,
    /// Indices of the images.
    pub chosen: &'a [usize],
    pub seed: u64,
    pub epoch: usize,
}

/// The stitched network as it stands, and what its crafted images raise.
struct Stitched<'a> {
    halves: &'a Halves<'a>,
    craft: Craft,
}

impl Objective for Stitched<'_> {
    fn image(&self) -> &TensorType {
        self.halves.front.ty(self.halves.front.inputs()[0])
    }

    fn logits(&self, b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
        self.halves.stitched(b, x)
    }

    fn loss(&self, b: &mut Builder, method: &dyn Method, at: Answer) -> Result<Option<ValueId>, GraphError> {
        match self.craft {
            Craft::Loss => method.loss(b, at),
            Craft::Divergence => self.halves.divergence(b, at.logits).map(Some),
        }
    }
}

/// Makes attacked images.
pub(in crate::study) struct Crafter {
    settings: CraftSettings,
    descent: Descent,
    /// The network's answer to clean images, where that is what must not change.
    answer: Option<Program>,
}

impl Crafter {
    pub(super) async fn new(
        engine: &dyn Engine,
        halves: &Halves<'_>,
        settings: &CraftSettings,
        batch: usize,
    ) -> Result<Self, StudyError> {
        let objective = Stitched { halves, craft: settings.craft };
        let descent = Descent::prepare(engine, &objective, &settings.attack, batch).await.map_err(failed)?;
        let answer = match settings.craft {
            Craft::Loss => None,
            Craft::Divergence => Some(engine.compile(&rewrite::simplify(&halves.logits_graph()?)?).await?),
        };
        Ok(Self { settings: *settings, descent, answer })
    }

    /// Attacks the first images of the batch, as many as the share says, in place; `trained` is the stitch as it stands. The order of a
    /// batch is random, so the first ones are a random choice.
    pub(super) async fn attack(
        &self,
        engine: &dyn Engine,
        batch: Batch<'_>,
        pixels: &mut [f32],
        trained: &[Buffer],
    ) -> Result<(), StudyError> {
        let count = self.settings.count(batch.chosen.len());
        if count == 0 {
            return Ok(());
        }
        let size = pixels.len() / batch.chosen.len();
        let (clean, chosen) = (&pixels[..count * size], &batch.chosen[..count]);
        let mut context: Vec<Buffer> = trained.to_vec();
        if let Some(program) = &self.answer {
            let image = engine.upload(&batch_of(batch.images, clean.to_vec())?).await?;
            let inputs: Vec<&Buffer> = [&image].into_iter().chain(trained).collect();
            context.push(only(program.run(&inputs).await?)?);
        }
        let AttackSettings { eps, alpha, steps, .. } = self.settings.attack;
        let origin = |(index, clean): (&usize, &[f32])| Origin {
            image: *index,
            label: batch.images.labels[*index] as usize,
            clean: clean.to_vec(),
            start: self.start(batch, *index, clean),
            eps,
            alpha,
        };
        let origins = chosen.iter().zip(clean.chunks(size)).map(origin).collect();
        let context: Vec<&Buffer> = context.iter().collect();
        let found = self.descent.run(engine, origins, (&context, steps, false), &mut |_| true).await.map_err(failed)?;
        for (place, arrival) in pixels.chunks_mut(size).zip(found) {
            place.copy_from_slice(&arrival.image);
        }
        Ok(())
    }

    fn start(&self, batch: Batch<'_>, index: usize, clean: &[f32]) -> Vec<f32> {
        let epoch = u32::try_from(batch.epoch).unwrap_or(u32::MAX);
        let mut stream = Stream::new(batch.seed, Purpose::TrainAttack, index as u64, epoch);
        match self.settings.craft {
            Craft::Loss => first_image(self.settings.attack.start, self.settings.attack.ball(), clean, &mut stream),
            // Not to begin at the clean image, where the divergence is smallest and flat. The first step's projection brings
            // what lies outside a tiny ball back.
            Craft::Divergence => {
                clean.iter().map(|v| (v + TRADES_NOISE * stream.gaussian_f32()).clamp(0.0, 1.0)).collect()
            }
        }
    }
}

fn failed(source: AttackError) -> StudyError {
    StudyError::Attack { cell: "training".to_owned(), source }
}

fn only(results: Vec<Buffer>) -> Result<Buffer, StudyError> {
    results.into_iter().next().ok_or_else(|| StudyError::Misfit("a step gave no result".to_owned()))
}
