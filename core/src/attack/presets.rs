//! Suites of attacks that have a name.

use super::{ApgdLoss, ApgdSettings, Attack, Ball, FabSettings, Flavour, Norm, SquareSettings, Stage, Suite};

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
        Suite::new(stages)
    }
}
