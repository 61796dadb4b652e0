//! Carries out an attack over many images: slots, refilling, restarts and targets, verdicts.
//!
//! Jobs wait in one queue and fill a fixed number of slots. A job leaves when it is decided: after a success the image's other
//! jobs are dropped, else its next start or target goes to the end of the queue. What depends on the image is kept per image,
//! so the grouping changes no verdict. A success counts when a plain forward pass over the answer, read back from the device,
//! confirms it.

use std::collections::VecDeque;

use super::driver::batch::{DeviceBatch, End, HostBatch, Slot};
use super::driver::finish::Candidate;
use super::driver::state::Job;
use super::driver::{Driver, Passes};
use super::{Attack, AttackError};
use crate::data::Images;
use crate::engine::{Engine, Program};
use crate::graph::Graph;
use crate::rewrite;
use crate::tensor::Tensor;

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

/// What an attack found out about one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The verdict.
    pub verdict: Verdict,
    /// Size of the change that fooled, in the ball's norm: the smallest one where the attack looks for it.
    pub size: Option<f64>,
    /// The attacked image [C, H, W] that fooled, where [`Runner::keeping_images`] asks for it; where none did, one that was
    /// tried within the ball, if [`Runner::keeping_attempts`] asks for it.
    pub image: Option<Vec<f32>>,
}

impl Found {
    /// Nothing has been found (yet).
    pub(super) const NOTHING: Self = Self { verdict: Verdict::Robust, size: None, image: None };

    /// Leaves nothing behind.
    pub(super) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::NOTHING)
    }

    /// What a later attack on the same image adds: an earlier attempt stays unless the later one fools.
    pub(super) fn followed_by(self, later: Self) -> Self {
        match later.verdict {
            Verdict::Robust => Self { image: self.image.or(later.image), ..later },
            Verdict::Fooled | Verdict::NotEvaluated => later,
        }
    }
}

/// What an attack found out about all images.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// One entry per attacked image, in the order asked for.
    pub found: Vec<Found>,
    /// Successes that a plain forward pass did not confirm, and that do not count.
    pub unconfirmed: usize,
    /// Images that an attack towards classes could not begin at: every other class is out of reach. They count as robust.
    pub without_target: usize,
    /// Passes that the attack made, those that confirmed successes and that chose targets among them.
    pub passes: Passes,
}

impl Findings {
    /// The verdicts alone.
    #[must_use]
    pub fn verdicts(&self) -> Vec<Verdict> {
        self.found.iter().map(|f| f.verdict).collect()
    }
}

/// A prepared attack on one network.
pub struct Runner {
    pub(super) driver: Driver,
    pub(super) forward: Program,
    keep_images: bool,
    keep_attempts: bool,
}

/// What has been found so far and what is still to do.
struct Work<'a> {
    images: &'a Images,
    queue: VecDeque<(usize, usize)>,
    /// One list per image of the data set: the classes to aim at.
    targets: Vec<Vec<usize>>,
    /// One radius per image of the data set.
    radii: Vec<f32>,
    found: Vec<Found>,
    decided: usize,
    unconfirmed: usize,
}

impl Runner {
    /// Prepares `attack` on `network` (image batch to logits) with up to `batch` slots.
    ///
    /// # Errors
    /// [`AttackError::Graph`] when the network has no input gradient and the attack needs one, [`AttackError::NotAClassifier`],
    /// [`AttackError::Engine`].
    pub async fn prepare(
        engine: &dyn Engine,
        network: &Graph,
        attack: &Attack,
        batch: usize,
    ) -> Result<Self, AttackError> {
        // First the network, so that no gradient is built through what can be folded away; then the turn.
        let network = rewrite::simplify(network)?;
        let sizes = sizes(&network)?;
        let driver = Driver::prepare(engine, &network, attack.method(sizes.0), sizes, batch).await?;
        let forward = engine.compile(&network).await?;
        Ok(Self { driver, forward, keep_images: false, keep_attempts: false })
    }

    /// The same attack, which also gives out the images that fooled: as many bytes as the images themselves take in f32.
    #[must_use]
    pub fn keeping_images(mut self) -> Self {
        self.keep_images = true;
        self
    }

    /// The same attack, which gives out what its first start or target came to for images that it does not fool, where the
    /// attack stays in its ball.
    #[must_use]
    pub fn keeping_attempts(mut self) -> Self {
        self.keep_attempts = true;
        self
    }

    /// Attacks the images of `subset` (indices; those that the network gets right) in the attack's own ball.
    /// `progress` hears after every turn how many are decided, and may stop the attack by returning `false`.
    ///
    /// # Errors
    /// [`AttackError`].
    pub async fn run(
        &self,
        engine: &dyn Engine,
        images: &Images,
        subset: &[usize],
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Findings, AttackError> {
        self.run_within(engine, images, (subset, &[]), progress).await
    }

    /// As [`Runner::run`], with a radius for each image of `subset` (none: the attack's own). Step lengths follow the radius.
    ///
    /// # Errors
    /// [`AttackError`].
    pub async fn run_within(
        &self,
        engine: &dyn Engine,
        images: &Images,
        (subset, radii): (&[usize], &[f32]),
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Findings, AttackError> {
        let before = self.driver.passes();
        let targets = self.targets(engine, images, subset).await?;
        let can_begin = |image: &usize| self.driver.method.targets() == 0 || !targets[*image].is_empty();
        let queue: VecDeque<(usize, usize)> = subset.iter().copied().filter(can_begin).map(|i| (i, 0)).collect();
        let without_target = subset.len() - queue.len();
        let mut work = Work {
            images,
            queue,
            targets,
            radii: vec![self.driver.method.ball().eps; images.len()],
            found: vec![Found::NOTHING; images.len()],
            decided: without_target,
            unconfirmed: 0,
        };
        for (image, eps) in subset.iter().zip(radii) {
            work.radii[*image] = *eps;
        }
        let mut batch = HostBatch::new(self.driver.method.fields());
        loop {
            self.refill(&mut batch, &mut work);
            if batch.slots.is_empty() {
                let found = subset.iter().map(|image| work.found[*image].clone()).collect();
                progress(work.decided);
                let passes = self.driver.passes() - before;
                return Ok(Findings { found, unconfirmed: work.unconfirmed, without_target, passes });
            }
            let mut running = DeviceBatch::upload(engine, batch, self.driver.shape).await?;
            let mut first = true;
            // Rows of ended jobs idle until a quarter of them is worth a rebuild.
            let mut go_on = |running: &DeviceBatch| {
                // Every turn, as thousands of them can pass before an image is decided.
                if !std::mem::take(&mut first) && !progress(work.decided) {
                    return Err(AttackError::Stopped);
                }
                Ok(running.ended() * 4 < running.slots.len())
            };
            self.driver.drive(engine, &mut running, (&[], true), &mut go_on).await?;
            batch = self.part(engine, running, &mut work).await?;
        }
    }

    /// Fills free slots with waiting jobs.
    fn refill(&self, batch: &mut HostBatch, work: &mut Work<'_>) {
        while batch.slots.len() < self.driver.batch {
            let Some((image, round)) = work.queue.pop_front() else { return };
            let label = work.images.labels[image] as usize;
            let targets = &work.targets[image];
            let rank = round % targets.len().max(1);
            let job = Job {
                image,
                label,
                target: targets.get(rank).copied().unwrap_or(label),
                restart: u32::try_from(round / targets.len().max(1)).unwrap_or(u32::MAX),
                rank: u32::try_from(rank).unwrap_or(u32::MAX),
                eps: work.radii[image],
            };
            let clean = work.images.pixels_f32(&[image]);
            let initial = self.driver.method.begin(&job, &clean);
            let slot = Slot { job, round, state: initial.state, end: None, clean };
            batch.push(slot, initial.fields.iter().map(Vec::as_slice));
        }
    }

    /// Lets ended jobs go, after verifying every projection and confirming every success; gives the slots that stay.
    async fn part(
        &self,
        engine: &dyn Engine,
        running: DeviceBatch,
        work: &mut Work<'_>,
    ) -> Result<HostBatch, AttackError> {
        let size = self.driver.shape.iter().product::<usize>().max(1);
        let mut fields = Vec::with_capacity(running.fields.len());
        for field in &running.fields {
            fields.push(engine.read(field).await?);
        }
        let fields = fields.iter().map(Tensor::as_f32).collect::<Result<Vec<_>, _>>()?;
        let mut stay = HostBatch::new(fields.len());
        let mut candidates = Vec::new();
        for (row, slot) in running.slots.into_iter().enumerate() {
            let of = |field: usize| fields[field].get(row * size..(row + 1) * size).unwrap_or_default();
            let Some(end) = slot.end else {
                stay.push(slot, (0..fields.len()).map(of));
                continue;
            };
            let field = if end == End::Fooled { slot.state.answer() } else { slot.state.rest() }.min(fields.len() - 1);
            candidates.push(self.driver.candidate(&slot, end, of(field).to_vec())?);
        }
        work.unconfirmed += self.driver.confirm(engine, &self.forward, &mut candidates).await?;
        for candidate in candidates {
            self.decide(candidate, work);
        }
        Ok(stay)
    }

    /// What the end of a job means for its image.
    fn decide(&self, candidate: Candidate, work: &mut Work<'_>) {
        let (image, method) = (candidate.job.image, self.driver.method.as_ref());
        if candidate.end == End::Done {
            method.learn(&candidate.job, candidate.target, candidate.score, &candidate.image);
        }
        let found = &mut work.found[image];
        match candidate.end {
            End::NotANumber => found.verdict = Verdict::NotEvaluated,
            End::Fooled if found.size.is_none_or(|before| candidate.size < before) => {
                *found = Found {
                    verdict: Verdict::Fooled,
                    size: Some(candidate.size),
                    image: self.keep_images.then_some(candidate.image),
                };
            }
            End::Done if self.keep_attempts && method.stays_inside() && found.image.is_none() => {
                found.image = Some(candidate.image);
            }
            End::Fooled | End::Done => {}
        }
        let open = found.verdict == Verdict::Robust || (found.verdict == Verdict::Fooled && method.exhaustive());
        let jobs = method.restarts().max(1) * work.targets[image].len().max(1);
        if open && candidate.round + 1 < jobs && method.goes_on(image) {
            work.queue.push_back((image, candidate.round + 1));
        } else {
            work.decided += 1;
        }
    }
}

/// Image shape [C, H, W] and number of classes.
pub(super) fn sizes(network: &Graph) -> Result<([usize; 3], usize), AttackError> {
    let (input, output) = (network.ty(network.inputs()[0]), network.ty(network.outputs()[0].value));
    let known = |dims: &[crate::tensor::Dim]| dims.iter().map(|d| d.known()).collect::<Option<Vec<usize>>>();
    let image = input.shape.get(1..).and_then(known).and_then(|s| <[usize; 3]>::try_from(s).ok());
    let classes = output.shape.get(1..).and_then(known).and_then(|s| <[usize; 1]>::try_from(s).ok());
    match (image, classes) {
        (Some(image), Some([classes])) => Ok((image, classes)),
        _ => Err(AttackError::NotAClassifier { found: format!("{input} to {output}") }),
    }
}
