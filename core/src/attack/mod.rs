//! Attacks: small changes of an image, within a ball and within [0, 1], that make a network err.
//!
//! An attack takes turns of two graphs, *look* and *move*, with a handful of numbers per image decided in between (`method.rs`).
//! [`Runner`] keeps batches of images in slots, takes out those that are decided and refills, verifies the projection of every
//! image it lets go, and confirms every success by a plain forward pass. [`Suite`] runs several attacks one after the other, each on
//! what the ones before have left, as AutoAttack does.

mod apgd;
mod checks;
mod clean;
pub mod doubt;
mod error;
mod fab;
mod l1;
mod ladder;
mod leaving;
mod method;
mod norm;
mod pgd;
mod runner;
mod slots;
mod square;
mod start;
mod step;
mod suite;
mod trace;
mod turn;
mod turns;

pub use apgd::{ApgdLoss, ApgdSettings, Decision, Flavour, StepSize};
pub use checks::{CHECKED, Checked};
pub use doubt::Doubt;
pub use error::AttackError;
pub use fab::FabSettings;
pub use ladder::{Rung, climb, cross_entropy};
pub(crate) use leaving::verify;
pub use method::Ball;
pub use norm::Norm;
pub use runner::{Findings, Found, Runner, Verdict};
pub use square::SquareSettings;
pub(crate) use start::start as first_image;
pub use step::step_graph;
pub use suite::{Outcome, Preset, Progress, Stage, StageCount, Suite};
pub use trace::{Traced, TracedTurn, trace};

use crate::loss::Loss;

/// Where an attack starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the image itself.
    Clean,
    /// Uniform in the ball: per pixel in `[-eps, eps]` (L-infinity), or a uniform point of the L2 ball.
    Uniform,
    /// Gaussian direction with a uniform share of the radius (L2), Gaussian of deviation `eps / 2`, cut at `eps` (L-infinity).
    Gaussian,
    /// On the ball's surface: uniform noise scaled to reach `eps` (L-infinity), a Gaussian direction (L2).
    ///
    /// In L1 all but [`Start::Clean`] are Gaussian noise projected onto ball and box, which changes few pixels.
    Surface,
}

/// Everything that defines a PGD attack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttackSettings {
    /// The ball's norm.
    pub norm: Norm,
    /// The ball's radius, in pixel units of [0, 1].
    pub eps: f32,
    /// Step length.
    pub alpha: f32,
    /// Steps per start.
    pub steps: usize,
    /// Independent starts; an image is fooled if any of them fools it.
    pub restarts: usize,
    /// Where each starts.
    pub start: Start,
    /// What is raised.
    pub loss: Loss,
    /// Seed of the starts.
    pub seed: u64,
}

/// An attack with its settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attack {
    /// Projected gradient descent; FGSM is [`AttackSettings::fgsm`].
    Pgd(AttackSettings),
    /// Projected gradient ascent with an adaptive step.
    Apgd(ApgdSettings),
    /// The fast adaptive boundary attack.
    Fab(FabSettings),
    /// Random search by forward passes.
    Square(SquareSettings),
}

impl Attack {
    /// The attack on images of `shape` [C, H, W].
    fn method(&self, shape: [usize; 3]) -> Box<dyn method::Method> {
        match *self {
            Self::Pgd(settings) => Box::new(settings),
            Self::Apgd(settings) => Box::new(settings),
            Self::Fab(settings) => Box::new(settings),
            Self::Square(settings) => Box::new(square::Square { settings, shape }),
        }
    }
}
