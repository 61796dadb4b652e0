//! One PGD step as a single graph.

use super::AttackSettings;
use super::method::no_gradient;
use crate::autodiff::gradients;
use crate::graph::{Builder, Graph, GraphError, inline};
use crate::loss::label_input;

/// `(x, clean, label) -> (next, logits)`: `next = project(x + alpha * direction(grad loss(x)))`, and the logits at `x` itself,
/// so that one forward both judges the image and moves it on. Images [N, C, H, W] in [0, 1], labels `[N]`.
///
/// [`super::Runner`] makes the same step in two graphs, as it decides between them; this one is what a training crafts images
/// with.
///
/// # Errors
/// [`GraphError::NoDerivative`] naming the node when the network has no gradient.
pub fn step_graph(network: &Graph, settings: &AttackSettings) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let ty = network.ty(network.inputs()[0]).clone();
    let x = b.input("x", ty.clone());
    let clean = b.input("clean", ty);
    let label = label_input(&mut b);
    let logits = inline(&mut b, network, &[x])?[0];
    let loss = settings.loss.build(&mut b, logits, label)?;
    let gradient = gradients(&mut b, loss, &[x])?[0].ok_or_else(no_gradient)?;
    let next = settings.step(&mut b, x, clean, gradient)?;
    b.output("next", next);
    b.output("logits", logits);
    Ok(b.finish())
}
