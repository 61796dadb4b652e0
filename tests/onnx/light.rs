//! The package's classifiers with weights for which nothing vanishes: ONNX Runtime's input gradient in f32 against differences of the loss
//! in f64.
//!
//! The package leaves their weights out: every element is 0.02, so that all classes get one logit and no gradient arrives at the image.
//! Here layers get Gaussian weights of variance 2 / fan-in, which keep the size of what a rectifier lets through (He et al. 2015), and
//! BatchNorm the statistics 0 and 1.

use std::rc::Rc;

use stitchscope_core::classifier;
use stitchscope_core::engine::Engine;
use stitchscope_core::engine::reference::{Precision, evaluate};
use stitchscope_core::gradient::loss_and_gradient;
use stitchscope_core::graph::{Builder, Graph, GraphError, Node, ValueId, inline, translate};
use stitchscope_core::loss::Loss;
use stitchscope_core::onnx::{Interface, external};
use stitchscope_core::ops::Op;
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::rewrite::simplify;
use stitchscope_core::study::Network;
use stitchscope_core::tensor::{Array, DType, Dim, Tensor, TensorType};
use stitchscope_tests::{Failures, Fallible, Prepared, direction, numbers};

use crate::case::Case;

/// Largest difference between slope and difference of the loss, as a share of the gradient's length.
const AGREE: f64 = 0.003;
/// How far the image is moved along a direction of length 1: few of a network's kinks lie so near.
const STEP: f64 = 1e-5;
/// Seed of all weights.
const SEED: u64 = 13;

/// Draws the weights of a network.
struct Draw {
    stream: Stream,
}

impl Draw {
    fn gaussians(&mut self, shape: &[usize], deviation: f32) -> Result<Tensor, GraphError> {
        let count = shape.iter().product();
        let values = (0..count).map(|_| deviation * self.stream.gaussian_f32()).collect();
        Tensor::f32(shape, values).map_err(|e| GraphError::Mismatch {
            what: "a drawn tensor".to_owned(),
            expected: "its shape".to_owned(),
            found: e.to_string(),
        })
    }

    /// In place of a constant of the file that a node takes; [`None`] where it stays.
    fn instead(&mut self, node: &Node, name: &str, shape: &[usize]) -> Result<Option<Tensor>, GraphError> {
        if shape.iter().product::<usize>() < 2 {
            return Ok(None);
        }
        if shape.iter().filter(|size| **size > 1).count() < 2 {
            return self.of_channels(name, shape).map(Some);
        }
        let fan_in = match (shape, &node.op) {
            ([_, inner @ ..], Op::Conv(_)) => inner.iter().product(),
            ([inner, _], Op::MatMul(_)) => *inner,
            // A matrix [outputs, inputs] on its way to a product.
            (_, _) => shape.last().copied().unwrap_or(1),
        };
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let deviation = (2.0 / fan_in.max(1) as f32).sqrt();
        self.gaussians(shape, deviation).map(Some)
    }

    /// A number for each channel: factors and variances are 1, means 0, offsets small.
    fn of_channels(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, GraphError> {
        let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if is(&["_w_0", "scale", "bn_s_", "var", "riv"]) {
            return Ok(Tensor::full(shape, 1.0));
        }
        if is(&["mean", "_rm_"]) {
            return Ok(Tensor::full(shape, 0.0));
        }
        self.gaussians(shape, 0.1)
    }
}

/// Sizes of a value that the file holds or repeats one number for, if it is of real numbers.
fn weights(graph: &Graph, value: ValueId) -> Option<Vec<usize>> {
    let held = graph.constant(value).is_some();
    let repeated = graph.producer(value).is_some_and(|node| {
        matches!(node.op, Op::Expand(_)) && node.inputs.iter().all(|input| graph.constant(*input).is_some())
    });
    let ty = graph.ty(value);
    (ty.dtype.is_real() && (held || repeated)).then(|| ty.known()).flatten()
}

/// The network with other weights.
fn weighted(graph: &Graph) -> Result<Graph, GraphError> {
    let mut draw = Draw { stream: Stream::new(SEED, Purpose::Test, 0, 0) };
    translate(graph, |b: &mut Builder, node: &Node, inputs: &[ValueId]| {
        let mut taken = inputs.to_vec();
        for (old, new) in node.inputs.iter().zip(&mut taken) {
            if let Some(shape) = weights(graph, *old)
                && let Some(drawn) = draw.instead(node, &graph.value(*old).name, &shape)?
            {
                *new = b.constant(drawn);
            }
        }
        b.apply(node.op.clone(), &taken).map(Some)
    })
}

/// `(image, label) -> loss`.
fn loss(network: &Graph) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let image = b.input("image", network.ty(network.inputs()[0]).clone());
    let label = b.input("label", TensorType::new(DType::I64, &[Dim::BATCH]));
    let logits = inline(&mut b, network, &[image])?[0];
    let loss = Loss::CrossEntropy.build(&mut b, logits, label)?;
    b.output("loss", loss);
    simplify(&b.finish())
}

/// An image of numbers from 0.2 to 0.8, as f32 has them.
fn image(shape: &[usize; 4]) -> Fallible<Array> {
    let mut stream = Stream::new(SEED, Purpose::Test, 1, 0);
    let pixels = (0..shape.iter().product()).map(|_| stream.uniform_range(0.2, 0.8)).collect();
    Ok(Tensor::f32(shape, pixels)?.to_array())
}

/// The class that is least likely, whose loss is far from flat, and the gradient of its loss.
fn gradient(engine: &Rc<dyn Engine>, network: &Graph, image: &Array) -> Fallible<(Array, Vec<f64>)> {
    let program = Prepared::new(engine, &loss_and_gradient(network, Loss::CrossEntropy)?)?;
    let at = |class: usize| -> Fallible<(Array, Vec<Array>)> {
        let label = Tensor::indices(&[i64::try_from(class)?]).to_array();
        let results = program.run(&[image.clone(), label.clone()])?;
        Ok((label, results))
    };
    let logits = numbers(&at(0)?.1[2]);
    let least = (0..logits.len()).min_by(|a, b| logits[*a].total_cmp(&logits[*b])).ok_or("there are logits")?;
    let (label, results) = at(least)?;
    Ok((label, numbers(&results[1])))
}

/// Holds the gradient of one classifier against differences along itself, and along a direction at random.
fn held(engine: &Rc<dyn Engine>, case: &Case) -> Fallible<String> {
    let model = classifier::read(case.model.clone(), &case.name, &external::none, &Interface::default())?;
    let network = Network::new(&case.name, &model)?;
    let [channels, rows, columns] = network.image;
    let weighted = weighted(&network.graph)?;
    let image = image(&[1, channels, rows, columns])?;
    let (label, gradient) = gradient(engine, &weighted, &image)?;
    let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
    if !(length > 1e-6 && length.is_finite()) {
        return Err(format!("{}: the gradient has the length {length:e}: nothing can be told", case.name).into());
    }
    let loss = loss(&weighted)?;
    let moved = |along: &[f64], by: f64| -> Fallible<f64> {
        let Array::Real(mut pixels) = image.clone() else { return Err("images are real".into()) };
        pixels.iter_mut().zip(along).for_each(|(pixel, step)| *pixel += by * step);
        let results = evaluate(&loss, &[Array::Real(pixels), label.clone()], 1, Precision::Double)?;
        Ok(numbers(&results[0])[0])
    };
    let off = |along: &[f64]| -> Fallible<f64> {
        let slope: f64 = gradient.iter().zip(along).map(|(g, d)| g * d).sum();
        Ok((((moved(along, STEP)? - moved(along, -STEP)?) / (2.0 * STEP) - slope) / length).abs())
    };
    let own: Vec<f64> = gradient.iter().map(|g| g / length).collect();
    let (along, across) = (off(&own)?, off(&direction(gradient.len(), 7))?);
    let told = format!("{}: |g| {length:.2e}, off by {along:.1e} along it, {across:.1e} at random", case.name);
    // A slope at random is a few hundredths of the gradient's length or less.
    if along <= AGREE && across <= AGREE / 30.0 { Ok(told) } else { Err(told.into()) }
}

/// Every classifier of the package whose name holds `part`.
#[expect(clippy::print_stdout, reason = "a suite says what it measured")]
pub fn gradients(engine: &Rc<dyn Engine>, cases: &[Case], part: &str) -> Fallible<usize> {
    let mut failures = Failures::default();
    let mut count = 0;
    for case in cases.iter().filter(|case| case.name.starts_with("light") && case.name.contains(part)) {
        failures.note(&case.name, held(engine, case).map(|told| println!("{told}")));
        count += 1;
    }
    failures.settle();
    Ok(count)
}
