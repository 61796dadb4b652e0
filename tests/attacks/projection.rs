//! After a step the image is in the ball and in the box, whatever the network, the image and the radius.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use stitchscope_core::attack::{AttackSettings, Norm, step_graph};
use stitchscope_core::loss::Loss;
use stitchscope_core::rewrite::simplify;
use stitchscope_core::tensor::{Array, Tensor};
use stitchscope_tests::{Fallible, numbers, run};

use crate::setting::{Linear, PIXELS, batch, engines, settings};

const IMAGES: usize = 3;
/// What the design allows beyond the radius: rounding of f32.
const SLACK: f64 = 1e-6;

/// Any attack: radii and steps over many magnitudes.
fn any_attack() -> impl Strategy<Value = AttackSettings> {
    let norm = prop_oneof![Just(Norm::Linf), Just(Norm::L2), Just(Norm::L1)];
    let loss = prop_oneof![Just(Loss::CrossEntropy), Just(Loss::Margin), Just(Loss::Dlr)];
    (norm, loss, -5.0_f32..0.6, -5.0_f32..1.0).prop_map(|(norm, loss, eps, alpha)| AttackSettings {
        alpha: 10_f32.powf(alpha),
        ..settings(norm, 10_f32.powf(eps), loss)
    })
}

/// Pixels, some of them at the walls.
fn any_pixels() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(prop_oneof![0.0_f32..=1.0, Just(0.0), Just(1.0)], IMAGES * PIXELS)
}

/// The image after one step, by each engine.
fn stepped(scale: f32, settings: &AttackSettings, x: &[f32], clean: &[f32]) -> Fallible<Vec<Vec<f64>>> {
    let network = Linear::random(3, scale, 11).graph()?;
    let graph = simplify(&step_graph(&network, settings)?)?;
    let labels: Array = Tensor::indices(&[0, 1, 2]).to_array();
    let arguments = [batch(x)?.to_array(), batch(clean)?.to_array(), labels];
    engines().iter().map(|engine| Ok(numbers(&run(engine, &graph, &arguments)?[0]))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_step_stays_in_ball_and_box(
        settings in any_attack(),
        clean in any_pixels(),
        x in prop::collection::vec(-1.0_f32..2.0, IMAGES * PIXELS),
        // From gradients that vanish in f32 to such whose squares overflow.
        magnitude in -25.0_f32..20.0,
    ) {
        let results = stepped(10_f32.powf(magnitude), &settings, &x, &clean);
        for next in results.map_err(|e| TestCaseError::fail(e.to_string()))? {
            for (image, (next, clean)) in next.chunks(PIXELS).zip(clean.chunks(PIXELS)).enumerate() {
                #[expect(clippy::cast_possible_truncation, reason = "engines give f32")]
                let next: Vec<f32> = next.iter().map(|v| *v as f32).collect();
                prop_assert!(next.iter().all(|v| (0.0..=1.0).contains(v)), "image {image} leaves the box: {next:?}");
                let size = settings.norm.size(&next, clean);
                prop_assert!(size <= f64::from(settings.eps) + SLACK, "image {image}: {size} of {}", settings.eps);
            }
        }
    }
}

#[test]
fn a_step_raises_the_loss_of_a_linear_network() -> Fallible {
    // What stays in the ball could also stand still; a step must move along the gradient.
    let network = Linear::random(3, 1.0, 11);
    for norm in [Norm::Linf, Norm::L2, Norm::L1] {
        let settings = settings(norm, 0.1, Loss::Margin);
        let clean = vec![0.5; IMAGES * PIXELS];
        for next in stepped(1.0, &settings, &clean, &clean)? {
            for (label, next) in next.chunks(PIXELS).enumerate() {
                #[expect(clippy::cast_possible_truncation, reason = "engines give f32")]
                let next: Vec<f32> = next.iter().map(|v| *v as f32).collect();
                let logits = network.logits(&next);
                let best = (0..3).filter(|i| *i != label).map(|i| logits[i]).fold(f64::NEG_INFINITY, f64::max);
                assert!(best - logits[label] > 0.01, "{norm:?}, class {label}: {logits:?}");
                let size = settings.norm.size(&next, &clean[..PIXELS]);
                assert!((size - f64::from(settings.alpha)).abs() < 1e-6, "{norm:?}: moved by {size}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_step_has_its_length_however_small_the_gradient() -> Fallible {
    // Squares of a confident network's gradient vanish in f32; the step must not.
    for scale in [1e-30, 1e-13, 1.0, 1e6] {
        let settings = settings(Norm::L2, 0.1, Loss::Margin);
        let clean = vec![0.5; IMAGES * PIXELS];
        for next in stepped(scale, &settings, &clean, &clean)? {
            for next in next.chunks(PIXELS) {
                let length = next.iter().map(|v| (v - 0.5).powi(2)).sum::<f64>().sqrt();
                let expected = f64::from(settings.alpha);
                assert!((length - expected).abs() < 1e-6, "scale {scale:e}: moved by {length}, expected {expected}");
            }
        }
    }
    Ok(())
}
