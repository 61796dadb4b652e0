//! Stitches: the gradient of one between two halves, and a network stitched to itself.

use std::rc::Rc;

use stitchscope_core::autodiff::gradients;
use stitchscope_core::cut::{Tap, front_at, split};
use stitchscope_core::engine::Engine;
use stitchscope_core::engine::reference::{Precision, evaluate};
use stitchscope_core::engine::wgpu::Tuning;
use stitchscope_core::graph::{Builder, Graph, inline};
use stitchscope_core::loss::Loss;
use stitchscope_core::metrics::predicted_class;
use stitchscope_core::ops::{Op, stitch};
use stitchscope_core::rewrite::simplify;
use stitchscope_core::similarity::{Exactness, Moments, Order, PairSums, cka, gram_graph, summed};
use stitchscope_core::stitch::{Form, Weights, fit};
use stitchscope_core::study::stitched;
use stitchscope_core::tensor::{Array, DType, Dim, Tensor, TensorType, Tolerance};
use stitchscope_tests::{
    ADAPTERS, Failures, Fallible, Prepared, adapter, close, direction, image_batch, label_batch, numbers, ort,
    reference, run,
};

use crate::donors::{Donor, small};

/// The tap in the middle of the block outputs.
fn middle(donor: &Donor) -> Fallible<Tap> {
    let blocks: Vec<Tap> = donor.taps()?.into_iter().filter(|t| t.block_output).collect();
    Ok(blocks.get(blocks.len() / 2).ok_or_else(|| format!("{} has no block outputs", donor.name))?.clone())
}

/// `(image, label, weight, bias) -> (loss per image, gradient by weight, gradient by bias)` of a network cut at `tap`.
fn training(donor: &Donor, tap: &Tap) -> Fallible<Graph> {
    let (front, end) = split(&donor.graph, tap)?;
    let channels = tap.ty.shape[stitch::channel_axis(tap.ty.rank())].at(1);
    let mut b = Builder::new();
    let image = b.input("image", front.ty(front.inputs()[0]).clone());
    let label = b.input("label", TensorType::new(DType::I64, &[Dim::BATCH]));
    let weight = b.input("weight", TensorType::f32(&[channels, channels]));
    let bias = b.input("bias", TensorType::f32(&[channels]));
    let signal = inline(&mut b, &front, &[image])?[0];
    let joined = b.apply1(stitch::Stitch, &[signal, weight, bias])?;
    let logits = inline(&mut b, &end, &[joined])?[0];
    let loss = Loss::CrossEntropy.build(&mut b, logits, label)?;
    let both = gradients(&mut b, loss, &[weight, bias])?;
    b.output("loss", loss);
    for (name, gradient) in ["by weight", "by bias"].into_iter().zip(both) {
        b.output(name, gradient.ok_or_else(|| format!("there is no gradient {name}"))?);
    }
    Ok(b.finish())
}

/// A random stitch around the identity, as arrays.
fn stitch_near_identity(channels: usize) -> Fallible<[Array; 2]> {
    let (mut weights, noise) = (Weights::identity(channels, channels), Weights::random(channels, channels, 1));
    weights.weight.iter_mut().zip(&noise.weight).for_each(|(w, n)| *w += 0.3 * n);
    weights.bias = noise.bias;
    let (weight, bias) = weights.tensors()?;
    Ok([weight.to_array(), bias.to_array()])
}

/// Gradients by weight and bias: the engines against the oracle, the oracle in f64 against a difference.
fn stitch_gradient_is_right(donor: &Donor, engines: &[Rc<dyn Engine>]) -> Fallible {
    let tap = middle(donor)?;
    let graph = training(donor, &tap)?;
    let channels = tap.ty.shape[stitch::channel_axis(tap.ty.rank())].at(1);
    let fused = graph.nodes().iter().any(|n| matches!(n.op, Op::StitchGrad(_)));
    if !fused {
        return Err("the stitch's gradient is not the fused operator".into());
    }
    let [weight, bias] = stitch_near_identity(channels)?;
    let arguments = [image_batch(&donor.images)?, label_batch(&donor.images), weight, bias];
    let expected = run(&reference(), &graph, &arguments)?;
    for engine in engines {
        for (index, found) in run(engine, &simplify(&graph)?, &arguments)?.iter().enumerate() {
            let what = format!("{} on {}", graph.outputs()[index].name, engine.info().device);
            close(found, &expected[index], Tolerance::Network, &what)?;
        }
    }
    for place in [2, 3] {
        along_a_direction(&graph, &arguments, place)?;
    }
    Ok(())
}

/// The derivative by argument `place` along random directions against central differences, in f64.
fn along_a_direction(graph: &Graph, arguments: &[Array], place: usize) -> Fallible {
    const STEP: f64 = 1e-6;
    let images = arguments[0].shape()[0];
    let Array::Real(start) = &arguments[place] else { return Err("a stitch is real".into()) };
    let (mut fitting, mut told) = (0, String::new());
    for index in 0..3 {
        let direction = direction(start.len(), index);
        let at = |offset: f64| -> Fallible<Vec<Array>> {
            let mut moved = start.clone();
            moved.iter_mut().zip(&direction).for_each(|(w, d)| *w += offset * d);
            let mut arguments = arguments.to_vec();
            arguments[place] = Array::Real(moved);
            Ok(evaluate(graph, &arguments, images, Precision::Double)?)
        };
        let loss = |results: &[Array]| numbers(&results[0]).iter().sum::<f64>();
        let along: f64 = numbers(&at(0.0)?[place - 1]).iter().zip(&direction).map(|(g, d)| g * d).sum();
        let difference = (loss(&at(STEP)?) - loss(&at(-STEP)?)) / (2.0 * STEP);
        fitting +=
            u32::from((along - difference).abs() <= 10.0 * Tolerance::Gradient.bound() * difference.abs().max(1e-3));
        told = format!("{told} {along:e} and {difference:e};");
    }
    // As for input gradients: one direction may cross a kink.
    if fitting < 2 { Err(format!("argument {place}: gradient and difference disagree:{told}").into()) } else { Ok(()) }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn stitch_gradients_through_a_cut_network_are_right() -> Fallible {
    let mut failures = Failures::default();
    let adapters = ADAPTERS.iter().map(|name| adapter(name, Tuning::ForAdapter));
    let engines: Vec<Rc<dyn Engine>> = [ort()].into_iter().chain(adapters.map(|a| a as Rc<dyn Engine>)).collect();
    for donor in small(2)? {
        failures.note(donor.name, stitch_gradient_is_right(&donor, &engines));
    }
    failures.settle();
    Ok(())
}

/// The widest activation of four photographs in a Tiny10 takes 230 kB; its largest kernel 148 kB.
#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn batches_beyond_a_binding_are_run_in_tiles() -> Fallible {
    const BINDING: u64 = 160_000;
    let name = ADAPTERS[0];
    let whole: Rc<dyn Engine> = adapter(name, Tuning::ForAdapter);
    let tiled: Rc<dyn Engine> = adapter(name, Tuning::Within(BINDING));
    let mut failures = Failures::default();
    for donor in small(4)? {
        let check = || -> Fallible {
            let tap = middle(&donor)?;
            let graph = simplify(&training(&donor, &tap)?)?;
            let [weight, bias] = stitch_near_identity(tap.ty.shape[stitch::channel_axis(tap.ty.rank())].at(1))?;
            let arguments = [image_batch(&donor.images)?, label_batch(&donor.images), weight, bias];
            let expected = run(&whole, &graph, &arguments)?;
            for (index, found) in run(&tiled, &graph, &arguments)?.iter().enumerate() {
                close(found, &expected[index], Tolerance::Operator, &graph.outputs()[index].name)?;
            }
            Ok(())
        };
        failures.note(donor.name, check());
    }
    failures.settle();
    Ok(())
}

/// Classes of each image.
fn classes(logits: &Array) -> Fallible<Vec<Option<usize>>> {
    let tensor = logits.to_tensor(DType::F32);
    Ok(tensor.as_f32()?.chunks(tensor.shape()[1]).map(predicted_class).collect())
}

/// Taps with a stitch form, and the sums of each with itself over all images.
fn own_sums(donor: &Donor, taps: &[Tap]) -> Fallible<Moments> {
    let engine = ort();
    let list: Vec<&Tap> = taps.iter().collect();
    let front = front_at(&donor.graph, &list)?;
    // The same taps as of two networks.
    let count = taps.len();
    let pairs: Vec<(usize, usize)> = (0..count).map(|i| (i, count + i)).collect();
    let graph = simplify(&gram_graph(&[&front, &front], &pairs, &[], (Order::Fourth, Exactness::Blocks))?)?;
    let rows: Vec<usize> = taps.iter().chain(taps).map(positions).collect();
    let channels = |tap: &Tap| tap.ty.at(1)[stitch::channel_axis(tap.ty.rank())];
    let zeros = |tap: usize| Tensor::f32(&[channels(&taps[tap % count])], vec![0.0; channels(&taps[tap % count])]);
    let mut origins = summed(&pairs).into_iter().map(zeros).collect::<Result<Vec<_>, _>>()?;
    let mut moments = Moments::new(&rows, &pairs, Order::Fourth, &origins);
    // First as the rows are, then less their means, as a study does it.
    for _ in 0..2 {
        moments = Moments::new(&rows, &pairs, Order::Fourth, &origins);
        let mut inputs = vec![image_batch(&donor.images)?];
        inputs.extend(origins.iter().map(Array::from_tensor));
        let results = run(&engine, &graph, &inputs)?;
        let sums: Vec<Tensor> = results.iter().map(|r| r.to_tensor(DType::F64)).collect();
        moments.add(donor.images.len(), &sums)?;
        origins = moments.means()?;
    }
    Ok(moments)
}

fn positions(tap: &Tap) -> usize {
    let axis = stitch::channel_axis(tap.ty.rank());
    tap.ty.at(1).iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, size)| size).product()
}

fn joined(donor: &Donor, tap: &Tap, weights: &Weights) -> Fallible<Graph> {
    let (front, end) = split(&donor.graph, tap)?;
    Ok(simplify(&stitched(&front, weights, &end)?)?)
}

/// Matches each tap with itself on all images, and notes where anything of the network is lost.
pub fn note_self_stitches(donor: &Donor, taps: &[Tap], failures: &mut Failures) -> Fallible {
    let engine = ort();
    let moments = own_sums(donor, taps)?;
    let image = [image_batch(&donor.images)?];
    let expected = classes(&Prepared::new(&engine, &simplify(&donor.graph)?)?.run(&image)?[0])?;
    for (index, tap) in taps.iter().enumerate() {
        let check = || -> Fallible {
            let (rows, a, b, cross) = moments.pair(index);
            let sums = PairSums { rows, a: &a, b: &b, cross: &cross };
            let fit = fit(sums)?;
            if fit.residual != 0.0 {
                return Err(format!("the residual is {:e} (condition {:e})", fit.residual, fit.condition).into());
            }
            let alike = cka(sums);
            if !Tolerance::Double.accepts(&[alike.biased, alike.unbiased], &[1.0, 1.0]) {
                return Err(format!("CKA is {alike:?}").into());
            }
            let found = classes(&run(&engine, &joined(donor, tap, &fit.weights)?, &image)?[0])?;
            let kept = found.iter().zip(&expected).filter(|(a, b)| a == b).count();
            if kept < expected.len() {
                Err(format!("{kept} of {} predictions are kept", expected.len()).into())
            } else {
                Ok(())
            }
        };
        failures.note(&format!("{} at {}", donor.name, tap.name), check());
    }
    Ok(())
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_network_stitched_to_itself_is_itself() -> Fallible {
    let mut failures = Failures::default();
    for donor in small(160)? {
        let taps: Vec<Tap> = donor.taps()?.into_iter().filter(|t| Form::of(&t.name, &t.ty).is_ok()).collect();
        note_self_stitches(&donor, &taps, &mut failures)?;
    }
    failures.settle();
    Ok(())
}
