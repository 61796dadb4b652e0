//! Logits and input gradients: the engines against the oracle, the oracle against differences.

use std::rc::Rc;

use stitchscope_core::autodiff::gradients;
use stitchscope_core::engine::Engine;
use stitchscope_core::engine::reference::{Precision, evaluate};
use stitchscope_core::engine::wgpu::Tuning;
use stitchscope_core::graph::{Builder, Graph, GraphError, inline};
use stitchscope_core::loss::Loss;
use stitchscope_core::ops::Op;
use stitchscope_core::rewrite::simplify;
use stitchscope_core::tensor::{Array, DType, Dim, TensorType, Tolerance};
use stitchscope_tests::{
    ADAPTERS, Failures, Fallible, adapter, close, direction, image_batch, label_batch, numbers, ort, reference, run,
};

use crate::donors::{Donor, all, small};

/// `(image, label) -> (logits, loss per image, gradient of their sum by the image)`.
pub fn with_gradient(network: &Graph) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let image = b.input("image", network.ty(network.inputs()[0]).clone());
    let label = b.input("label", TensorType::new(DType::I64, &[Dim::BATCH]));
    let logits = inline(&mut b, network, &[image])?[0];
    let loss = Loss::CrossEntropy.build(&mut b, logits, label)?;
    let gradient = gradients(&mut b, loss, &[image])?[0];
    b.output("logits", logits);
    b.output("loss", loss);
    b.output(
        "gradient",
        gradient.ok_or(GraphError::NoDerivative { node: String::new(), op: "network", why: "no gradient arrives" })?,
    );
    Ok(b.finish())
}

fn engine_agrees(engine: &Rc<dyn Engine>, donor: &Donor) -> Fallible {
    let graph = with_gradient(&donor.graph)?;
    let arguments = [image_batch(&donor.images)?, label_batch(&donor.images)];
    // The oracle takes the graph as it is: what simplifying does to it is under test as well.
    let expected = run(&reference(), &graph, &arguments)?;
    let found = run(engine, &simplify(&graph)?, &arguments)?;
    for ((found, expected), output) in found.iter().zip(&expected).zip(graph.outputs()) {
        close(found, expected, Tolerance::Network, &output.name)?;
        if output.name == "gradient" {
            own_scale(found, expected, Tolerance::Network)?;
        }
    }
    Ok(())
}

/// Gradients of trained networks may be tiny throughout: they are held to their own size, without the floor that logits have.
///
/// # Errors
/// A gradient that is zero, or errs by more than the tolerance allows of its own size.
pub fn own_scale(found: &Array, expected: &Array, tolerance: Tolerance) -> Fallible {
    let (found, expected) = (numbers(found), numbers(expected));
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let apart = norm(&mut found.iter().zip(&expected).map(|(f, e)| f - e));
    let size = norm(&mut expected.iter().copied());
    let bound = tolerance.bound() * size;
    if size > 0.0 && apart <= bound {
        Ok(())
    } else {
        Err(format!("the gradient has size {size:e} and errs by {apart:e}").into())
    }
}

/// Every network on `engine`: the small ones on eight images, the deep ones on two.
fn on_all(engine: &Rc<dyn Engine>) -> Fallible {
    let mut failures = Failures::default();
    for donor in small(8)?.iter().chain(&all(2)?) {
        failures.note(donor.name, engine_agrees(engine, donor));
    }
    failures.settle();
    Ok(())
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn onnx_runtime_computes_logits_and_input_gradients() -> Fallible {
    on_all(&ort())
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn graphics_processors_compute_logits_and_input_gradients() -> Fallible {
    for name in ADAPTERS {
        let engine: Rc<dyn Engine> = adapter(name, Tuning::ForAdapter);
        on_all(&engine)?;
    }
    Ok(())
}

/// With the kernels of cards, which are others and fewer.
#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn kernels_of_graphics_cards_compute_logits_and_input_gradients() -> Fallible {
    for name in ADAPTERS {
        let engine: Rc<dyn Engine> = adapter(name, Tuning::ForCards);
        on_all(&engine)?;
    }
    Ok(())
}

/// The slope of the loss along a direction: by the gradient, and by a central difference.
fn slopes(graph: &Graph, donor: &Donor, index: u64) -> Fallible<(f64, f64)> {
    /// A path of this length meets few of a network's kinks, and f64 still tells the two losses apart to 9 digits.
    const STEP: f64 = 1e-6;
    let (image, label) = (image_batch(&donor.images)?, label_batch(&donor.images));
    let Array::Real(pixels) = &image else { return Err("images are real".into()) };
    let direction = direction(pixels.len(), index);
    let at = |offset: f64| -> Fallible<Vec<Array>> {
        let mut moved = pixels.clone();
        moved.iter_mut().zip(&direction).for_each(|(p, d)| *p += offset * d);
        Ok(evaluate(graph, &[Array::Real(moved), label.clone()], donor.images.len(), Precision::Double)?)
    };
    let loss = |results: &[Array]| numbers(&results[1]).iter().sum::<f64>();
    let gradient = numbers(&at(0.0)?[2]);
    let along = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
    Ok((along, (loss(&at(STEP)?) - loss(&at(-STEP)?)) / (2.0 * STEP)))
}

/// ReLUs and maxima have kinks, and a direction that crosses one within the step gives a difference between the two slopes.
/// One of the directions may; a wrong gradient is wrong in all of them.
fn gradient_fits_differences(donor: &Donor) -> Fallible {
    const DIRECTIONS: u64 = 3;
    let graph = with_gradient(&donor.graph)?;
    let smooth = !graph.nodes().iter().any(|n| matches!(n.op, Op::Relu(_) | Op::MaxPool(_)));
    let (mut fitting, mut told) = (0, Vec::new());
    for index in 0..DIRECTIONS {
        let (along, difference) = slopes(&graph, donor, index)?;
        // 1e-5 instead of 1e-6 of the slope: a random direction's slope is itself a difference of many terms.
        let error = (along - difference).abs() / difference.abs().max(1e-3);
        fitting += u64::from(error <= 10.0 * Tolerance::Gradient.bound());
        told.push(format!("{along:e} and {difference:e}"));
    }
    let needed = if smooth { DIRECTIONS } else { DIRECTIONS - 1 };
    if fitting < needed { Err(format!("gradient and difference disagree: {}", told.join("; ")).into()) } else { Ok(()) }
}

#[test]
fn input_gradients_agree_with_differences() -> Fallible {
    let mut failures = Failures::default();
    for donor in all(1)? {
        failures.note(donor.name, gradient_fits_differences(&donor));
    }
    failures.settle();
    Ok(())
}
