//! Suites of attacks that have a name.

use super::super::{ApgdLoss, Attack, Ball, Flavour, Norm, Stage, Suite};
use super::apgd::ApgdSettings;
use super::fab::FabSettings;
use super::known::{BALLS, Known, quarter};
use super::search::SearchSettings;
use super::square::SquareSettings;

/// A suite, by its name.
pub(super) const AUTOATTACK: Known = Known {
    word: "autoattack",
    settings: &["preset"],
    norms: BALLS,
    steps: 100,
    step: quarter,
    seeks_smallest: false,
    suite: |asked| asked.preset.stages(asked.ball, Some(asked.alpha), asked.seed),
};

/// Well-known suites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// AutoAttack `standard`: APGD on cross-entropy, APGD towards 9 classes, FAB towards 9 classes, Square. What is published.
    #[default]
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
    /// [`Preset::Standard`], and on what it leaves a long search: towards every class, along gradients that rectifiers do not cut
    /// off, from mixtures of the best images.
    Exhaustive,
    /// Short searches towards the nearest classes, more of them while they find something, and 300 queries of Square; it
    /// may miss images that [`Preset::Standard`] finds.
    Fast,
}

impl Preset {
    /// The settings that it takes, by their names in a recipe.
    #[must_use]
    pub(crate) const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Paper => &["alpha"],
            _ => &[],
        }
    }

    /// The stages in `ball`; `alpha` is the first step of [`Preset::Paper`] (a quarter of the radius where left out).
    #[must_use]
    pub fn stages(self, ball: Ball, alpha: Option<f32>, seed: u64) -> Suite {
        let apgd = |loss, restarts| ApgdSettings { restarts, ..ApgdSettings::new(ball, loss, seed) };
        let stage = |name, settings| Stage { name, attack: Attack::Apgd(settings) };
        let fab = Stage { name: "fab-t", attack: Attack::Fab(FabSettings::targeted(ball, seed)) };
        let square = Stage { name: "square", attack: Attack::Square(SquareSettings::new(ball, seed)) };
        let (ce, dlr) = (ApgdLoss::CrossEntropy, ApgdLoss::Dlr);
        let search = |name, settings| Stage { name, attack: Attack::Search(settings) };
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
            Self::Exhaustive => {
                let mut stages = Self::Standard.stages(ball, alpha, seed).stages().to_vec();
                stages.push(search("search", SearchSettings::long(ball, seed)));
                stages
            }
            Self::Fast => {
                // Each has its own random numbers: a start that found nothing is not made again.
                let short = |targets, steps, more| SearchSettings::short(ball, targets, steps, seed.wrapping_add(more));
                let square = SquareSettings { queries: 300, ..SquareSettings::new(ball, seed) };
                let stages = vec![
                    search("search-1", SearchSettings { near: false, ..short(1, 25, 0) }),
                    search("search-2", short(2, 40, 1)),
                    search("search-3", short(3, 60, 2)),
                    Stage { name: "square", attack: Attack::Square(square) },
                ];
                return Suite::new(stages).while_it_pays(1);
            }
        };
        Suite::new(stages)
    }
}
