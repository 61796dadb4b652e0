//! One image attacked at several strengths at once: what a strength slider shows.
//!
//! The strengths are rows of one batch, each with its own radius and step, so the network is differentiated and compiled once
//! whatever their number. Every row starts at the image itself, so that neighbouring strengths give neighbouring pictures.

use super::{AttackError, Norm};
use crate::autodiff::gradients;
use crate::engine::{Engine, EngineError};
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::loss::{FAR, Loss, label_input};
use crate::rewrite;
use crate::tensor::{Dim, Tensor, TensorType};

/// As for every attack: rounding of f32.
const SLACK: f64 = 1e-6;
/// Keeps a division by a vanishing change finite.
const TINY: f64 = 1e-12;
/// The walk can cross the ball and come back a quarter, as the recipe's default step does.
const REACH: f32 = 2.5;

/// The image at one strength.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// The ball's radius, in pixel units of [0, 1].
    pub eps: f32,
    /// The attacked image, [C, H, W] in [0, 1].
    pub image: Vec<f32>,
    /// Cross-entropy of the true class before the first step and after each.
    pub losses: Vec<f32>,
}

/// Attacks `network` on one image (`[C, H, W]` in [0, 1]) at each of `strengths`, by `steps` deterministic steps of PGD on the
/// cross-entropy. Before each step `go_on` is told how many are done; where it answers no, there is nothing (`None`).
///
/// # Errors
/// [`AttackError::Graph`] when the network has no input gradient, [`AttackError::Projection`], what the engine reports.
pub async fn climb(
    engine: &dyn Engine,
    network: &Graph,
    norm: Norm,
    steps: usize,
    (clean, shape, label): (&[f32], [usize; 3], u32),
    strengths: &[f32],
    go_on: &dyn Fn(usize) -> bool,
) -> Result<Option<Vec<Rung>>, AttackError> {
    if !matches!(norm, Norm::Linf | Norm::L2) {
        let (what, found) = ("a ladder of strengths".to_owned(), norm.word().to_owned());
        return Err(GraphError::Mismatch { what, expected: "norm linf or l2".to_owned(), found }.into());
    }
    let network = rewrite::simplify(network)?;
    let program = engine.compile(&rewrite::simplify(&ladder_graph(&network, norm)?)?).await?;
    let rows = strengths.len();
    let images = [rows, shape[0], shape[1], shape[2]];
    let start = Tensor::f32(&images, clean.repeat(rows))?;
    let inputs = [
        engine.upload(&start).await?,
        engine.upload(&Tensor::indices(&vec![i64::from(label); rows])).await?,
        engine.upload(&column(strengths.to_vec())?).await?,
        #[expect(clippy::cast_precision_loss, reason = "a number of steps")]
        engine.upload(&column(strengths.iter().map(|eps| REACH * eps / steps.max(1) as f32).collect())?).await?,
    ];
    let mut x = inputs[0].clone();
    let mut losses = vec![Vec::with_capacity(steps + 1); rows];
    for step in 0..=steps {
        if !go_on(step) {
            return Ok(None);
        }
        let mut results = program.run(&[&x, &inputs[0], &inputs[1], &inputs[2], &inputs[3]]).await?;
        let logits = engine.read(&results.pop().ok_or(EngineError::ForeignBuffer)?).await?;
        let classes = logits.shape().get(1).copied().unwrap_or(1).max(1);
        for (row, values) in losses.iter_mut().zip(logits.as_f32()?.chunks(classes)) {
            row.push(cross_entropy(values, label));
        }
        if step < steps {
            x = results.pop().ok_or(EngineError::ForeignBuffer)?;
        }
    }
    let last = engine.read(&x).await?;
    let rungs = strengths.iter().zip(last.as_f32()?.chunks(clean.len().max(1))).zip(losses);
    rungs.map(|((eps, image), losses)| rung(norm, *eps, image, clean, losses)).collect::<Result<_, _>>().map(Some)
}

/// `logsumexp(z) - z_y` of one row of logits, infinities taken as the losses of attacks take them; NaN without such a class.
#[must_use]
pub fn cross_entropy(logits: &[f32], label: u32) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "a limit within f32")]
    let finite = |z: f32| z.clamp(-FAR as f32, FAR as f32);
    let Some(own) = usize::try_from(label).ok().and_then(|label| logits.get(label)) else { return f32::NAN };
    let top = logits.iter().map(|z| finite(*z)).fold(f32::NEG_INFINITY, f32::max);
    top + logits.iter().map(|z| (finite(*z) - top).exp()).sum::<f32>().ln() - finite(*own)
}

/// Verified as every attacked image is.
fn rung(norm: Norm, eps: f32, image: &[f32], clean: &[f32], losses: Vec<f32>) -> Result<Rung, AttackError> {
    let size = norm.size(image, clean);
    let boxed = image.iter().all(|v| (0.0..=1.0).contains(v));
    let undefined = image.iter().any(|v| v.is_nan());
    if undefined || (boxed && size <= f64::from(eps) + SLACK) {
        return Ok(Rung { eps, image: image.to_vec(), losses });
    }
    Err(AttackError::Projection { image: 0, size, norm: norm.word(), eps })
}

/// `[N, 1, 1, 1]`.
fn column(values: Vec<f32>) -> Result<Tensor, AttackError> {
    Ok(Tensor::f32(&[values.len(), 1, 1, 1], values)?)
}

/// `(x, clean, label, eps, alpha) -> (next, logits)`; images [N, C, H, W], labels `[N]`, eps and alpha [N, 1, 1, 1].
fn ladder_graph(network: &Graph, norm: Norm) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let ty = network.ty(network.inputs()[0]).clone();
    let one = Dim::fixed(1);
    let per_image = TensorType::new(ty.dtype, &[ty.shape[0], one, one, one]);
    let (x, clean) = (b.input("x", ty.clone()), b.input("clean", ty));
    let label = label_input(&mut b);
    let (eps, alpha) = (b.input("eps", per_image.clone()), b.input("alpha", per_image));
    let logits = inline(&mut b, network, &[x])?[0];
    let loss = Loss::CrossEntropy.build(&mut b, logits, label)?;
    let gradient = gradients(&mut b, loss, &[x])?[0].ok_or(GraphError::NoDerivative {
        node: "logits".to_owned(),
        op: "network",
        why: "its output does not depend on the image through real numbers",
    })?;
    let direction = norm.direction(&mut b, gradient)?;
    let change = b.mul(direction, alpha)?;
    let moved = b.add(x, change)?;
    let next = project(&mut b, norm, moved, clean, eps)?;
    b.output("next", next);
    b.output("logits", logits);
    Ok(b.finish())
}

/// [`Norm::project`] with a radius per image, for L-infinity and L2.
fn project(b: &mut Builder, norm: Norm, x: ValueId, clean: ValueId, eps: ValueId) -> Result<ValueId, GraphError> {
    let change = b.sub(x, clean)?;
    let inside = if norm == Norm::Linf {
        let lowest = b.neg(eps)?;
        let above = b.max(change, lowest)?;
        b.min(above, eps)?
    } else {
        let squares = b.mul(change, change)?;
        let sum = b.reduce_sum(squares, &[1, 2, 3], true)?;
        let length = b.sqrt(sum)?;
        let guarded = b.shift(length, TINY)?;
        let ratio = b.div(eps, guarded)?;
        let one = b.scalar_like(1.0, ratio);
        let factor = b.min(ratio, one)?;
        b.mul(change, factor)?
    };
    let moved = b.add(clean, inside)?;
    b.clip(moved, 0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::reference::{Precision, Reference};

    /// Logits `x W` of a 1x1x2 image.
    fn network() -> Graph {
        let mut b = Builder::new();
        let x = b.input("image", TensorType::f32_batch(&[1, 1, 2]));
        let flat = b.reshape(x, &[Dim::BATCH, Dim::fixed(2)]).unwrap();
        let w = b.constant(Tensor::f32(&[2, 2], vec![1.0, -1.0, -1.0, 1.0]).unwrap());
        let y = b.matmul(flat, w).unwrap();
        b.output("logits", y);
        b.finish()
    }

    #[test]
    fn each_rung_walks_to_the_edge_of_its_own_ball() {
        let engine = Reference::new(Precision::AsTyped);
        let strengths = [0.0, 0.1, 0.3];
        for norm in [Norm::Linf, Norm::L2] {
            let clean = [0.6, 0.4];
            let network = network();
            let work = climb(&engine, &network, norm, 8, (&clean, [1, 1, 2], 0), &strengths, &|_| true);
            let rungs = crate::platform::block_on(work).unwrap().unwrap();
            for (rung, eps) in rungs.iter().zip(strengths) {
                let size = norm.size(&rung.image, &clean);
                assert!((size - f64::from(eps)).abs() < SLACK, "{norm:?} {eps}: {size}");
                assert_eq!(rung.losses.len(), 9);
                assert!(eps == 0.0 || rung.losses[8] > rung.losses[0], "{rung:?}");
            }
        }
    }

    #[test]
    fn a_ladder_that_is_given_up_takes_no_further_step() {
        let (engine, network) = (Reference::new(Precision::AsTyped), network());
        let asked = std::cell::Cell::new(0);
        let go_on = |step: usize| {
            asked.set(step);
            step < 3
        };
        let work = climb(&engine, &network, Norm::Linf, 8, (&[0.6, 0.4], [1, 1, 2], 0), &[0.0, 0.1], &go_on);
        assert_eq!(crate::platform::block_on(work).unwrap(), None);
        assert_eq!(asked.get(), 3);
    }

    #[test]
    fn the_cross_entropy_of_equal_logits_is_the_logarithm_of_their_number() {
        assert!(f64::from(cross_entropy(&[3.0; 4], 2) - 4.0_f32.ln()).abs() < SLACK);
        assert!(cross_entropy(&[1.0], 7).is_nan());
        let masked = [3.0, f32::NEG_INFINITY, 3.0];
        assert!(f64::from(cross_entropy(&masked, 2) - 2.0_f32.ln()).abs() < SLACK);
        assert!(cross_entropy(&masked, 1).is_finite());
    }
}
