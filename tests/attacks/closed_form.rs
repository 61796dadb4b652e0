//! A linear network of two classes: the distance to the other class is `|margin| / ||w||_1` (L-infinity) or `/ ||w||_2`.

use stitchscope_core::attack::{Norm, Verdict};
use stitchscope_core::loss::Loss;
use stitchscope_tests::Fallible;

use crate::setting::{Linear, PIXELS, attack, engines, images, settings};

/// Distances nearer to the radius than this share are left to rounding.
const TIE: f64 = 1e-4;

fn distance(network: &Linear, image: &[f32], norm: Norm) -> f64 {
    let logits = network.logits(image);
    let w: Vec<f64> = (0..PIXELS).map(|p| f64::from(network.rows[1][p]) - f64::from(network.rows[0][p])).collect();
    let length = match norm {
        Norm::Linf => w.iter().map(|v| v.abs()).sum::<f64>(),
        Norm::L2 => w.iter().map(|v| v * v).sum::<f64>().sqrt(),
    };
    (logits[1] - logits[0]).abs() / length
}

#[test]
fn exactly_the_images_within_reach_are_fooled() -> Fallible {
    let network = Linear::random(2, 1.0, 5);
    // Far enough from 0 and 1 that the box never binds at these radii.
    let images = images(&network, 60, 0.35, 0.65)?;
    let all: Vec<usize> = (0..images.len()).collect();
    let graph = network.graph()?;
    let radii = [(Norm::Linf, [0.003, 0.01, 0.02, 0.04]), (Norm::L2, [0.01, 0.03, 0.08, 0.14])];
    for engine in engines() {
        for (norm, radii) in radii {
            let distances: Vec<f64> = all.iter().map(|i| distance(&network, &images.pixels_f32(&[*i]), norm)).collect();
            for (eps, loss) in radii.into_iter().flat_map(|eps| [(eps, Loss::CrossEntropy), (eps, Loss::Margin)]) {
                let verdicts = attack(&engine, &graph, &settings(norm, eps, loss), (&images, &all), 16)?;
                let eps = f64::from(eps);
                let mut fooled = 0;
                for (verdict, distance) in verdicts.iter().zip(&distances) {
                    let expected = if *distance < eps { Verdict::Fooled } else { Verdict::Robust };
                    let tie = (distance - eps).abs() < TIE * eps;
                    assert!(tie || *verdict == expected, "{norm:?} {eps} {loss:?}: {verdict:?} at {distance}");
                    fooled += usize::from(*verdict == Verdict::Fooled);
                }
                // A radius that fools all or none would show nothing.
                assert!((1..60).contains(&fooled), "{norm:?} {eps}: {fooled} of 60");
            }
        }
    }
    Ok(())
}

#[test]
fn the_box_protects_images_at_its_walls() -> Fallible {
    // All pixels at 1; class 1 needs a sum above 12.5, so pixels above 1.
    let up = Linear { rows: vec![vec![0.0; PIXELS], vec![1.0; PIXELS]], bias: vec![0.0, -12.5] };
    let white = crate::setting::labelled(vec![1.0; PIXELS], vec![0])?;
    for engine in engines() {
        for norm in [Norm::Linf, Norm::L2] {
            let verdicts = attack(&engine, &up.graph()?, &settings(norm, 0.5, Loss::Margin), (&white, &[0]), 4)?;
            assert_eq!(verdicts, [Verdict::Robust], "{norm:?}: only pixels above 1 would fool");
        }
    }
    Ok(())
}
