//! Minimum-norm attacks: every point against a plain program of the published rule, and distances that are known.

use stitchscope_core::attack::{Attack, Ball, MinimumSettings, Norm, Rule, SigmaZeroSettings, Traced, Verdict, trace};
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::tensor::Tolerance;
use stitchscope_tests::{Fallible, reference};

use crate::closed_form::distance;
use crate::published::{CLASSES, Smooth, script, sigma_zero};
use crate::setting::{Linear, PIXELS, findings, images};

const RULES: [(Rule, Norm); 5] = [
    (Rule::Ddn, Norm::L2),
    (Rule::Fmn, Norm::Linf),
    (Rule::Fmn, Norm::L2),
    (Rule::Fmn, Norm::L1),
    (Rule::Fmn, Norm::L0),
];

/// One attack against its plain program, on six networks: every point that it visits; there are points on both sides.
fn visits(name: &str, attack: &Attack, plain: impl Fn(&Smooth, &[f64], usize) -> Vec<(Vec<f64>, bool)>) -> Fallible {
    let mut both = [false; 2];
    for seed in 0..6 {
        let network = Smooth::random(seed);
        let mut stream = Stream::new(seed, Purpose::Test, 1, 0);
        // Sixty-fourths are the same in f32 and f64.
        let clean: Vec<f64> = (0..PIXELS).map(|_| f64::from(8 + stream.below(48)) / 64.0).collect();
        let z = network.logits(&clean);
        let label = (0..CLASSES).max_by(|a, b| z[*a].total_cmp(&z[*b])).unwrap_or(0);
        let expected = plain(&network, &clean, label);
        let what = Traced { clean: &clean, start: None, image: 0, label, target: label, turns: 1000 };
        let turns = trace(&network.graph()?, attack, &what)?;
        assert_eq!(turns.len(), expected.len(), "{name}");
        for (turn, (found, (x, fooled))) in turns.iter().zip(&expected).enumerate() {
            let about = format!("{name}, network {seed}, turn {turn}");
            assert!(Tolerance::Double.accepts(&found.x, x), "{about}: {:?}, not {x:?}", found.x);
            both[usize::from(*fooled)] = true;
        }
    }
    assert!(both[0] && both[1], "{name}: points on both sides are wanted");
    Ok(())
}

#[test]
fn every_point_is_that_of_a_plain_program() -> Fallible {
    let steps = 60;
    for (rule, norm) in RULES {
        let ball = Ball { norm, eps: f32::INFINITY };
        let attack = Attack::Minimum(MinimumSettings { ball, rule, steps: steps as usize });
        let plain = |network: &Smooth, clean: &[f64], label| script(network, (rule, norm), steps, clean, label);
        visits(&format!("{rule:?} in {norm:?}"), &attack, plain)?;
    }
    let ball = Ball { norm: Norm::L0, eps: f32::INFINITY };
    let attack = Attack::SigmaZero(SigmaZeroSettings { ball, steps: steps as usize });
    visits("sigma-zero", &attack, |network, clean, label| sigma_zero(network, steps, clean, label))
}

#[test]
fn on_linear_networks_the_distance_itself_is_found() -> Fallible {
    for (classes, seed) in [(2, 5), (5, 8)] {
        let network = Linear::random(classes, 1.0, seed);
        let images = images(&network, 20, 0.35, 0.65)?;
        let all: Vec<usize> = (0..images.len()).collect();
        // Among many classes DDN follows cross-entropy, which points to a mixture of them.
        let exact = |(rule, norm): &(Rule, Norm)| *norm != Norm::L0 && (*rule == Rule::Fmn || classes == 2);
        for (rule, norm) in RULES.into_iter().filter(exact) {
            let ball = Ball { norm, eps: f32::INFINITY };
            let attack = Attack::Minimum(MinimumSettings { ball, rule, steps: 300 });
            let found = findings(&reference(), &network.graph()?, &attack, (&images, &all), 7)?;
            let mut shares = Vec::new();
            for (index, found) in found.found.iter().enumerate() {
                let expected = distance(&network, &images.pixels_f32(&[index]), norm);
                let size = found.size.ok_or("nothing is found")?;
                assert!(
                    size >= expected * (1.0 - 1e-4),
                    "{rule:?} in {norm:?}, image {index}: {size} below {expected}"
                );
                shares.push(size / expected);
            }
            shares.sort_by(f64::total_cmp);
            let (median, worst) = (shares[shares.len() / 2], shares[shares.len() - 1]);
            assert!(
                median < 1.05 && worst < 1.3,
                "{rule:?} in {norm:?}, {classes} classes: {median}, at worst {worst}"
            );
        }
    }
    Ok(())
}

/// The fewest pixels whose way to the wall crosses to the other class.
fn fewest(network: &Linear, image: &[f32]) -> f64 {
    let logits = network.logits(image);
    let label = usize::from(logits[1] > logits[0]);
    let mut gains: Vec<f64> = (0..PIXELS)
        .map(|p| {
            let weight = f64::from(network.rows[1 - label][p]) - f64::from(network.rows[label][p]);
            let pixel = f64::from(image[p]);
            weight * if weight > 0.0 { 1.0 - pixel } else { -pixel }
        })
        .collect();
    gains.sort_by(|a, b| b.total_cmp(a));
    let mut need = logits[label] - logits[1 - label];
    let mut count = 0.0;
    for gain in gains {
        if need <= 0.0 {
            break;
        }
        need -= gain;
        count += 1.0;
    }
    count
}

#[test]
fn on_linear_networks_few_pixels_are_nearly_the_fewest() -> Fallible {
    let network = Linear::random(2, 1.0, 5);
    let images = images(&network, 30, 0.1, 0.9)?;
    let all: Vec<usize> = (0..images.len()).collect();
    let ball = Ball { norm: Norm::L0, eps: f32::INFINITY };
    let attacks = [
        Attack::Minimum(MinimumSettings { ball, rule: Rule::Fmn, steps: 200 }),
        Attack::SigmaZero(SigmaZeroSettings { ball, steps: 400 }),
    ];
    for attack in attacks {
        let found = findings(&reference(), &network.graph()?, &attack, (&images, &all), 30)?;
        let mut more = 0;
        for (index, found) in found.found.iter().enumerate() {
            let expected = fewest(&network, &images.pixels_f32(&[index]));
            let size = found.size.ok_or("nothing is found")?;
            let about = format!("{attack:?}, image {index}: {size} pixels, {expected} are enough");
            assert!(size >= expected && size <= expected + 1.0, "{about}");
            more += usize::from(size > expected);
        }
        assert!(more <= 6, "{attack:?}: {more} of 30 take a pixel more than needed");
    }
    Ok(())
}

#[test]
fn a_finite_radius_counts_only_what_is_within() -> Fallible {
    let network = Linear::random(3, 1.0, 6);
    let images = images(&network, 30, 0.35, 0.65)?;
    let all: Vec<usize> = (0..images.len()).collect();
    let ball = Ball { norm: Norm::L2, eps: 0.06 };
    for rule in [Rule::Ddn, Rule::Fmn] {
        let attack = Attack::Minimum(MinimumSettings { ball, rule, steps: 200 });
        let found = findings(&reference(), &network.graph()?, &attack, (&images, &all), 8)?;
        let mut fooled = 0;
        for (index, found) in found.found.iter().enumerate() {
            let expected = distance(&network, &images.pixels_f32(&[index]), ball.norm);
            let of_radius = expected / f64::from(ball.eps);
            match found.verdict {
                Verdict::Fooled => {
                    fooled += 1;
                    assert!(of_radius < 1.0 + 1e-4, "{rule:?}: image {index} is beyond the radius");
                }
                _ => assert!(of_radius > 0.9, "{rule:?}: image {index} is well within the radius"),
            }
        }
        assert!((1..30).contains(&fooled), "{rule:?}: {fooled} show nothing");
    }
    Ok(())
}
