//! Several attacks one after the other, each on the images that the ones before have not fooled: AutoAttack and its kin.
//!
//! The result is the worst case per image, so the order changes only who gets the credit. What makes a result doubtful is told as
//! doubts: they never change a count.

use serde::{Deserialize, Serialize};

use super::doubt::{Misses, of_counts};
use super::{Attack, AttackError, Doubt, Found, Passes, Runner, Verdict};
use crate::data::Images;
use crate::engine::Engine;
use crate::graph::Graph;

/// One attack of a suite.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name, as in `apgd-ce`.
    pub name: &'static str,
    /// The attack.
    pub attack: Attack,
}

/// What one stage did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageCount {
    /// The stage's name.
    pub attack: String,
    /// Images that were left for it.
    pub attacked: u64,
    /// Images that it fooled, each confirmed.
    pub fooled: u64,
    /// Images at which the network gave something that is not a number under this attack: neither fooled nor standing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub not_judged: u64,
    /// Forward passes of single images.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub forward: u64,
    /// Backward passes of single images.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub backward: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl StageCount {
    /// Images that it left standing, for the next stage.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.attacked.saturating_sub(self.fooled).saturating_sub(self.not_judged)
    }
}

/// What a suite found out.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// One entry per image asked for, in that order; the first stage that fools an image decides.
    pub found: Vec<Found>,
    /// Per image the stage that fooled it.
    pub fooled_by: Vec<Option<&'static str>>,
    /// One entry per stage that had images left.
    pub stages: Vec<StageCount>,
    /// Reasons to doubt the result.
    pub doubts: Vec<Doubt>,
}

/// Hears stage, images decided and images in the stage; stops the suite by returning `false`.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize, usize) -> bool;

/// Attacks in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    stages: Vec<Stage>,
    keep: bool,
    /// From this stage on, one that fooled nothing is followed by the last one.
    while_it_pays: Option<usize>,
}

impl Suite {
    /// A suite of the caller's own.
    #[must_use]
    pub const fn new(stages: Vec<Stage>) -> Self {
        Self { stages, keep: false, while_it_pays: None }
    }

    /// The same attacks, which also give out an attacked image each: the one that fooled, else what the first attack that stays in
    /// its ball had come to. Takes as many bytes as the images themselves in f32.
    #[must_use]
    pub const fn keeping_images(mut self) -> Self {
        self.keep = true;
        self
    }

    /// The same attacks; once one from place `first` on has fooled no image, only the last one still follows.
    #[must_use]
    pub const fn while_it_pays(mut self, first: usize) -> Self {
        self.while_it_pays = Some(first);
        self
    }

    /// Whether stage `index` is left out, given the stages before it.
    fn left_out(&self, index: usize, before: &[StageCount]) -> bool {
        let last = index + 1 == self.stages.len();
        // Stages that were left out have no count, so the last count is of the last one that ran.
        self.while_it_pays.is_some_and(|first| index > first && !last && before.last().is_none_or(|s| s.fooled == 0))
    }

    /// The attacks along gradients with twice the steps; `None` where there is none.
    #[must_use]
    pub(crate) fn with_more_steps(&self) -> Option<Self> {
        let longer = |stage: &Stage| Some(Stage { name: "more steps", attack: stage.attack.longer()? });
        let stages: Vec<Stage> = self.stages.iter().filter_map(longer).collect();
        (!stages.is_empty()).then(|| Self::new(stages))
    }

    /// Passes that an image which stands takes, at most.
    #[must_use]
    pub fn passes(&self) -> Passes {
        let mut all = Passes::default();
        self.stages.iter().for_each(|stage| all += stage.attack.passes());
        all
    }

    /// The attacks in order.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Attacks the images of `subset` (indices; those that the network gets right) of `network`, with up to `batch` at once.
    ///
    /// # Errors
    /// [`AttackError`]; [`AttackError::Stopped`] when `progress` says so.
    pub async fn run(
        &self,
        engine: &dyn Engine,
        network: &Graph,
        (images, subset): (&Images, &[usize]),
        batch: usize,
        progress: Progress<'_>,
    ) -> Result<Outcome, AttackError> {
        self.run_within(engine, network, images, (subset, &[]), batch, progress).await
    }

    /// As [`Suite::run`], with a radius for each image of `subset` (none: the attacks' own).
    ///
    /// # Errors
    /// As [`Suite::run`].
    pub async fn run_within(
        &self,
        engine: &dyn Engine,
        network: &Graph,
        images: &Images,
        (subset, radii): (&[usize], &[f32]),
        batch: usize,
        progress: Progress<'_>,
    ) -> Result<Outcome, AttackError> {
        let nothing = Found { verdict: Verdict::Robust, size: None, image: None };
        let (found, fooled_by) = (vec![nothing; subset.len()], vec![None; subset.len()]);
        let mut outcome = Outcome { found, fooled_by, stages: Vec::new(), doubts: Vec::new() };
        let (mut unconfirmed, mut without_target) = (0, 0);
        for (index, stage) in self.stages.iter().enumerate() {
            // Positions in `subset` that nothing has decided yet.
            let left: Vec<usize> = (0..subset.len()).filter(|i| outcome.found[*i].verdict == Verdict::Robust).collect();
            if left.is_empty() {
                break;
            }
            if self.left_out(index, &outcome.stages) {
                continue;
            }
            let images_left: Vec<usize> = left.iter().map(|i| subset[*i]).collect();
            let runner = Runner::prepare(engine, network, &stage.attack, batch).await?;
            let runner = if self.keep { runner.keeping_images().keeping_attempts() } else { runner };
            if index == 0 {
                outcome.doubts.extend(runner.doubts(engine, images, &images_left).await?);
            }
            let mut hear = |done: usize| progress(stage.name, done, left.len());
            let radii_left: Vec<f32> = left.iter().filter_map(|i| radii.get(*i).copied()).collect();
            let findings = runner.run_within(engine, images, (&images_left, &radii_left), &mut hear).await?;
            unconfirmed += findings.unconfirmed;
            without_target = without_target.max(findings.without_target);
            let counted = count(stage.name, &findings.found, findings.passes)?;
            for (position, found) in left.iter().zip(findings.found) {
                if found.verdict == Verdict::Fooled {
                    outcome.fooled_by[*position] = Some(stage.name);
                }
                outcome.found[*position] = outcome.found[*position].take().followed_by(found);
            }
            outcome.stages.push(counted);
        }
        let misses = Misses { unconfirmed, without_target };
        outcome.doubts.extend(of_counts(&self.stages, &outcome.stages, subset.len() as u64, misses));
        Ok(outcome)
    }
}

/// One entry per attacked image, counted; every image is fooled, standing or not judged.
fn count(attack: &str, found: &[Found], passes: Passes) -> Result<StageCount, AttackError> {
    let of = |verdict| found.iter().filter(|f| f.verdict == verdict).count() as u64;
    let (attacked, fooled, not_judged) = (found.len() as u64, of(Verdict::Fooled), of(Verdict::NotEvaluated));
    let counted = StageCount {
        attack: attack.to_owned(),
        attacked,
        fooled,
        not_judged,
        forward: passes.forward,
        backward: passes.backward,
    };
    let left = of(Verdict::Robust);
    if counted.left() == left && fooled + not_judged + left == attacked {
        return Ok(counted);
    }
    Err(AttackError::Miscounted { attack: attack.to_owned(), attacked, fooled, not_judged, left })
}
