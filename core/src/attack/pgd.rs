//! PGD over many images: slots, refilling, restarts, verdicts.

use super::{AttackSettings, Norm, Start, step_graph};
use crate::data::Images;
use crate::engine::{Buffer, Engine, EngineError, Program};
use crate::graph::{Graph, GraphError};
use crate::random::{Purpose, Stream};
use crate::rewrite;
use crate::tensor::{Tensor, TensorError};

/// An attacked image may leave its ball by this much: rounding of f32.
const SLACK: f64 = 1e-6;

/// What became of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Correct on every attacked image.
    Robust,
    /// Misclassified at some attacked image.
    Fooled,
    /// The network answered with something that is not a number: neither robust nor fooled.
    NotEvaluated,
}

/// An attack that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum AttackError {
    /// The step cannot be built.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The device failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A tensor is not what it should be.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// The projection did not hold: our bug or a broken device, never a result.
    #[error(
        "image {image}: the attacked image is {size} from the clean one ({norm}), allowed is {eps}; the device computes wrongly"
    )]
    Projection {
        /// Index of the image.
        image: usize,
        /// Size of the change.
        size: f64,
        /// The norm's word.
        norm: &'static str,
        /// The radius.
        eps: f32,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}

/// A prepared attack on one network.
pub struct Pgd {
    settings: AttackSettings,
    step: Program,
    batch: usize,
}

/// An image under attack.
#[derive(Clone, Copy)]
struct Slot {
    /// Index of the image in the data set.
    image: usize,
    /// Steps made so far.
    steps: usize,
    verdict: Option<Verdict>,
}

/// The images under attack and their place on the device.
struct Slots {
    slots: Vec<Slot>,
    x: Buffer,
    clean: Buffer,
    label: Buffer,
}

impl Pgd {
    /// Prepares the attack on `network` (image batch to logits) with `batch` slots.
    ///
    /// # Errors
    /// [`AttackError::Graph`] when the network has no input gradient, [`AttackError::Engine`].
    pub async fn prepare(
        engine: &dyn Engine,
        network: &Graph,
        settings: &AttackSettings,
        batch: usize,
    ) -> Result<Self, AttackError> {
        // First the network, so that no gradient is built through what can be folded away; then the step.
        let network = rewrite::simplify(network)?;
        let graph = rewrite::simplify(&step_graph(&network, settings)?)?;
        let step = engine.compile(&graph).await?;
        // Verdicts do not depend on how images are grouped, so the device chooses.
        let batch = step.batch_up_to(batch);
        Ok(Self { settings: *settings, step, batch })
    }

    /// Attacks the images of `subset` (indices; those that the network gets right) and gives one verdict each.
    /// `progress` hears how many are decided and may stop the attack by returning `false`.
    ///
    /// # Errors
    /// [`AttackError`].
    pub async fn run(
        &self,
        engine: &dyn Engine,
        images: &Images,
        subset: &[usize],
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Vec<Verdict>, AttackError> {
        let mut verdicts = vec![Verdict::Robust; images.len()];
        let mut survivors = subset.to_vec();
        for restart in 0..self.settings.restarts.max(1) {
            let decided = subset.len() - survivors.len();
            let mut report = |done: usize| progress(decided + done);
            self.attack_once(engine, images, &survivors, restart, &mut verdicts, &mut report).await?;
            survivors.retain(|image| verdicts[*image] == Verdict::Robust);
        }
        Ok(subset.iter().map(|image| verdicts[*image]).collect())
    }

    /// One start for every image of `queue`.
    async fn attack_once(
        &self,
        engine: &dyn Engine,
        images: &Images,
        queue: &[usize],
        restart: usize,
        verdicts: &mut [Verdict],
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<(), AttackError> {
        let mut waiting = queue.iter().copied();
        let mut done = 0;
        let mut state: Option<Slots> = None;
        loop {
            let Some(mut slots) = self.refill(engine, images, state.take(), &mut waiting, restart).await? else {
                return Ok(());
            };
            // Rows of decided images idle until a quarter of them is worth a rebuild.
            while slots.slots.iter().filter(|s| s.verdict.is_some()).count() * 4 < slots.slots.len().max(1) {
                self.advance(engine, images, &mut slots).await?;
            }
            for slot in slots.slots.iter().filter(|s| s.verdict.is_some()) {
                verdicts[slot.image] = slot.verdict.unwrap_or(Verdict::NotEvaluated);
                done += 1;
            }
            if !progress(done) {
                return Err(AttackError::Stopped);
            }
            state = Some(slots);
        }
    }

    /// One step for all slots; judges each image where it stood before the step.
    async fn advance(&self, engine: &dyn Engine, images: &Images, state: &mut Slots) -> Result<(), AttackError> {
        let results = self.step.run(&[&state.x, &state.clean, &state.label]).await?;
        let logits = engine.read(&results[1]).await?;
        let classes = logits.shape()[1].max(1);
        for (slot, row) in state.slots.iter_mut().zip(logits.as_f32()?.chunks(classes)) {
            if slot.verdict.is_none() {
                slot.verdict = match crate::study::predicted_class(row) {
                    None => Some(Verdict::NotEvaluated),
                    Some(class) if class != images.labels[slot.image] as usize => Some(Verdict::Fooled),
                    Some(_) if slot.steps >= self.settings.steps => Some(Verdict::Robust),
                    Some(_) => None,
                };
            }
            slot.steps += 1;
        }
        state.x = results.into_iter().next().ok_or(EngineError::ForeignBuffer)?;
        Ok(())
    }

    /// Lets decided images go, after verifying every projection, and fills their slots from `waiting`. `None` when nothing is left.
    async fn refill(
        &self,
        engine: &dyn Engine,
        images: &Images,
        state: Option<Slots>,
        waiting: &mut impl Iterator<Item = usize>,
        restart: usize,
    ) -> Result<Option<Slots>, AttackError> {
        let (mut slots, mut x, mut clean) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(old) = state {
            let (old_x, old_clean) = (engine.read(&old.x).await?, engine.read(&old.clean).await?);
            let size = old_x.len() / old.slots.len().max(1);
            let rows = old_x.as_f32()?.chunks(size).zip(old_clean.as_f32()?.chunks(size));
            for (slot, (row, clean_row)) in old.slots.iter().zip(rows) {
                self.verify(slot.image, row, clean_row)?;
                if slot.verdict.is_none() {
                    slots.push(*slot);
                    x.extend_from_slice(row);
                    clean.extend_from_slice(clean_row);
                }
            }
        }
        for image in waiting.take(self.batch - slots.len()) {
            let pixels = images.pixels_f32(&[image]);
            x.extend(self.start(&pixels, image, restart));
            clean.extend(pixels);
            slots.push(Slot { image, steps: 0, verdict: None });
        }
        if slots.is_empty() {
            return Ok(None);
        }
        let shape = [slots.len(), images.channels, images.height, images.width];
        let label = slots.iter().map(|s| i64::from(images.labels[s.image])).collect::<Vec<_>>();
        let x = engine.upload(&Tensor::f32(&shape, x)?).await?;
        let clean = engine.upload(&Tensor::f32(&shape, clean)?).await?;
        let label = engine.upload(&Tensor::indices(&label)).await?;
        Ok(Some(Slots { slots, x, clean, label }))
    }

    /// The first attacked image of a restart.
    fn start(&self, clean: &[f32], image: usize, restart: usize) -> Vec<f32> {
        let eps = self.settings.eps;
        let key = (image as u64, u32::try_from(restart).unwrap_or(u32::MAX));
        let mut stream = Stream::new(self.settings.seed, Purpose::AttackStart, key.0, key.1);
        let change: Vec<f32> = match (self.settings.start, self.settings.norm) {
            (Start::Clean, _) => return clean.to_vec(),
            (Start::Uniform, Norm::Linf) => clean.iter().map(|_| stream.uniform_range(-eps, eps)).collect(),
            (Start::Gaussian, Norm::Linf) => {
                clean.iter().map(|_| (stream.gaussian_f32() * eps * 0.5).clamp(-eps, eps)).collect()
            }
            (Start::Uniform | Start::Gaussian, Norm::L2) => {
                let direction: Vec<f32> = clean.iter().map(|_| stream.gaussian_f32()).collect();
                let length = direction.iter().map(|d| d * d).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
                let share = stream.uniform_f32();
                // A uniform point of the ball has radius share^(1/D); the Gaussian start takes a uniform radius.
                #[expect(clippy::cast_precision_loss, reason = "a count of pixels")]
                let radius = if self.settings.start == Start::Uniform {
                    share.powf(1.0 / clean.len().max(1) as f32)
                } else {
                    share
                };
                direction.iter().map(|d| d / length * radius * eps).collect()
            }
        };
        clean.iter().zip(change).map(|(c, d)| (c + d).clamp(0.0, 1.0)).collect()
    }

    /// The attacked image is in the ball and in [0, 1].
    fn verify(&self, image: usize, x: &[f32], clean: &[f32]) -> Result<(), AttackError> {
        let size = self.settings.norm.size(x, clean);
        let boxed = x.iter().all(|v| (0.0..=1.0).contains(v));
        // A NaN gradient leaves NaN pixels: that image is judged by its logits instead.
        let undefined = x.iter().any(|v| v.is_nan());
        if undefined || (boxed && size <= f64::from(self.settings.eps) + SLACK) {
            return Ok(());
        }
        Err(AttackError::Projection { image, size, norm: self.settings.norm.word(), eps: self.settings.eps })
    }
}
