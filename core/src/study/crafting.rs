//! Attacked training images: PGD on the stitched network as it stands at that step, verified like any attacked image.

use super::StudyError;
use super::evaluate::batch_of;
use crate::attack::{AttackSettings, first_image, verify};
use crate::data::Images;
use crate::engine::{Buffer, Engine, Program};
use crate::random::{Purpose, Stream};
use crate::rewrite;
use crate::stitch::{Craft, Halves};
use crate::tensor::Tensor;

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
pub(super) struct Batch<'a> {
    pub images: &'a Images,
    /// Indices of the images.
    pub chosen: &'a [usize],
    pub seed: u64,
    pub epoch: usize,
}

/// Makes attacked images.
pub(super) struct Crafter {
    settings: CraftSettings,
    step: Program,
    /// The network's answer to clean images, where that is what must not change.
    answer: Option<Program>,
}

impl Crafter {
    pub async fn new(engine: &dyn Engine, halves: &Halves<'_>, settings: &CraftSettings) -> Result<Self, StudyError> {
        let graph = rewrite::simplify(&halves.craft_graph(&settings.attack, settings.craft)?)?;
        let step = engine.compile(&graph).await?;
        let answer = match settings.craft {
            Craft::Loss => None,
            Craft::Divergence => Some(engine.compile(&rewrite::simplify(&halves.logits_graph()?)?).await?),
        };
        Ok(Self { settings: *settings, step, answer })
    }

    /// Attacks the first images of the batch, as many as the share says, in place; `trained` is the stitch as it stands. The order of a
    /// batch is random, so the first ones are a random choice.
    pub async fn attack(
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
        let (clean, chosen) = (pixels[..count * size].to_vec(), &batch.chosen[..count]);
        let mut first = Vec::with_capacity(clean.len());
        for (index, image) in chosen.iter().zip(clean.chunks(size)) {
            first.extend(self.start(batch, *index, image));
        }
        let mut x = engine.upload(&batch_of(batch.images, first)?).await?;
        let origin = engine.upload(&batch_of(batch.images, clean.clone())?).await?;
        let given = match &self.answer {
            None => engine.upload(&labels(batch.images, chosen)).await?,
            Some(program) => {
                let inputs: Vec<&Buffer> = [&origin].into_iter().chain(trained).collect();
                only(program.run(&inputs).await?)?
            }
        };
        for _ in 0..self.settings.attack.steps {
            let inputs: Vec<&Buffer> = [&x, &origin, &given].into_iter().chain(trained).collect();
            x = only(self.step.run(&inputs).await?)?;
        }
        let found = engine.read(&x).await?.to_f64();
        let ball = self.settings.attack.ball();
        for (place, index) in chosen.iter().enumerate() {
            let range = place * size..(place + 1) * size;
            #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
            let image: Vec<f32> = found[range.clone()].iter().map(|v| *v as f32).collect();
            verify(*index, &image, &clean[range.clone()], ball, true)
                .map_err(|source| StudyError::Attack { cell: "training".to_owned(), source })?;
            pixels[range].copy_from_slice(&image);
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

/// Labels `[n]` of chosen images.
pub(super) fn labels(images: &Images, chosen: &[usize]) -> Tensor {
    let labels: Vec<i64> = chosen.iter().map(|i| i64::from(images.labels[*i])).collect();
    Tensor::indices(&labels)
}

fn only(results: Vec<Buffer>) -> Result<Buffer, StudyError> {
    results.into_iter().next().ok_or_else(|| StudyError::Misfit("a step gave no result".to_owned()))
}
