//! One attack step as a graph.

use super::AttackSettings;
use crate::autodiff::gradients;
use crate::graph::{Builder, Graph, GraphError, inline};
use crate::loss::label_input;

/// `(x, clean, label) -> (next, logits)`: `next = project(x + alpha * direction(grad loss(x)))`, and the logits at `x` itself,
/// so that one forward both judges the image and moves it on. Images [N, C, H, W] in [0, 1], labels `[N]`.
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
    let gradient = gradients(&mut b, loss, &[x])?[0].ok_or(GraphError::NoDerivative {
        node: "logits".to_owned(),
        op: "network",
        why: "its output does not depend on the image through real numbers",
    })?;
    let direction = settings.norm.direction(&mut b, gradient)?;
    let change = b.scale(direction, f64::from(settings.alpha))?;
    let moved = b.add(x, change)?;
    let next = settings.norm.project(&mut b, moved, clean, settings.eps)?;
    b.output("next", next);
    b.output("logits", logits);
    Ok(b.finish())
}
