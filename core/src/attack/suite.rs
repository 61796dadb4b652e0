//! Several attacks one after the other, each on the images that the ones before have not fooled: AutoAttack and its kin.
//!
//! The result is the worst case per image, so the order changes only who gets the credit. What makes a result doubtful is told as
//! flags: they never change a count.

use serde::{Deserialize, Serialize};

use super::{
    ApgdLoss, ApgdSettings, Attack, AttackError, Ball, FabSettings, Flavour, Found, Norm, Runner, SquareSettings,
    Verdict,
};
use crate::data::Images;
use crate::engine::Engine;
use crate::graph::Graph;

/// Well-known suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// AutoAttack `standard`: APGD on cross-entropy, APGD towards 9 classes, FAB towards 9 classes, Square. What is published.
    Standard,
    /// AutoAttack `plus`: five starts, also APGD on DLR and untargeted FAB.
    Plus,
    /// AutoAttack `rand`: APGD on cross-entropy and on DLR. Made for networks that draw at random, whose gradients it averages;
    /// networks here are deterministic, so there is nothing to average.
    Rand,
    /// What the evaluation of Balogh & Jelasity 2023 ran: the Adversarial Robustness Toolbox's APGD on cross-entropy and on DLR,
    /// 20 steps each, with the toolbox's reading of the step sizes. Weaker than its name AutoAttack there suggests.
    Paper,
    /// APGD on cross-entropy and towards 3 classes, 50 steps each: for a first look.
    Quick,
}

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
}

/// What a suite found out.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// One entry per image asked for, in that order; the first stage that fools an image decides.
    pub found: Vec<Found>,
    /// One entry per stage that had images left.
    pub stages: Vec<StageCount>,
    /// Reasons to doubt the result, in plain words.
    pub flags: Vec<String>,
}

/// Hears stage, images decided and images in the stage; stops the suite by returning `false`.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize, usize) -> bool;

/// Attacks in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    stages: Vec<Stage>,
}

impl Preset {
    /// The stages in `ball`; `alpha` is the first step of [`Preset::Paper`] (a quarter of the radius where left out).
    #[must_use]
    pub fn stages(self, ball: Ball, alpha: Option<f32>, seed: u64) -> Suite {
        let apgd = |loss, restarts| ApgdSettings { restarts, ..ApgdSettings::new(ball, loss, seed) };
        let stage = |name, settings| Stage { name, attack: Attack::Apgd(settings) };
        let fab = Stage { name: "fab-t", attack: Attack::Fab(FabSettings::targeted(ball, seed)) };
        let square = Stage { name: "square", attack: Attack::Square(SquareSettings::new(ball, seed)) };
        let (ce, dlr) = (ApgdLoss::CrossEntropy, ApgdLoss::Dlr);
        let stages = match self {
            Self::Standard => {
                let (restarts, targets) = if ball.norm == Norm::L1 { (5, 5) } else { (1, 9) };
                let targeted = apgd(ApgdLoss::Targeted(targets), 1);
                vec![stage("apgd-ce", apgd(ce, restarts)), stage("apgd-t", targeted), fab, square]
            }
            Self::Plus => {
                let untargeted = FabSettings { restarts: 5, targets: 0, ..FabSettings::targeted(ball, seed) };
                let untargeted = Stage { name: "fab", attack: Attack::Fab(untargeted) };
                let targeted = stage("apgd-t", apgd(ApgdLoss::Targeted(9), 1));
                vec![stage("apgd-ce", apgd(ce, 5)), stage("apgd-dlr", apgd(dlr, 5)), untargeted, square, targeted, fab]
            }
            Self::Rand => vec![stage("apgd-ce", apgd(ce, 1)), stage("apgd-dlr", apgd(dlr, 1))],
            Self::Paper => {
                let alpha = Some(alpha.unwrap_or(ball.eps / 4.0));
                let art = |loss| ApgdSettings { steps: 20, flavour: Flavour::Art, alpha, ..apgd(loss, 1) };
                vec![stage("apgd-ce", art(ce)), stage("apgd-dlr", art(dlr))]
            }
            Self::Quick => {
                let short = |loss| ApgdSettings { steps: 50, ..apgd(loss, 1) };
                vec![stage("apgd-ce", short(ce)), stage("apgd-t", short(ApgdLoss::Targeted(3)))]
            }
        };
        Suite { stages }
    }
}

impl Suite {
    /// A suite of the caller's own.
    #[must_use]
    pub const fn new(stages: Vec<Stage>) -> Self {
        Self { stages }
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
        let nothing = Found { verdict: Verdict::Robust, size: None, image: None };
        let mut outcome = Outcome { found: vec![nothing; subset.len()], stages: Vec::new(), flags: Vec::new() };
        let mut unconfirmed = 0;
        for (index, stage) in self.stages.iter().enumerate() {
            // Positions in `subset` that nothing has decided yet.
            let left: Vec<usize> = (0..subset.len()).filter(|i| outcome.found[*i].verdict == Verdict::Robust).collect();
            if left.is_empty() {
                break;
            }
            let images_left: Vec<usize> = left.iter().map(|i| subset[*i]).collect();
            let runner = Runner::prepare(engine, network, &stage.attack, batch).await?;
            if index == 0 {
                outcome.flags.extend(runner.doubts(engine, images, &images_left).await?);
            }
            let mut hear = |done: usize| progress(stage.name, done, left.len());
            let findings = runner.run(engine, images, &images_left, &mut hear).await?;
            unconfirmed += findings.unconfirmed;
            let fooled = findings.found.iter().filter(|f| f.verdict == Verdict::Fooled).count();
            for (position, found) in left.iter().zip(findings.found) {
                outcome.found[*position] = found;
            }
            outcome.stages.push(StageCount {
                attack: stage.name.to_owned(),
                attacked: left.len() as u64,
                fooled: fooled as u64,
            });
        }
        outcome.flags.extend(self.flags(&outcome.stages, subset.len() as u64, unconfirmed));
        Ok(outcome)
    }

    /// What the counts and settings themselves give away.
    fn flags(&self, counts: &[StageCount], total: u64, unconfirmed: usize) -> Vec<String> {
        let mut flags = Vec::new();
        let first_square = counts.iter().position(|c| c.attack == "square").filter(|at| *at > 0);
        if let Some(square) =
            first_square.and_then(|at| counts.get(at)).filter(|c| c.fooled > 1 && c.fooled * 500 > total)
        {
            flags.push(format!(
                "Square, which sees no gradient, fooled {} images that the attacks with gradients had not: the network may hide its \
                 gradients, and stronger attacks may fool more",
                square.fooled
            ));
        }
        let short = self.stages.iter().find_map(|stage| match stage.attack {
            Attack::Apgd(settings) if settings.flavour != Flavour::Art && settings.steps < 50 => Some(settings.steps),
            _ => None,
        });
        if let Some(steps) = short {
            flags.push(format!("APGD with {steps} steps halves its step too early to be strong; use 50 or more"));
        }
        if unconfirmed > 0 {
            flags.push(format!(
                "{unconfirmed} successes were not confirmed by a plain forward pass and do not count: the margin is within rounding"
            ));
        }
        flags
    }
}
