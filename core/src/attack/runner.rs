//! Carries out an attack over many images: slots, refilling, restarts and targets, verdicts.
//!
//! Jobs wait in one queue and fill a fixed number of slots. A job leaves when it is decided: after a success the image's other
//! jobs are dropped, else its next start or target goes to the end of the queue. What depends on the image is kept per image,
//! so the grouping changes no verdict. A success counts when a plain forward pass over the answer, read back from the device,
//! confirms it.

use std::collections::VecDeque;

use super::leaving::{Leaver, confirm, verify};
use super::method::{Job, Method};
use super::slots::{End, Rows, Slot, Slots};
use super::turn::{look_graph, move_graph};
use super::turns::Glance;
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
    pub(super) method: Box<dyn Method>,
    pub(super) shape: [usize; 3],
    pub(super) classes: usize,
    pub(super) look: Program,
    pub(super) step: Program,
    pub(super) glance: Option<Glance>,
    pub(super) forward: Program,
    pub(super) batch: usize,
    keep_images: bool,
    keep_attempts: bool,
}

/// What has been found so far and what is still to do.
struct Work<'a> {
    images: &'a Images,
    queue: VecDeque<(usize, usize)>,
    /// One list per image of the data set: the classes to aim at.
    targets: Vec<Vec<usize>>,
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
        let (shape, classes) = sizes(&network)?;
        let method = attack.method(shape);
        let look = rewrite::simplify(&look_graph(&network, method.as_ref())?)?;
        let image = network.ty(network.inputs()[0]);
        let step = rewrite::simplify(&move_graph(image, method.as_ref(), look.outputs().len() > 1)?)?;
        let glance = Glance::prepare(engine, &network, method.as_ref()).await?;
        let look = engine.compile(&look).await?;
        let (step, forward) = (engine.compile(&step).await?, engine.compile(&network).await?);
        // Verdicts do not depend on how images are grouped, so the device chooses.
        let batch = look.batch_up_to(batch);
        Ok(Self {
            method,
            shape,
            classes,
            look,
            step,
            glance,
            forward,
            batch,
            keep_images: false,
            keep_attempts: false,
        })
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

    /// Attacks the images of `subset` (indices; those that the network gets right).
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
        let targets = self.targets(engine, images, subset).await?;
        let can_begin = |image: &usize| self.method.targets() == 0 || !targets[*image].is_empty();
        let queue: VecDeque<(usize, usize)> = subset.iter().copied().filter(can_begin).map(|i| (i, 0)).collect();
        let without_target = subset.len() - queue.len();
        let mut work = Work {
            images,
            queue,
            targets,
            found: vec![Found::NOTHING; images.len()],
            decided: without_target,
            unconfirmed: 0,
        };
        let mut rows = Rows::new(self.method.fields());
        loop {
            self.refill(&mut rows, &mut work);
            if rows.slots.is_empty() {
                let found = subset.iter().map(|image| work.found[*image].clone()).collect();
                progress(work.decided);
                return Ok(Findings { found, unconfirmed: work.unconfirmed, without_target });
            }
            let mut slots = Slots::upload(engine, rows, self.shape).await?;
            // Rows of ended jobs idle until a quarter of them is worth a rebuild.
            while slots.ended() * 4 < slots.slots.len() {
                self.turn(engine, &mut slots).await?;
                // Every turn, as thousands of them can pass before an image is decided.
                if !progress(work.decided) {
                    return Err(AttackError::Stopped);
                }
            }
            rows = self.part(engine, slots, &mut work).await?;
        }
    }

    /// Fills free rows with waiting jobs.
    fn refill(&self, rows: &mut Rows, work: &mut Work<'_>) {
        while rows.slots.len() < self.batch {
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
            };
            let clean = work.images.pixels_f32(&[image]);
            let beginning = self.method.begin(&job, &clean);
            let fields: Vec<&[f32]> = beginning.fields.iter().map(Vec::as_slice).collect();
            rows.push(Slot { job, round, walk: beginning.walk, end: None }, &fields, &clean);
        }
    }

    /// Lets ended jobs go, after verifying every projection and confirming every success; gives the rows that stay.
    async fn part(&self, engine: &dyn Engine, slots: Slots, work: &mut Work<'_>) -> Result<Rows, AttackError> {
        let size = self.shape.iter().product::<usize>().max(1);
        let mut fields = Vec::with_capacity(slots.fields.len());
        for field in &slots.fields {
            fields.push(engine.read(field).await?);
        }
        let fields = fields.iter().map(Tensor::as_f32).collect::<Result<Vec<_>, _>>()?;
        let clean = engine.read(&slots.clean).await?;
        let mut rows = Rows::new(fields.len());
        let mut leavers = Vec::new();
        for (row, (slot, clean)) in slots.slots.into_iter().zip(clean.as_f32()?.chunks(size)).enumerate() {
            let of = |field: usize| fields[field].chunks(size).nth(row).unwrap_or_default();
            let Some(end) = slot.end else {
                let all: Vec<&[f32]> = (0..fields.len()).map(of).collect();
                rows.push(slot, &all, clean);
                continue;
            };
            let field = if end == End::Fooled { slot.walk.answer().min(fields.len() - 1) } else { 0 };
            let checked = end == End::Fooled || (end == End::Over && self.method.stays_inside());
            let change = verify(slot.job.image, of(field), clean, self.method.ball(), checked)?;
            leavers.push(Leaver { job: slot.job, round: slot.round, end, size: change, image: of(field).to_vec() });
        }
        confirm(engine, &self.forward, self.shape, &mut leavers, &mut work.unconfirmed).await?;
        for leaver in leavers {
            self.decide(leaver, work);
        }
        Ok(rows)
    }

    /// What the end of a job means for its image.
    fn decide(&self, leaver: Leaver, work: &mut Work<'_>) {
        let image = leaver.job.image;
        let found = &mut work.found[image];
        match leaver.end {
            End::NotANumber => found.verdict = Verdict::NotEvaluated,
            End::Fooled if found.size.is_none_or(|before| leaver.size < before) => {
                *found = Found {
                    verdict: Verdict::Fooled,
                    size: Some(leaver.size),
                    image: self.keep_images.then_some(leaver.image),
                };
            }
            End::Over if self.keep_attempts && self.method.stays_inside() && found.image.is_none() => {
                found.image = Some(leaver.image);
            }
            End::Fooled | End::Over => {}
        }
        let open = found.verdict == Verdict::Robust || (found.verdict == Verdict::Fooled && self.method.exhaustive());
        let jobs = self.method.restarts().max(1) * work.targets[image].len().max(1);
        if open && leaver.round + 1 < jobs {
            work.queue.push_back((image, leaver.round + 1));
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
