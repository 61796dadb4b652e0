//! A projection gives the nearest point of the ball (L1: of ball and box together), and leaves alone what is inside.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use stitchscope_core::attack::Norm;
use stitchscope_core::graph::{Builder, Graph};
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::tensor::TensorType;
use stitchscope_tests::{Fallible, numbers, run};

use crate::setting::{IMAGE, PIXELS, batch, engines};

const NORMS: [Norm; 3] = [Norm::Linf, Norm::L2, Norm::L1];

/// `(x, clean) -> projection`.
fn graph(norm: Norm, eps: f32) -> Fallible<Graph> {
    let mut b = Builder::new();
    let ty = TensorType::f32_batch(&IMAGE);
    let (x, clean) = (b.input("x", ty.clone()), b.input("clean", ty));
    let radius = b.scalar_like(f64::from(eps), x);
    let y = norm.project(&mut b, x, clean, radius)?;
    b.output("y", y);
    Ok(b.finish())
}

#[expect(clippy::cast_possible_truncation, reason = "engines give f32")]
fn projected(norm: Norm, eps: f32, x: &[f32], clean: &[f32]) -> Fallible<Vec<Vec<f32>>> {
    let graph = graph(norm, eps)?;
    let arguments = [batch(x)?.to_array(), batch(clean)?.to_array()];
    let each = |engine| Ok(numbers(&run(engine, &graph, &arguments)?[0]).iter().map(|v| *v as f32).collect());
    engines().iter().map(each).collect()
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
}

/// A random point of ball and box: a random image, drawn towards the clean one until it is inside.
fn member(norm: Norm, eps: f64, clean: &[f32], stream: &mut Stream) -> Vec<f32> {
    let sparse = stream.below(2) == 0;
    let mut point: Vec<f32> = clean.to_vec();
    for pixel in &mut point {
        if !sparse || stream.below(4) == 0 {
            *pixel = stream.uniform_f32();
        }
    }
    let size = norm.size(&point, clean);
    #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
    let share = (eps / size.max(1e-9) * 0.99).min(1.0) as f32;
    point.iter().zip(clean).map(|(p, c)| c + share * (p - c)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_member_is_nearer_and_a_second_time_changes_nothing(
        norm in proptest::sample::select(&NORMS[..]),
        size in 0.01_f32..1.0,
        clean in prop::collection::vec(prop_oneof![0.0_f32..=1.0, Just(0.0), Just(1.0)], PIXELS),
        x in prop::collection::vec(-1.0_f32..2.0, PIXELS),
        seed in 0_u64..1000,
    ) {
        let eps = if norm == Norm::Linf { size * 0.3 } else { size };
        let fail = |e: Box<dyn std::error::Error>| TestCaseError::fail(e.to_string());
        for y in projected(norm, eps, &x, &clean).map_err(fail)? {
            prop_assert!(norm.size(&y, &clean) <= f64::from(eps) + 1e-6, "outside the ball");
            prop_assert!(y.iter().all(|v| (0.0..=1.0).contains(v)), "outside the box");
            for again in projected(norm, eps, &y, &clean).map_err(fail)? {
                prop_assert!(distance(&again, &y) < 1e-4, "moved by {}", distance(&again, &y));
            }
            // Ball first and box second is the nearest point of both for L-infinity alone; L1 has its own joint projection.
            if norm != Norm::L2 {
                let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
                let nearest = distance(&y, &x);
                for _ in 0..200 {
                    let other = member(norm, f64::from(eps), &clean, &mut stream);
                    prop_assert!(distance(&other, &x) >= nearest - 1e-4, "{other:?} is nearer to {x:?} than {y:?}");
                }
            }
        }
    }
}

#[test]
fn an_l1_projection_shrinks_all_changes_alike() -> Fallible {
    // Changes of 0.4, 0.3 and 0.1 with a radius of 0.5: less 0.1 each, so 0.3, 0.2 and nothing.
    let clean = vec![0.5; PIXELS];
    let mut x = clean.clone();
    (x[0], x[1], x[2]) = (0.9, 0.2, 0.6);
    for y in projected(Norm::L1, 0.5, &x, &clean)? {
        for (pixel, expected) in [(0, 0.8), (1, 0.3), (2, 0.5), (3, 0.5)] {
            assert!((y[pixel] - expected).abs() < 2e-5, "pixel {pixel}: {}", y[pixel]);
        }
    }
    Ok(())
}
