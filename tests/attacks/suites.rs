//! Attacks in a row, and what holds for each of them: grouping changes nothing, more attacks leave fewer survivors, what is
//! doubtful is said.

use std::rc::Rc;

use stitchscope_core::attack::{
    ApgdLoss, ApgdSettings, Attack, AttackSettings, Ball, FabSettings, MinimumSettings, Norm, Outcome, Preset, Rule,
    SearchSettings, SquareSettings, Stage, Start, Suite, Verdict,
};
use stitchscope_core::data::Images;
use stitchscope_core::engine::Engine;
use stitchscope_core::graph::{Builder, Graph};
use stitchscope_core::loss::Loss;
use stitchscope_core::metrics::predicted_class;
use stitchscope_core::platform::block_on;
use stitchscope_core::tensor::{DType, TensorType};
use stitchscope_tests::{Fallible, image_batch, ort, reference, run, zoo_images, zoo_network};

use crate::setting::{IMAGE, Linear, findings, images, settings};

const LINF: Ball = Ball { norm: Norm::Linf, eps: 0.02 };

/// One of each kind, short.
fn short(ball: Ball) -> Vec<Stage> {
    let apgd = |loss| ApgdSettings { steps: 20, ..ApgdSettings::new(ball, loss, 5) };
    let fab = FabSettings { steps: 10, targets: 3, ..FabSettings::targeted(ball, 5) };
    vec![
        Stage { name: "apgd-ce", attack: Attack::Apgd(apgd(ApgdLoss::CrossEntropy)) },
        Stage { name: "apgd-t", attack: Attack::Apgd(apgd(ApgdLoss::Targeted(3))) },
        Stage { name: "fab-t", attack: Attack::Fab(fab) },
        Stage {
            name: "square",
            attack: Attack::Square(SquareSettings { queries: 60, ..SquareSettings::new(ball, 5) }),
        },
        Stage {
            name: "search",
            attack: Attack::Search(SearchSettings { steps: 12, restarts: 3, ..SearchSettings::long(ball, 5) }),
        },
        Stage { name: "fmn", attack: Attack::Minimum(MinimumSettings { ball, rule: Rule::Fmn, steps: 30 }) },
    ]
}

fn outcome(
    engine: &Rc<dyn Engine>,
    suite: &Suite,
    network: &Graph,
    work: (&Images, &[usize]),
    batch: usize,
) -> Fallible<Outcome> {
    Ok(block_on(suite.run(engine.as_ref(), network, work, batch, &mut |_, _, _| true))?)
}

#[test]
fn one_at_a_time_or_many_gives_the_same_verdicts() -> Fallible {
    let network = Linear::random(5, 1.0, 9);
    let images = images(&network, 24, 0.2, 0.8)?;
    let all: Vec<usize> = (0..images.len()).collect();
    for ball in [LINF, Ball { norm: Norm::L2, eps: 0.06 }, Ball { norm: Norm::L1, eps: 0.1 }] {
        for stage in short(ball) {
            let of = |batch| {
                findings(&reference(), &network.graph()?, &stage.attack, (&images, &all), batch)
                    .map_err(Box::<dyn std::error::Error>::from)
            };
            let (alone, some, many) = (of(1)?, of(5)?, of(64)?);
            assert_eq!(alone, some, "{} in {:?}", stage.name, ball.norm);
            assert_eq!(alone, many, "{} in {:?}", stage.name, ball.norm);
            let fooled = alone.verdicts().iter().filter(|v| **v == Verdict::Fooled).count();
            assert!(fooled > 0 && fooled < all.len(), "{} in {:?}: {fooled} show nothing", stage.name, ball.norm);
        }
    }
    Ok(())
}

#[test]
fn squares_leave_every_pixel_at_the_end_of_its_interval() -> Fallible {
    let network = Linear::random(5, 1.0, 9);
    let images = images(&network, 24, 0.0, 1.0)?;
    let all: Vec<usize> = (0..images.len()).collect();
    let square = Attack::Square(SquareSettings { queries: 200, ..SquareSettings::new(LINF, 5) });
    let found = findings(&reference(), &network.graph()?, &square, (&images, &all), 8)?;
    let mut seen = 0;
    for (index, found) in found.found.iter().enumerate() {
        let Some(attacked) = &found.image else { continue };
        seen += 1;
        for (x, clean) in attacked.iter().zip(images.pixels_f32(&[index])) {
            let ends = [(clean - LINF.eps).max(0.0), (clean + LINF.eps).min(1.0)];
            assert!(ends.iter().any(|end| (end - x).abs() < 1e-6), "image {index}: {x} of {clean}");
        }
    }
    assert!(seen > 3, "{seen} images show nothing");
    Ok(())
}

#[test]
fn square_halves_its_squares_as_published() {
    let square = SquareSettings::new(LINF, 0);
    for (query, share) in [(0, 0.8), (10, 0.8), (11, 0.4), (51, 0.2), (201, 0.1), (501, 0.05), (4999, 0.8 / 128.0)] {
        assert!((square.share(query) - share).abs() < 1e-12, "query {query}: {}", square.share(query));
    }
    let stretched = SquareSettings { rescale: true, ..square };
    assert!((stretched.share(4999) - 0.8 / 512.0).abs() < 1e-12);
}

/// The images that `network` gets right.
pub fn correct(engine: &Rc<dyn Engine>, network: &Graph, images: &Images) -> Fallible<Vec<usize>> {
    let logits = run(engine, network, &[image_batch(images)?])?[0].to_tensor(DType::F32);
    let rows = logits.as_f32()?.chunks(logits.shape()[1]).map(predicted_class);
    let right = rows.zip(&images.labels).enumerate().filter(|(_, (p, l))| *p == Some(**l as usize));
    Ok(right.map(|(i, _)| i).collect())
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_suite_leaves_no_more_survivors_than_pgd() -> Fallible {
    let engine = ort();
    let (graph, images) = (zoo_network("fashion-robust-a")?, zoo_images("fashion-test", 20)?);
    let right = correct(&engine, &graph, &images)?;
    for ball in
        [Ball { norm: Norm::Linf, eps: 0.1 }, Ball { norm: Norm::L2, eps: 1.0 }, Ball { norm: Norm::L1, eps: 8.0 }]
    {
        let pgd = AttackSettings { start: Start::Uniform, ..settings(ball.norm, ball.eps, Loss::CrossEntropy) };
        let pgd = findings(&engine, &graph, &Attack::Pgd(pgd), (&images, &right), 64)?.verdicts();
        let suite = outcome(&engine, &Suite::new(short(ball)), &graph, (&images, &right), 64)?;
        let survivors = |verdicts: &[Verdict]| verdicts.iter().filter(|v| **v == Verdict::Robust).count();
        let verdicts: Vec<Verdict> = suite.found.iter().map(|f| f.verdict).collect();
        assert!(survivors(&verdicts) <= survivors(&pgd), "{ball:?}: {} of {}", survivors(&verdicts), survivors(&pgd));
        let counted: u64 = suite.stages.iter().map(|s| s.fooled).sum();
        assert_eq!(counted as usize, right.len() - survivors(&verdicts), "{:?}", suite.stages);
        assert_eq!(suite.stages[0].attacked as usize, right.len());
        assert!(counted > 0, "{ball:?} shows nothing");
        for found in &suite.found {
            assert!(found.size.is_none_or(|size| size <= f64::from(ball.eps) + 1e-4), "{found:?}");
        }
    }
    Ok(())
}

#[test]
fn every_preset_copes_with_few_classes() -> Fallible {
    for classes in [2, 3, 4] {
        let network = Linear::random(classes, 1.0, 7);
        let images = images(&network, 4, 0.3, 0.7)?;
        for preset in [
            Preset::Standard,
            Preset::Plus,
            Preset::Rand,
            Preset::Paper,
            Preset::Quick,
            Preset::Exhaustive,
            Preset::Fast,
        ] {
            let stages = preset.stages(LINF, None, 0).stages().iter().cloned().map(shortened).collect();
            let outcome = outcome(&reference(), &Suite::new(stages), &network.graph()?, (&images, &[0, 1, 2, 3]), 8)?;
            assert_eq!(outcome.found.len(), 4, "{classes} classes, {preset:?}");
        }
    }
    Ok(())
}

/// The same attack with a few steps.
fn shortened(mut stage: Stage) -> Stage {
    match &mut stage.attack {
        Attack::Pgd(settings) => settings.steps = 5,
        Attack::Apgd(settings) => settings.steps = 5,
        Attack::Fab(settings) => (settings.steps, settings.restarts) = (3, settings.restarts.min(2)),
        Attack::Square(settings) => settings.queries = 10,
        Attack::Minimum(settings) => settings.steps = 5,
        Attack::SigmaZero(settings) => settings.steps = 5,
        Attack::Search(settings) => (settings.steps, settings.restarts) = (5, settings.restarts.min(2)),
    }
    stage
}

/// All doubts, as a report tells them.
fn words(outcome: &Outcome) -> String {
    outcome.doubts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Two classes by the sign of a steep function that is flat in f32 all but at its step.
fn masked() -> Fallible<(Linear, Graph)> {
    let linear = Linear::random(2, 1.0, 5);
    let mut b = Builder::new();
    let image = b.input("image", TensorType::f32_batch(&IMAGE));
    let logits = linear.apply(&mut b, image)?;
    let steep = b.scale(logits, 1e4)?;
    let flat = b.tanh(steep)?;
    b.output("logits", flat);
    Ok((linear, b.finish()))
}

#[test]
fn a_network_that_hides_its_gradient_is_flagged() -> Fallible {
    let (linear, graph) = masked()?;
    // Only images that either logit decides alone: the other tells nothing.
    let images = images(&linear, 60, 0.4, 0.6)?;
    let logits = |i: &usize| linear.logits(&images.pixels_f32(&[*i]));
    let decided: Vec<usize> = (0..60).filter(|i| logits(i)[0] * logits(i)[1] < 0.0).collect();
    let suite = Suite::new(short(Ball { eps: 0.05, ..LINF }));
    let outcome = outcome(&reference(), &suite, &graph, (&images, &decided), 16)?;
    let said = words(&outcome);
    assert!(said.contains("saturation: the gradient is exactly zero"), "{said} {:?}", outcome.stages);
    assert!(said.contains("gradient-masking: Square, which sees no gradient"), "{said} {:?}", outcome.stages);
    Ok(())
}

#[test]
fn probabilities_in_place_of_logits_are_flagged() -> Fallible {
    let linear = Linear::random(4, 1.0, 5);
    let mut b = Builder::new();
    let image = b.input("image", TensorType::f32_batch(&IMAGE));
    let logits = linear.apply(&mut b, image)?;
    let shares = b.softmax(logits, 1)?;
    b.output("shares", shares);
    let images = images(&linear, 6, 0.4, 0.6)?;
    let suite = Suite::new(vec![short(LINF).remove(0)]);
    let all = [0, 1, 2, 3, 4, 5];
    let flagged = words(&outcome(&reference(), &suite, &b.finish(), (&images, &all), 4)?);
    assert!(flagged.contains("look like probabilities") && flagged.contains("20 steps"), "{flagged}");
    let plain = outcome(&reference(), &Suite::new(vec![]), &linear.graph()?, (&images, &all), 4)?;
    assert!(plain.doubts.is_empty());
    Ok(())
}
