//! The attack step that benches measure and count.

use stitchscope_core::attack::{AttackSettings, Norm, Start, step_graph};
use stitchscope_core::graph::{Graph, GraphError};
use stitchscope_core::loss::Loss;
use stitchscope_core::rewrite;

/// PGD as AutoAttack's authors set it for CIFAR-10: L-infinity 8/255 by steps of 2/255.
const SETTINGS: AttackSettings = AttackSettings {
    norm: Norm::Linf,
    eps: 8.0 / 255.0,
    alpha: 2.0 / 255.0,
    steps: 10,
    restarts: 1,
    start: Start::Clean,
    loss: Loss::CrossEntropy,
    seed: 0,
};

/// One step on a network from image batch to logits: forward, input gradient, sign step and projection, simplified.
///
/// The network is simplified before it is differentiated, as a study does it: no gradient then meets a BatchNorm.
///
/// # Errors
/// [`GraphError`] if the network has no gradient.
pub fn attack_step(network: &Graph) -> Result<Graph, GraphError> {
    rewrite::simplify(&step_graph(&rewrite::simplify(network)?, &SETTINGS)?)
}
