//! Linear networks: the distance to another class is `|margin| / ||w||_1` (L-infinity), `/ ||w||_2`, or `/ max |w|` (L1).
//! Whatever an attack is, it must find exactly the images within reach.

use stitchscope_core::attack::{
    ApgdLoss, ApgdSettings, Attack, AttackSettings, Ball, FabSettings, Flavour, Norm, Runner, SquareSettings, Verdict,
};
use stitchscope_core::data::Images;
use stitchscope_core::loss::Loss;
use stitchscope_core::platform::block_on;
use stitchscope_tests::{Fallible, reference};

use crate::setting::{Linear, PIXELS, attack, engines, findings, images, settings};

/// Distances nearer to the radius than this share are left to rounding.
const TIE: f64 = 1e-4;

/// From `image` to the nearest other class.
pub fn distance(network: &Linear, image: &[f32], norm: Norm) -> f64 {
    let logits = network.logits(image);
    let label = (0..logits.len()).max_by(|i, j| logits[*i].total_cmp(&logits[*j])).unwrap_or(0);
    let to = |other: usize| {
        let w = (0..PIXELS).map(|p| f64::from(network.rows[other][p]) - f64::from(network.rows[label][p]));
        let length = match norm {
            Norm::Linf => w.map(f64::abs).sum::<f64>(),
            Norm::L2 => w.map(|v| v * v).sum::<f64>().sqrt(),
            // One pixel is the shortest way in L1; how many L0 needs depends on their room.
            Norm::L1 | Norm::L0 => w.map(f64::abs).fold(0.0, f64::max),
        };
        (logits[label] - logits[other]) / length
    };
    (0..logits.len()).filter(|other| *other != label).map(to).fold(f64::INFINITY, f64::min)
}

#[test]
fn exactly_the_images_within_reach_are_fooled() -> Fallible {
    let network = Linear::random(2, 1.0, 5);
    // Far enough from 0 and 1 that the box never binds at these radii.
    let images = images(&network, 60, 0.35, 0.65)?;
    let all: Vec<usize> = (0..images.len()).collect();
    let graph = network.graph()?;
    let radii = [
        (Norm::Linf, [0.003, 0.01, 0.02, 0.04]),
        (Norm::L2, [0.01, 0.03, 0.08, 0.14]),
        (Norm::L1, [0.01, 0.05, 0.1, 0.2]),
    ];
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
        for norm in [Norm::Linf, Norm::L2, Norm::L1] {
            let verdicts = attack(&engine, &up.graph()?, &settings(norm, 0.5, Loss::Margin), (&white, &[0]), 4)?;
            assert_eq!(verdicts, [Verdict::Robust], "{norm:?}: only pixels above 1 would fool");
        }
    }
    Ok(())
}

/// Everything within reach, but for rounding.
const ALL: f64 = 0.99;
/// L1-APGD changes at least two pixels on its way to one, and of twelve that is many.
const MOST: f64 = 0.75;

/// `attack` fools no image beyond its radius, and all that are nearer than `reach` times the radius.
fn check(network: &Linear, images: &Images, attack: &Attack, ball: Ball, reach: f64) -> Fallible {
    let all: Vec<usize> = (0..images.len()).collect();
    let found = findings(&reference(), &network.graph()?, attack, (images, &all), 16)?;
    assert_eq!(found.unconfirmed, 0);
    let eps = f64::from(ball.eps);
    let (mut fooled, mut missed) = (0, 0);
    for (index, found) in found.found.iter().enumerate() {
        let distance = distance(network, &images.pixels_f32(&[index]), ball.norm);
        if (distance - eps).abs() < 0.01 * eps {
            continue;
        }
        assert!(distance < eps || found.verdict == Verdict::Robust, "{attack:?} fools image {index} at {distance}");
        fooled += usize::from(found.verdict == Verdict::Fooled);
        missed += usize::from(distance < reach * eps && found.verdict != Verdict::Fooled);
        if let Some(size) = found.size {
            assert!(
                size >= distance * (1.0 - TIE) && size <= eps + 2e-6,
                "{attack:?}: image {index}: {size} of {distance}"
            );
        }
    }
    assert!(fooled > 0 && fooled < images.len(), "{attack:?}: {fooled} of {} show nothing", images.len());
    assert!(missed == 0, "{attack:?} misses {missed} images within reach, fools {fooled}");
    Ok(())
}

const BALLS: [Ball; 3] =
    [Ball { norm: Norm::Linf, eps: 0.015 }, Ball { norm: Norm::L2, eps: 0.05 }, Ball { norm: Norm::L1, eps: 0.08 }];

fn apgd_reach(ball: Ball) -> f64 {
    if ball.norm == Norm::L1 { MOST } else { ALL }
}

#[test]
fn fgsm_and_apgd_fool_exactly_what_is_within_reach_of_two_classes() -> Fallible {
    let network = Linear::random(2, 1.0, 5);
    let images = images(&network, 40, 0.35, 0.65)?;
    for ball in BALLS {
        check(&network, &images, &Attack::Pgd(AttackSettings::fgsm(ball)), ball, ALL)?;
        for loss in [ApgdLoss::CrossEntropy, ApgdLoss::Dlr, ApgdLoss::Targeted(9)] {
            check(&network, &images, &Attack::Apgd(ApgdSettings::new(ball, loss, 1)), ball, apgd_reach(ball))?;
        }
    }
    Ok(())
}

#[test]
fn targeted_attacks_reach_the_nearest_of_many_classes() -> Fallible {
    let network = Linear::random(6, 1.0, 8);
    let images = images(&network, 40, 0.35, 0.65)?;
    for ball in BALLS {
        check(
            &network,
            &images,
            &Attack::Apgd(ApgdSettings::new(ball, ApgdLoss::Targeted(9), 1)),
            ball,
            apgd_reach(ball),
        )?;
        check(&network, &images, &Attack::Fab(FabSettings::targeted(ball, 1)), ball, ALL)?;
        let untargeted = FabSettings { targets: 0, ..FabSettings::targeted(ball, 1) };
        check(&network, &images, &Attack::Fab(untargeted), ball, ALL)?;
        let paper = ApgdSettings { flavour: Flavour::Paper, ..ApgdSettings::new(ball, ApgdLoss::Targeted(9), 1) };
        check(&network, &images, &Attack::Apgd(paper), ball, apgd_reach(ball))?;
    }
    Ok(())
}

#[test]
fn fab_finds_the_distance_itself() -> Fallible {
    let network = Linear::random(2, 1.0, 5);
    let images = images(&network, 20, 0.35, 0.65)?;
    let all: Vec<usize> = (0..images.len()).collect();
    for ball in BALLS {
        let ball = Ball { eps: f32::INFINITY, ..ball };
        // One step overshoots the exact projection by 5 %; a few more close in.
        for (steps, share) in [(1, 1.05), (10, 1.01)] {
            let fab = FabSettings { steps, smallest: true, ..FabSettings::targeted(ball, 1) };
            let found = findings(&reference(), &network.graph()?, &Attack::Fab(fab), (&images, &all), 7)?;
            for (index, found) in found.found.iter().enumerate() {
                let expected = distance(&network, &images.pixels_f32(&[index]), ball.norm);
                let size = found.size.ok_or("FAB found nothing")?;
                assert!(size >= expected * (1.0 - TIE), "{:?}, image {index}: {size} below {expected}", ball.norm);
                assert!(
                    size <= expected * (share + TIE),
                    "{:?}, {steps} steps, image {index}: {size} of {expected}",
                    ball.norm
                );
                if steps == 1 {
                    assert!(size >= expected * (share - TIE), "{:?}, image {index}: {size} of {expected}", ball.norm);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn square_fools_only_what_is_within_reach() -> Fallible {
    let network = Linear::random(4, 1.0, 8);
    let images = images(&network, 30, 0.35, 0.65)?;
    for ball in BALLS {
        let square = SquareSettings { queries: 400, ..SquareSettings::new(ball, 1) };
        check(&network, &images, &Attack::Square(square), ball, 0.5)?;
    }
    Ok(())
}

/// A batch may hold images of any radius: each just out of reach of its own stands, each just within reach falls.
#[test]
fn every_image_has_its_own_radius() -> Fallible {
    let network = Linear::random(2, 1.0, 5);
    let images = images(&network, 30, 0.35, 0.65)?;
    let all: Vec<usize> = (0..images.len()).collect();
    for ball in BALLS {
        let pgd = Attack::Pgd(settings(ball.norm, ball.eps, Loss::Margin));
        let apgd = Attack::Apgd(ApgdSettings::new(ball, ApgdLoss::CrossEntropy, 1));
        let fab = Attack::Fab(FabSettings::targeted(ball, 1));
        // The least share of its radius at which an attack must find what is there.
        for (attack, reach) in [(pgd, 0.97), (apgd, apgd_reach(ball) * 0.97), (fab, 0.97)] {
            let mut within = Vec::new();
            let radii = all.iter().map(|index| {
                within.push(index % 2 == 0);
                let share = if index % 2 == 0 { 1.0 / reach } else { 0.97 };
                #[expect(clippy::cast_possible_truncation, reason = "radii are f32")]
                let radius = (distance(&network, &images.pixels_f32(&[*index]), ball.norm) * share) as f32;
                radius
            });
            let radii: Vec<f32> = radii.collect();
            for engine in engines() {
                let found = block_on(async {
                    let runner = Runner::prepare(engine.as_ref(), &network.graph()?, &attack, 16).await?;
                    let found = runner.run_within(engine.as_ref(), &images, (&all, &radii), &mut |_| true).await?;
                    Ok::<_, Box<dyn std::error::Error>>(found)
                })?;
                for (verdict, within) in found.verdicts().into_iter().zip(&within) {
                    let expected = if *within { Verdict::Fooled } else { Verdict::Robust };
                    assert_eq!(verdict, expected, "{attack:?}");
                }
                assert!(
                    found.passes.forward > found.passes.backward && found.passes.backward > 0,
                    "{:?}",
                    found.passes
                );
            }
        }
    }
    Ok(())
}
