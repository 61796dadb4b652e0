//! By tiles and as a whole give the same: for every operator's cases with images along every axis, and for the graphs that
//! studies run.

mod operators;

use std::collections::BTreeSet;

use ndarray::{Axis, Slice};

use super::*;
use crate::attack::{AttackSettings, Norm, Start, step_graph};
use crate::autodiff::gradients;
use crate::engine::reference::{Precision, evaluate};
use crate::loss::Loss;
use crate::ops::conv::Conv;
use crate::ops::max_pool::MaxPool;
use crate::ops::reduce_mean::ReduceMean;
use crate::ops::{Op, Sample};
use crate::similarity::{Exactness, Order, gram_graph};
use crate::stitch::{Lesson, Objective, Parameters, TrainGraph, TrainSettings, training_graph};
use crate::tensor::{Array, Tensor, TensorType, Tolerance, fixed_shape};

fn cut(array: &Array, (start, len): (usize, usize)) -> Array {
    let range = Slice::from(start..start + len);
    match array {
        Array::Real(a) => Array::Real(a.slice_axis(Axis(0), range).to_owned()),
        Array::Int(a) => Array::Int(a.slice_axis(Axis(0), range).to_owned()),
        Array::Bool(a) => Array::Bool(a.slice_axis(Axis(0), range).to_owned()),
    }
}

fn append(all: &Array, next: &Array) -> Array {
    let join = "tiles of one kind";
    match (all, next) {
        (Array::Real(a), Array::Real(b)) => {
            Array::Real(ndarray::concatenate(Axis(0), &[a.view(), b.view()]).expect(join))
        }
        (Array::Int(a), Array::Int(b)) => Array::Int(ndarray::concatenate(Axis(0), &[a.view(), b.view()]).expect(join)),
        (Array::Bool(a), Array::Bool(b)) => {
            Array::Bool(ndarray::concatenate(Axis(0), &[a.view(), b.view()]).expect(join))
        }
        _ => panic!("{join}"),
    }
}

fn run(graph: &Graph, arguments: &[Array], batch: usize) -> Vec<Array> {
    evaluate(graph, arguments, batch, Precision::Double).unwrap()
}

/// The run loop of an engine: `most` images at a time.
fn by_tiles(parts: &Tiled, arguments: &[Array], batch: usize, most: usize) -> Vec<Array> {
    let mut joined: Vec<Array> = Vec::new();
    for first in (0..batch).step_by(most) {
        let count = most.min(batch - first);
        let piece = |(index, a): (usize, &Array)| {
            if parts.cut[index] { cut(a, parts.run_of(index, first, count)) } else { a.clone() }
        };
        let of_tile: Vec<Array> = arguments.iter().enumerate().map(piece).collect();
        let results = run(&parts.tile, &of_tile, count);
        if first == 0 {
            joined = results;
            continue;
        }
        let sums = |list: &[Array]| -> Vec<Array> {
            list.iter().zip(&parts.joined).filter(|(_, j)| **j == Joined::Sum).map(|(a, _)| a.clone()).collect()
        };
        let both = [sums(&joined), sums(&results)].concat();
        let mut totals = run(&parts.adding, &both, 1).into_iter();
        for ((all, next), how) in joined.iter_mut().zip(&results).zip(&parts.joined) {
            *all = match how {
                Joined::Rows => append(all, next),
                Joined::Sum => totals.next().unwrap(),
            };
        }
    }
    let given = parts.after_inputs.iter().map(|a| match a {
        Argument::Input(index) => arguments[*index].clone(),
        Argument::Joined(index) => joined[*index].clone(),
    });
    let after = run(&parts.after, &given.collect::<Vec<_>>(), 1);
    let outcome = |o: &Outcome| match o {
        Outcome::Joined(index) => joined[*index].clone(),
        Outcome::After(index) => after[*index].clone(),
    };
    parts.outcomes.iter().map(outcome).collect()
}

fn numbers(array: &Array) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "small indices")]
    match array {
        Array::Real(a) => a.iter().copied().collect(),
        Array::Int(a) => a.iter().map(|i| *i as f64).collect(),
        Array::Bool(a) => a.iter().map(|t| f64::from(u8::from(*t))).collect(),
    }
}

/// Both ways agree for tiles of every size: to the bit for what only one image makes.
fn agrees(what: &str, graph: &Graph, parts: &Tiled, arguments: &[Array], batch: usize) {
    let whole = run(graph, arguments, batch);
    for most in 1..=batch {
        let found = by_tiles(parts, arguments, batch, most);
        for (index, (f, w)) in found.iter().zip(&whole).enumerate() {
            let place = format!("{what}: result {index} by tiles of {most} of {batch}");
            assert_eq!(f.shape(), w.shape(), "{place}");
            let single = matches!(parts.outcomes[index], Outcome::Joined(i) if parts.joined[i] == Joined::Rows);
            let tolerance = if single { Tolerance::Exact } else { Tolerance::Double };
            assert!(tolerance.accepts(&numbers(f), &numbers(w)), "{place}");
        }
    }
}

/// Arguments for every input: labels and indices below `below`, other numbers in [0, 1].
fn draw(graph: &Graph, batch: usize, below: i64) -> Vec<Array> {
    let drawn = (0_u64..).zip(graph.inputs()).map(|(index, input)| {
        let ty = graph.ty(*input);
        let shape = ty.at(batch);
        let sample = if ty.dtype.is_real() {
            Sample::within(&shape, 0.0, 1.0)
        } else {
            Sample::Int { shape, low: 0, high: below }
        };
        sample.draw(7, index)
    });
    drawn.collect()
}

fn weights(shape: &[usize], seed: u64) -> Tensor {
    Sample::real(shape).draw(seed, 0).to_tensor(DType::F32)
}

/// Image [N, 2, 6, 6] to activation [N, 4, 3, 3], with a pool and its gradient.
fn front() -> Graph {
    let mut b = Builder::new();
    let x = b.input("image", TensorType::f32_batch(&[2, 6, 6]));
    let w = b.constant(weights(&[4, 2, 3, 3], 1));
    let y = b.conv(x, w, Conv { pads: [1; 4], ..Conv::default() }).unwrap();
    let y = b.relu(y).unwrap();
    let pool = MaxPool { kernel: [2, 2], strides: [2, 2], pads: [0; 4], dilations: [1; 2], ceil_mode: false };
    let y = b.apply(pool, &[y]).unwrap()[0];
    b.output("tap", y);
    b.finish()
}

/// Activation [N, 4, 3, 3] to logits [N, 5].
fn end() -> Graph {
    let mut b = Builder::new();
    let x = b.input("tap", TensorType::f32_batch(&[4, 3, 3]));
    let pool = MaxPool { kernel: [2, 2], strides: [1, 1], pads: [0; 4], dilations: [1; 2], ceil_mode: false };
    let y = b.apply(pool, &[x]).unwrap()[0];
    let y = b.sigmoid(y).unwrap();
    let flat = b.reshape(y, &[Dim::BATCH, Dim::fixed(16)]).unwrap();
    let w = b.constant(weights(&[16, 5], 2));
    let y = b.matmul(flat, w).unwrap();
    b.output("logits", y);
    b.finish()
}

fn network() -> Graph {
    let mut b = Builder::new();
    let x = b.input("image", TensorType::f32_batch(&[2, 6, 6]));
    let tap = crate::graph::inline(&mut b, &front(), &[x]).unwrap();
    let logits = crate::graph::inline(&mut b, &end(), &tap).unwrap()[0];
    b.output("logits", logits);
    b.finish()
}

#[test]
fn a_network_by_tiles_gives_the_same_logits() {
    let graph = network();
    assert_eq!(cut_by_images(&graph), Some(vec![true]));
    let parts = tiled(&graph).unwrap().expect("images do not meet");
    assert_eq!((parts.joined.as_slice(), parts.after.outputs().len()), ([Joined::Rows].as_slice(), 0));
    agrees("network", &graph, &parts, &draw(&graph, 5, 5), 5);
}

#[test]
fn attack_steps_by_tiles_take_the_same_steps() {
    for (norm, loss) in [(Norm::Linf, Loss::CrossEntropy), (Norm::L2, Loss::Dlr), (Norm::L2, Loss::Margin)] {
        let settings =
            AttackSettings { norm, eps: 0.1, alpha: 0.03, steps: 1, restarts: 1, start: Start::Clean, loss, seed: 1 };
        let graph = step_graph(&network(), &settings).unwrap();
        let parts = tiled(&graph).unwrap().expect("a pool's gradient stays within its image");
        assert_eq!(parts.joined, [Joined::Rows, Joined::Rows]);
        agrees(&format!("{norm:?} {loss:?}"), &graph, &parts, &draw(&graph, 5, 5), 5);
    }
}

#[test]
fn training_steps_by_tiles_learn_the_same() {
    let activation = TensorType::f32_batch(&[4, 3, 3]);
    let (front, end, parameters) = (front(), end(), Parameters::Full);
    let settings = TrainSettings { weight_decay: 0.01, ..TrainSettings::default() };
    let cached = TrainGraph::Cached { activation: &activation, images: 9 };
    let whole = TrainGraph::Whole { front: &front };
    let soft = Objective::Soft { temperature: 2.0, teachers: 2 };
    let cases = [
        (cached, Objective::Task),
        (whole, Objective::Task),
        (cached, soft),
        (whole, soft),
        (whole, Objective::Trades { beta: 2.0 }),
    ];
    for (source, objective) in cases {
        let (channels, parameters, settings) = ((4, 4), &parameters, &settings);
        let lesson = Lesson { source, end: &end, target: None, channels, parameters, objective, settings };
        let graph = training_graph(&lesson).unwrap();
        let parts = tiled(&graph).unwrap().expect("a stitch's gradient is a sum over images");
        assert!(parts.joined.iter().all(|j| *j == Joined::Sum));
        if objective == Objective::Task {
            // Weight gradient, bias gradient, loss: nothing else must wait on the device between tiles.
            assert_eq!(parts.joined.len(), 3);
        }
        agrees("training", &graph, &parts, &draw(&graph, 7, 5), 7);
    }
}

#[test]
fn statistics_by_tiles_are_the_same_sums() {
    let how = (Order::Fourth, Exactness::Double);
    let graph = gram_graph(&[&front(), &front()], &[(0, 1)], &[0], how).unwrap();
    assert!(cut_by_images(&graph).is_none(), "sums are not joined row by row");
    let (_, joined) = joined_by_images(&graph).expect("sums in f64 may be made lane by lane");
    assert_eq!(joined.iter().filter(|j| **j == Joined::Rows).count(), 1);
    // As a study asks for them: of many positions, in blocks, and of few.
    for size in [2, 16] {
        let mut b = Builder::new();
        let x = b.input("image", TensorType::f32_batch(&[3, size, size]));
        let y = b.tanh(x).unwrap();
        b.output("x", x);
        b.output("y", y);
        let graph = gram_graph(&[&b.finish()], &[(0, 1)], &[], (Order::Fourth, Exactness::Blocks)).unwrap();
        assert!(joined_by_images(&graph).is_some(), "{size}");
    }
    let parts = tiled(&graph).unwrap().expect("statistics are sums over images");
    assert_eq!(parts.joined.iter().filter(|j| **j == Joined::Rows).count(), 1);
    agrees("gram", &graph, &parts, &draw(&graph, 5, 5), 5);
}

#[test]
fn a_kernels_gradient_is_a_sum_of_tiles() {
    let mut b = Builder::new();
    let x = b.input("image", TensorType::f32_batch(&[2, 5, 5]));
    let w = b.input("w", TensorType::f32(&[3, 2, 3, 3]));
    let y = b.conv(x, w, Conv { strides: [2; 2], pads: [1; 4], ..Conv::default() }).unwrap();
    let y = b.tanh(y).unwrap();
    let dw = gradients(&mut b, y, &[w]).unwrap()[0].unwrap();
    b.output("dw", dw);
    let graph = b.finish();
    let parts = tiled(&graph).unwrap().expect("channels of the gradient's convolution are images");
    agrees("kernel gradient", &graph, &parts, &draw(&graph, 4, 1), 4);
}

#[test]
fn what_mixes_images_is_left_whole() {
    let refuse = |what: &str, build: &dyn Fn(&mut Builder, ValueId) -> ValueId| {
        let mut b = Builder::new();
        let x = b.input("image", TensorType::f32_batch(&[2, 4, 4]));
        let y = build(&mut b, x);
        b.output("y", y);
        let graph = b.finish();
        assert!(tiled(&graph).unwrap().is_none() && cut_by_images(&graph).is_none(), "{what}");
    };
    refuse("statistics of the batch", &|b, x| {
        let mean = b.apply1(ReduceMean { axes: vec![0, 2, 3], keep_dims: true }, &[x]).unwrap();
        b.sub(x, mean).unwrap()
    });
    refuse("a sum that returns to the images", &|b, x| {
        let sum = b.reduce_sum(x, &[0], true).unwrap();
        b.div(x, sum).unwrap()
    });
    refuse("indices that count over the batch", &|b, x| {
        let pool = MaxPool { kernel: [2, 2], strides: [2, 2], pads: [0; 4], dilations: [1; 2], ceil_mode: false };
        b.apply(pool, &[x]).unwrap()[1]
    });
    refuse("one image of the batch", &|b, x| b.slice(x, 0, Dim::fixed(0), Dim::ONE).unwrap());
    refuse("images not outermost", &|b, x| b.transpose(x, &[1, 0, 2, 3]).unwrap());
    refuse("channels and images in one axis", &|b, x| {
        let turned = b.transpose(x, &[1, 0, 2, 3]).unwrap();
        b.reshape(turned, &[Dim { batch: 2, fixed: 0 }, Dim::fixed(16)]).unwrap()
    });
    refuse("every image against every", &|b, x| {
        let flat = b.reshape(x, &[Dim::BATCH, Dim::fixed(32)]).unwrap();
        let turned = b.transpose_last(flat).unwrap();
        b.matmul(flat, turned).unwrap()
    });
    let mut b = Builder::new();
    let x = b.input("x", TensorType::f32(&[3]));
    let y = b.neg(x).unwrap();
    b.output("y", y);
    assert!(tiled(&b.finish()).unwrap().is_none(), "no images");
}
