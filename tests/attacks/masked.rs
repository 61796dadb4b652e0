//! Classes masked by minus infinity: every attack finds what it finds on the same network with the mask at -1e9.

use stitchscope_core::attack::{
    ApgdLoss, ApgdSettings, Attack, AttackSettings, Ball, FabSettings, Norm, Preset, SquareSettings, Stage, Suite,
    Verdict, doubt,
};
use stitchscope_core::data::Images;
use stitchscope_core::graph::{Builder, Graph, ValueId};
use stitchscope_core::loss::Loss;
use stitchscope_core::platform::block_on;
use stitchscope_core::tensor::{DType, Tensor, TensorType};
use stitchscope_tests::{Fallible, reference};

use crate::setting::{IMAGE, Linear, engines, findings, images, settings};

const CLASSES: usize = 6;

/// How a class gets its infinite logit.
#[derive(Clone, Copy, Debug)]
enum Mask {
    /// `Where(mask, -inf, z)`.
    Select,
    /// `z + [0, -inf, ..]`.
    Sum,
    /// `-|z| * [1, inf, ..]` for masked classes, by a product of constants that are infinite.
    Product,
    /// `-|z| / [1, 0, ..]` likewise.
    Quotient,
    /// `log(softmax(z) * [1, 0, ..])`.
    Logarithm,
    /// `log(softmax(Where(mask, -inf, z)))`.
    Shares,
    /// `log_softmax(Where(mask, -inf, z))`.
    LogShares,
}

const MASKS: [Mask; 7] =
    [Mask::Select, Mask::Sum, Mask::Product, Mask::Quotient, Mask::Logarithm, Mask::Shares, Mask::LogShares];

/// `network` with the classes of `masked` masked, at `bottom` where the mask is a sum or a choice.
fn masked(network: &Linear, mask: Mask, masked: &[usize], bottom: f32) -> Fallible<Graph> {
    let mut b = Builder::new();
    let image = b.input("image", TensorType::f32_batch(&IMAGE));
    let z = network.apply(&mut b, image)?;
    let logits = apply(&mut b, z, mask, masked, bottom)?;
    b.output("logits", logits);
    Ok(b.finish())
}

fn apply(b: &mut Builder, z: ValueId, mask: Mask, masked: &[usize], bottom: f32) -> Fallible<ValueId> {
    let of = |inside: f32, outside: f32| -> Vec<f32> {
        (0..CLASSES).map(|class| if masked.contains(&class) { inside } else { outside }).collect()
    };
    let constant = |b: &mut Builder, values: Vec<f32>| -> Fallible<ValueId> {
        Ok(b.constant(Tensor::f32(&[1, CLASSES], values)?))
    };
    let hidden = constant(b, of(1.0, 0.0))?;
    let hidden = b.cast(hidden, DType::Bool)?;
    let chosen = |b: &mut Builder| {
        let bottom = b.constant(Tensor::scalar(bottom));
        b.select(hidden, bottom, z)
    };
    Ok(match mask {
        Mask::Select => chosen(b)?,
        Mask::Sum => {
            let sum = constant(b, of(bottom, 0.0))?;
            b.add(z, sum)?
        }
        Mask::Product | Mask::Quotient => {
            // Below zero where masked, so that the product is minus infinity.
            let size = b.abs(z)?;
            let size = b.shift(size, 0.1)?;
            let below = b.neg(size)?;
            let signed = b.select(hidden, below, z)?;
            if matches!(mask, Mask::Product) {
                let factor = constant(b, of(f32::INFINITY, 1.0))?;
                b.mul(signed, factor)?
            } else {
                let divisor = constant(b, of(0.0, 1.0))?;
                b.div(signed, divisor)?
            }
        }
        Mask::Logarithm => {
            let shares = b.softmax(z, 1)?;
            let factor = constant(b, of(0.0, 1.0))?;
            let left = b.mul(shares, factor)?;
            b.log(left)?
        }
        Mask::Shares => {
            let logits = chosen(b)?;
            let shares = b.softmax(logits, 1)?;
            b.log(shares)?
        }
        Mask::LogShares => {
            let logits = chosen(b)?;
            b.log_softmax(logits, 1)?
        }
    })
}

/// Every attack, short.
fn attacks(ball: Ball) -> Vec<Attack> {
    let apgd = |loss| Attack::Apgd(ApgdSettings { steps: 10, ..ApgdSettings::new(ball, loss, 0) });
    let fab = |targets| Attack::Fab(FabSettings { steps: 6, targets, ..FabSettings::targeted(ball, 0) });
    let pgd = |loss| Attack::Pgd(AttackSettings { steps: 8, ..settings(ball.norm, ball.eps, loss) });
    vec![
        pgd(Loss::CrossEntropy),
        pgd(Loss::Margin),
        pgd(Loss::Dlr),
        apgd(ApgdLoss::CrossEntropy),
        apgd(ApgdLoss::Dlr),
        apgd(ApgdLoss::Targeted(CLASSES - 1)),
        fab(0),
        fab(CLASSES - 1),
        Attack::Square(SquareSettings { queries: 12, ..SquareSettings::new(ball, 0) }),
    ]
}

/// Indices of images whose class is not masked, under a masked network's own labels.
fn drawn(network: &Linear, hidden: &[usize]) -> Fallible<(Images, Vec<usize>)> {
    let mut biased = network.clone();
    for class in hidden {
        biased.bias[*class] = -1e6;
    }
    let images = images(&biased, 12, 0.35, 0.65)?;
    let all = (0..images.len()).collect();
    Ok((images, all))
}

#[test]
fn an_infinite_mask_is_a_deep_one() -> Fallible {
    let network = Linear::random(CLASSES, 1.0, 11);
    let mut decided = [0, 0];
    // Five classes are left, then three, two and one: the ratios run out of classes.
    for hidden in [&[1][..], &[0, 2, 5], &[0, 2, 3, 5], &[0, 1, 2, 3, 5]] {
        let (images, all) = drawn(&network, hidden)?;
        for (norm, eps, masks) in [(Norm::Linf, 0.03, &MASKS[..]), (Norm::L2, 0.1, &MASKS[..1])] {
            let deep = masked(&network, Mask::Select, hidden, -1e9)?;
            for attack in attacks(Ball { norm, eps }) {
                let expected = findings(&reference(), &deep, &attack, (&images, &all), 32)?.verdicts();
                for verdict in &expected {
                    decided[usize::from(*verdict == Verdict::Fooled)] += 1;
                }
                for mask in masks {
                    let graph = masked(&network, *mask, hidden, f32::NEG_INFINITY)?;
                    let found = findings(&reference(), &graph, &attack, (&images, &all), 32)?.verdicts();
                    assert_eq!(found, expected, "{mask:?} of {hidden:?} under {attack:?}");
                }
            }
        }
    }
    assert!(decided[0] > 100 && decided[1] > 100, "both verdicts are tried: {decided:?}");
    Ok(())
}

#[test]
fn every_engine_masks_alike() -> Fallible {
    let network = Linear::random(CLASSES, 1.0, 11);
    let (images, all) = drawn(&network, &[1, 4])?;
    let graph = masked(&network, Mask::Logarithm, &[1, 4], 0.0)?;
    for attack in attacks(Ball { norm: Norm::Linf, eps: 0.03 }) {
        let found: Vec<Vec<Verdict>> = engines()
            .iter()
            .map(|engine| Ok(findings(engine, &graph, &attack, (&images, &all), 32)?.verdicts()))
            .collect::<Fallible<_>>()?;
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{attack:?}: {found:?}");
    }
    Ok(())
}

/// A class that is never in reach, above or below, changes nothing for the others.
#[test]
fn an_infinite_class_above_all_is_never_left() -> Fallible {
    let network = Linear::random(CLASSES, 1.0, 11);
    let images = images(&network, 8, 0.35, 0.65)?;
    let labels = vec![2; images.len()];
    let images = crate::setting::labelled(images.pixels_f32(&[0, 1, 2, 3, 4, 5, 6, 7]), labels)?;
    let graph = masked(&network, Mask::Sum, &[2], f32::INFINITY)?;
    let all: Vec<usize> = (0..images.len()).collect();
    for attack in attacks(Ball { norm: Norm::Linf, eps: 0.1 }) {
        let found = findings(&reference(), &graph, &attack, (&images, &all), 8)?;
        assert_eq!(found.verdicts(), vec![Verdict::Robust; all.len()], "{attack:?}");
    }
    Ok(())
}

/// Logits that are no numbers where the mean of the image is above 0.5.
fn undefined_above_the_middle(network: &Linear) -> Fallible<Graph> {
    let mut b = Builder::new();
    let image = b.input("image", TensorType::f32_batch(&IMAGE));
    let z = network.apply(&mut b, image)?;
    let mean = b.reduce_mean(image, &[1, 2, 3], false)?;
    let below = b.neg(mean)?;
    let below = b.shift(below, 0.5)?;
    let log = b.log(below)?;
    let nothing = b.scale(log, 0.0)?;
    let column = b.reshape(nothing, &[stitchscope_core::tensor::Dim::BATCH, stitchscope_core::tensor::Dim::ONE])?;
    let logits = b.add(z, column)?;
    b.output("logits", logits);
    Ok(b.finish())
}

#[test]
fn what_cannot_be_judged_is_counted_and_named() -> Fallible {
    let network = Linear::random(CLASSES, 1.0, 11);
    let images = images(&network, 40, 0.44, 0.55)?;
    let below = |i: &usize| images.pixels_f32(&[*i]).iter().sum::<f32>() < 0.499 * 12.0;
    let subset: Vec<usize> = (0..images.len()).filter(below).collect();
    let graph = undefined_above_the_middle(&network)?;
    let suite = Preset::Quick.stages(Ball { norm: Norm::Linf, eps: 0.006 }, None, 0);
    let engine = reference();
    let outcome = block_on(suite.run(engine.as_ref(), &graph, (&images, &subset), 16, &mut |_, _, _| true))?;
    let of = |verdict| outcome.found.iter().filter(|f| f.verdict == verdict).count() as u64;
    let [fooled, standing, not_judged] = [Verdict::Fooled, Verdict::Robust, Verdict::NotEvaluated].map(of);
    assert!(fooled > 0 && standing > 0 && not_judged > 0, "{fooled} {standing} {not_judged}");
    let stages = &outcome.stages;
    assert_eq!(stages[0].attacked, subset.len() as u64);
    assert!(stages.windows(2).all(|pair| pair[1].attacked == pair[0].left()), "{stages:?}");
    assert_eq!(stages.iter().map(|s| s.fooled).sum::<u64>(), fooled);
    assert_eq!(stages.iter().map(|s| s.not_judged).sum::<u64>(), not_judged);
    let names: Vec<&str> = outcome.doubts.iter().map(|d| d.name.as_str()).collect();
    assert!(names.contains(&doubt::NOT_JUDGED), "{names:?}");
    Ok(())
}

#[test]
fn images_without_another_class_are_named() -> Fallible {
    let network = Linear::random(CLASSES, 1.0, 11);
    let hidden = [0, 1, 2, 3, 5];
    let (images, all) = drawn(&network, &hidden)?;
    let graph = masked(&network, Mask::Select, &hidden, f32::NEG_INFINITY)?;
    let ball = Ball { norm: Norm::Linf, eps: 0.1 };
    let suite = Suite::new(vec![Stage { name: "fab-t", attack: Attack::Fab(FabSettings::targeted(ball, 0)) }]);
    let engine = reference();
    let outcome = block_on(suite.run(engine.as_ref(), &graph, (&images, &all), 16, &mut |_, _, _| true))?;
    assert!(outcome.found.iter().all(|f| f.verdict == Verdict::Robust));
    assert!(outcome.doubts.iter().any(|d| d.name == doubt::NO_TARGET), "{:?}", outcome.doubts);
    Ok(())
}
