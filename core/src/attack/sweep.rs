//! One image attacked at several strengths at once: what a strength slider shows.
//!
//! The strengths are rows of one batch, each with its own radius and step, so the network is differentiated and compiled once
//! whatever their number. Every row starts at the image itself, so that neighbouring strengths give neighbouring pictures.

use super::descent::{Descent, Origin};
use super::{AttackError, AttackSettings, Norm, Start};
use crate::engine::Engine;
use crate::graph::Graph;
use crate::loss::{FAR, Loss};
use crate::rewrite;

/// The way can cross the ball and come back a quarter, as the recipe's default step does.
const REACH: f32 = 2.5;

/// The image at one strength.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPoint {
    /// The ball's radius, in pixel units of [0, 1].
    pub eps: f32,
    /// The attacked image, [C, H, W] in [0, 1].
    pub image: Vec<f32>,
    /// Cross-entropy of the true class before the first step and after each; NaN from where a logit is.
    pub losses: Vec<f32>,
}

/// Attacks `network` on one image (`[C, H, W]` in [0, 1]) at each of `strengths`, by `steps` deterministic steps of PGD on the
/// cross-entropy. Before each step `go_on` hears how many are done; where it answers no, there is nothing (`None`).
///
/// # Errors
/// [`AttackError::Graph`] when the network has no input gradient, [`AttackError::Projection`], what the engine reports.
pub async fn sweep(
    engine: &dyn Engine,
    network: &Graph,
    norm: Norm,
    steps: usize,
    (clean, label): (&[f32], u32),
    strengths: &[f32],
    go_on: &dyn Fn(usize) -> bool,
) -> Result<Option<Vec<SweepPoint>>, AttackError> {
    let network = rewrite::simplify(network)?;
    let (start, loss) = (Start::Clean, Loss::CrossEntropy);
    let settings = AttackSettings { norm, eps: 0.0, alpha: 0.0, steps, restarts: 1, start, loss, seed: 0 };
    let descent = Descent::prepare(engine, &network, &settings, strengths.len()).await?;
    let origin = |eps: &f32| Origin {
        image: 0,
        label: label as usize,
        clean: clean.to_vec(),
        start: clean.to_vec(),
        eps: *eps,
        #[expect(clippy::cast_precision_loss, reason = "a number of steps")]
        alpha: REACH * eps / steps.max(1) as f32,
    };
    let origins = strengths.iter().map(origin).collect();
    let arrivals = match descent.run(engine, origins, (&[], steps, true), &mut |done| go_on(done)).await {
        Err(AttackError::Stopped) => return Ok(None),
        found => found?,
    };
    let point = |(eps, arrival): (&f32, super::descent::Arrival)| {
        let mut losses = arrival.losses;
        losses.resize(steps + 1, f32::NAN);
        SweepPoint { eps: *eps, image: arrival.image, losses }
    };
    Ok(Some(strengths.iter().zip(arrivals).map(point).collect()))
}

/// `logsumexp(z) - z_y` of one row of logits, infinities taken as the losses of attacks take them; NaN without such a class.
#[must_use]
pub(crate) fn cross_entropy(logits: &[f32], label: u32) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "a limit within f32")]
    let finite = |z: f32| z.clamp(-FAR as f32, FAR as f32);
    let Some(own) = usize::try_from(label).ok().and_then(|label| logits.get(label)) else { return f32::NAN };
    let top = logits.iter().map(|z| finite(*z)).fold(f32::NEG_INFINITY, f32::max);
    top + logits.iter().map(|z| (finite(*z) - top).exp()).sum::<f32>().ln() - finite(*own)
}

#[cfg(test)]
mod tests {
    use super::super::norms::SLACK;
    use super::*;
    use crate::engine::reference::{Precision, Reference};
    use crate::graph::Builder;
    use crate::tensor::{Dim, Tensor, TensorType};

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
    fn each_strength_reaches_the_edge_of_its_own_ball() {
        let engine = Reference::new(Precision::AsTyped);
        let strengths = [0.0, 0.1, 0.3];
        for norm in [Norm::Linf, Norm::L2] {
            let clean = [0.6, 0.4];
            let network = network();
            let work = sweep(&engine, &network, norm, 8, (&clean, 0), &strengths, &|_| true);
            let points = crate::platform::block_on(work).unwrap().unwrap();
            for (point, eps) in points.iter().zip(strengths) {
                let size = norm.size(&point.image, &clean);
                assert!((size - f64::from(eps)).abs() < SLACK, "{norm:?} {eps}: {size}");
                assert_eq!(point.losses.len(), 9);
                assert!(eps == 0.0 || point.losses[8] > point.losses[0], "{point:?}");
            }
        }
    }

    #[test]
    fn a_sweep_that_is_given_up_takes_no_further_step() {
        let (engine, network) = (Reference::new(Precision::AsTyped), network());
        let asked = std::cell::Cell::new(0);
        let go_on = |step: usize| {
            asked.set(step);
            step < 3
        };
        let work = sweep(&engine, &network, Norm::Linf, 8, (&[0.6, 0.4], 0), &[0.0, 0.1], &go_on);
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
