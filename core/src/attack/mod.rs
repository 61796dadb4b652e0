//! Attacks: small changes of an image, within a ball and within [0, 1], that make a network err.
//!
//! An attack is a loss, an update and a state per image (`methods`); `driver` is the loop that all of them share, a forward and
//! backward pass and an update per turn. [`Runner`] keeps batches of images in slots, takes out those that are decided and refills,
//! verifies the projection of every image it lets go, and confirms every success by a plain forward pass. [`Suite`] runs several
//! attacks one after the other, each on what the ones before have left, as AutoAttack does. `descent` takes a fixed number of
//! steps: for crafted training images, for the shift of representations, and for one image at many strengths ([`sweep()`]).

mod checks;
pub(crate) mod descent;
pub mod doubt;
pub(crate) mod driver;
mod error;
mod first_image;
pub mod ground_truth;
pub(crate) mod methods;
mod norms;
mod preflight;
mod runner;
mod suite;
mod sweep;
mod trace;

pub use checks::Checked;
pub use doubt::Doubt;
pub use driver::Passes;
pub use error::AttackError;
pub(crate) use first_image::start as first_image;
pub use methods::apgd::{ApgdLoss, ApgdSettings, Decision, Flavour, StepSize};
pub use methods::fab::FabSettings;
pub use methods::minimum::sigma_zero::SigmaZeroSettings;
pub use methods::minimum::{MinimumSettings, Rule};
pub use methods::pgd::step_graph;
pub use methods::search::SearchSettings;
pub use methods::square::SquareSettings;
pub use methods::{Attack, AttackMethod, AttackRequest, Known, Preset};
pub use norms::{Ball, Norm};
pub use runner::{Findings, Found, Runner, Verdict};
pub use suite::{Outcome, Progress, Stage, StageCount, Suite};
pub(crate) use sweep::cross_entropy;
pub use sweep::{SweepPoint, sweep};
pub use trace::{Traced, TracedTurn, trace};

use crate::loss::Loss;

/// Where an attack starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// At the image itself.
    Clean,
    /// Uniform in the ball: per pixel in `[-eps, eps]` (L-infinity), or a uniform point of the L2 ball.
    #[default]
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
