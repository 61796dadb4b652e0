//! Verdicts depend on the image, the network and the attack; not on batches, and with more starts only for the worse.

use std::rc::Rc;

use stitchscope_core::attack::{Attack, AttackError, AttackSettings, Norm, Runner, Start, Verdict};
use stitchscope_core::data::Images;
use stitchscope_core::engine::Engine;
use stitchscope_core::graph::{Builder, Graph};
use stitchscope_core::loss::Loss;
use stitchscope_core::metrics::predicted_class;
use stitchscope_core::platform::block_on;
use stitchscope_core::tensor::{DType, TensorType};
use stitchscope_tests::{Fallible, image_batch, ort, reference, run, zoo_images, zoo_network};

use crate::setting::{IMAGE, Linear, PIXELS, attack, engines, images, labelled, settings};

const SEVERAL: f32 = 8.0 / 255.0;

/// A network of the zoo with test images that it gets right.
struct Victim {
    graph: Graph,
    images: Images,
    right: Vec<usize>,
}

fn victim(engine: &Rc<dyn Engine>) -> Fallible<Victim> {
    let graph = zoo_network("fashion-robust-a")?;
    let images = zoo_images("fashion-test", 72)?;
    let logits = run(engine, &graph, &[image_batch(&images)?])?[0].to_tensor(DType::F32);
    let classes = logits.shape()[1];
    let rows = logits.as_f32()?.chunks(classes).map(predicted_class);
    let right = rows.zip(&images.labels).enumerate().filter(|(_, (p, l))| *p == Some(**l as usize)).map(|(i, _)| i);
    let right = right.collect();
    Ok(Victim { graph, images, right })
}

fn random_start(norm: Norm, eps: f32) -> AttackSettings {
    AttackSettings { start: Start::Uniform, steps: 4, ..settings(norm, eps, Loss::CrossEntropy) }
}

fn count(verdicts: &[Verdict], verdict: Verdict) -> usize {
    verdicts.iter().filter(|v| **v == verdict).count()
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_vanishing_radius_fools_nobody() -> Fallible {
    let engine = ort();
    let victim = victim(&engine)?;
    for (norm, start) in [(Norm::Linf, Start::Uniform), (Norm::L2, Start::Gaussian), (Norm::Linf, Start::Clean)] {
        let settings = AttackSettings { start, steps: 2, ..settings(norm, 1e-7, Loss::CrossEntropy) };
        let verdicts = attack(&engine, &victim.graph, &settings, (&victim.images, &victim.right), 64)?;
        assert_eq!(verdicts.len(), victim.right.len());
        assert_eq!(count(&verdicts, Verdict::Robust), victim.right.len(), "{norm:?} {start:?}");
    }
    Ok(())
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn more_starts_only_fool_more() -> Fallible {
    let engine = ort();
    let victim = victim(&engine)?;
    for (norm, eps) in [(Norm::Linf, SEVERAL), (Norm::L2, 1.0)] {
        let mut before: Option<Vec<Verdict>> = None;
        for restarts in [1, 2, 4] {
            let settings = AttackSettings { restarts, ..random_start(norm, eps) };
            let verdicts = attack(&engine, &victim.graph, &settings, (&victim.images, &victim.right), 32)?;
            for (earlier, now) in before.iter().flatten().zip(&verdicts) {
                assert!(
                    *earlier == Verdict::Robust || earlier == now,
                    "{norm:?}, {restarts} starts: {earlier:?} {now:?}"
                );
            }
            before = Some(verdicts);
        }
        let last = before.unwrap_or_default();
        let fooled = count(&last, Verdict::Fooled);
        assert!(fooled > 0 && fooled < last.len(), "{norm:?}: {fooled} of {} show nothing", last.len());
    }
    Ok(())
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn verdicts_do_not_depend_on_the_batch() -> Fallible {
    let linear = Linear::random(4, 1.0, 9);
    let drawn = images(&linear, 70, 0.2, 0.8)?;
    let all: Vec<usize> = (0..drawn.len()).collect();
    for engine in engines() {
        for (norm, eps) in [(Norm::Linf, 0.03), (Norm::L2, 0.1)] {
            let verdicts = |batch| {
                attack(&engine, &linear.graph()?, &random_start(norm, eps), (&drawn, &all), batch)
                    .map_err(Box::<dyn std::error::Error>::from)
            };
            let (few, many) = (verdicts(7)?, verdicts(64)?);
            assert_eq!(few, many, "{norm:?} on {}", engine.info().engine);
            assert!(few.contains(&Verdict::Fooled) && few.contains(&Verdict::Robust), "{norm:?} shows nothing");
        }
    }
    let engine = ort();
    let victim = victim(&engine)?;
    let of = |batch| {
        attack(&engine, &victim.graph, &random_start(Norm::Linf, SEVERAL), (&victim.images, &victim.right), batch)
    };
    assert_eq!(of(7)?, of(64)?, "a network of the zoo");
    Ok(())
}

/// Logits that are no numbers where the first pixel is below one half.
fn half_defined() -> Fallible<(Linear, Graph)> {
    let linear = Linear::random(3, 1.0, 4);
    let mut b = Builder::new();
    let image = b.input("image", TensorType::f32_batch(&IMAGE));
    let logits = linear.apply(&mut b, image)?;
    let mut pick = vec![0.0; PIXELS];
    pick[0] = 1.0;
    let first = Linear { rows: vec![pick], bias: vec![-0.5] }.apply(&mut b, image)?;
    let root = b.sqrt(first)?;
    let sum = b.add(logits, root)?;
    b.output("logits", sum);
    Ok((linear, b.finish()))
}

#[test]
fn what_is_no_number_is_not_evaluated() -> Fallible {
    let (linear, graph) = half_defined()?;
    let mut pixels = images(&linear, 8, 0.4, 0.6)?.pixels_f32(&[0, 1, 2, 3, 4, 5, 6, 7]);
    pixels.chunks_mut(PIXELS).enumerate().for_each(|(i, image)| image[0] = if i % 2 == 0 { 0.2 } else { 0.8 });
    let label = |image: &[f32]| {
        let z = linear.logits(image);
        (0..).zip(&z).max_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(0, |(class, _)| class)
    };
    let labels = pixels.chunks(PIXELS).map(label).collect();
    let images = labelled(pixels, labels)?;
    let all: Vec<usize> = (0..8).collect();
    for engine in engines() {
        let verdicts = attack(&engine, &graph, &settings(Norm::Linf, 1e-4, Loss::CrossEntropy), (&images, &all), 3)?;
        for (index, verdict) in verdicts.iter().enumerate() {
            let expected = if index % 2 == 0 { Verdict::NotEvaluated } else { Verdict::Robust };
            assert_eq!(*verdict, expected, "image {index} on {}", engine.info().engine);
        }
    }
    Ok(())
}

#[test]
fn an_attack_stops_when_asked() -> Fallible {
    let linear = Linear::random(3, 1.0, 4);
    let drawn = images(&linear, 20, 0.4, 0.6)?;
    let all: Vec<usize> = (0..20).collect();
    let engine = reference();
    let graph = linear.graph()?;
    let outcome = block_on(async {
        let attack = Attack::Pgd(random_start(Norm::Linf, 0.01));
        let runner = Runner::prepare(engine.as_ref(), &graph, &attack, 4).await?;
        runner.run(engine.as_ref(), &drawn, &all, &mut |done| done < 8).await
    });
    assert!(matches!(outcome, Err(AttackError::Stopped)), "{outcome:?}");
    Ok(())
}
