//! Attacks: small changes of an image, within a ball and within [0, 1], that make a network err.
//!
//! The whole step is one graph ([`step_graph`]): forward, loss, input gradient, step, projection. [`Pgd`] keeps batches of
//! images in slots, takes out those that are decided and refills, and verifies the projection of every image it lets go.

mod ladder;
mod norm;
mod pgd;
mod step;

pub use ladder::{Rung, climb, cross_entropy};
pub use norm::Norm;
pub use pgd::{AttackError, Pgd, Verdict};
pub use step::step_graph;

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
