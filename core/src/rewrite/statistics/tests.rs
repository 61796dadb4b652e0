//! Statistics in f64 against formulas: the batch's own, and what PyTorch documents for the running ones.

use super::*;
use crate::engine::reference::{Precision, evaluate};
use crate::ops::conv::Conv;
use crate::random::{Purpose, Stream};
use crate::tensor::{Array, DType, Tolerance};

const IMAGES: usize = 3;
const CHANNELS: usize = 2;
const PLACES: usize = 4;

fn draw(count: usize, index: u64) -> Vec<f32> {
    let mut stream = Stream::new(17, Purpose::Test, index, 0);
    (0..count).map(|_| stream.uniform_range(-1.0, 2.0)).collect()
}

fn constant(b: &mut Builder, values: &[f32]) -> ValueId {
    b.constant(Tensor::f32(&[values.len()], values.to_vec()).unwrap())
}

/// A BatchNorm, a rectifier, another BatchNorm.
fn network() -> Graph {
    let mut b = Builder::new();
    let mut x = b.input("x", TensorType::f32_batch(&[CHANNELS, 2, 2]));
    for (name, at) in [("first", 0), ("second", 4)] {
        let [scale, bias, mean] = [at, at + 1, at + 2].map(|i| constant(&mut b, &draw(CHANNELS, i)));
        let variance = constant(&mut b, &[0.5, 1.5]);
        let op = BatchNormalization { epsilon: 1e-5 };
        x = b.apply_named(name, op.into(), &[x, scale, bias, mean, variance], &[]).unwrap()[0];
        x = b.relu(x).unwrap();
    }
    b.output("y", x);
    b.finish()
}

fn run(graph: &Graph, arguments: &[Tensor]) -> Vec<Vec<f64>> {
    let arrays: Vec<Array> = arguments.iter().map(Tensor::to_array).collect();
    let results = evaluate(graph, &arrays, IMAGES, Precision::Double).unwrap();
    results.iter().map(|a| a.to_tensor(DType::F64).to_f64()).collect()
}

fn images(index: u64) -> Tensor {
    Tensor::f32(&[IMAGES, CHANNELS, 2, 2], draw(IMAGES * CHANNELS * PLACES, index)).unwrap()
}

fn channel(x: &[f64], c: usize) -> Vec<f64> {
    x.iter().enumerate().filter(|(i, _)| i / PLACES % CHANNELS == c).map(|(_, v)| *v).collect()
}

/// `BatchNorm2d` in training mode, by its documentation: the output, and the running statistics moved.
fn by_hand(x: &[f64], at: u64, running: &mut [Vec<f64>; 2]) -> Vec<f64> {
    let (scale, bias) = (draw(CHANNELS, at), draw(CHANNELS, at + 1));
    let mut y = vec![0.0; x.len()];
    for (c, (scale, bias)) in scale.iter().zip(&bias).enumerate() {
        let values = channel(x, c);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        for (i, y) in y.iter_mut().enumerate().filter(|(i, _)| i / PLACES % CHANNELS == c) {
            let normal = (x[i] - mean) / (variance + f64::from(1e-5_f32)).sqrt();
            *y = (normal * f64::from(*scale) + f64::from(*bias)).max(0.0);
        }
        running[0][c] = 0.9 * running[0][c] + 0.1 * mean;
        running[1][c] = 0.9 * running[1][c] + 0.1 * variance * n / (n - 1.0);
    }
    y
}

#[test]
fn batches_move_running_statistics_as_pytorch_documents() {
    let graph = network();
    let moving = batch_statistics(&graph).unwrap();
    let start = running(&graph);
    assert_eq!(start.iter().map(|s| s.node.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    let names = |graph: &Graph| graph.inputs().iter().map(|i| graph.value(*i).name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&moving), ["x", "share", "first.mean", "first.variance", "second.mean", "second.variance"]);
    let numbers = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
    let mut hand: Vec<[Vec<f64>; 2]> = start.iter().map(|s| [numbers(&s.mean), numbers(&s.variance)]).collect();
    let mut state: Vec<Tensor> = start.iter().flat_map(Running::tensors).collect();
    for step in 0..4 {
        let x = images(20 + step);
        let arguments: Vec<Tensor> =
            [x.clone(), Tensor::scalar(1.0 / IMAGES as f32)].into_iter().chain(state.clone()).collect();
        let results = run(&moving, &arguments);
        let hidden = by_hand(&x.to_f64(), 0, &mut hand[0]);
        let y = by_hand(&hidden, 4, &mut hand[1]);
        assert!(Tolerance::Gradient.accepts(&results[0], &y), "step {step}");
        let expected: Vec<&Vec<f64>> = hand.iter().flatten().collect();
        for (found, expected) in results[1..].iter().zip(expected) {
            assert!(Tolerance::Gradient.accepts(found, expected), "step {step}: {found:?} {expected:?}");
        }
        state = results[1..]
            .iter()
            .map(|v| Tensor::f32(&[CHANNELS], v.iter().map(|v| *v as f32).collect()).unwrap())
            .collect();
    }
    // Evaluated with the statistics as arguments or as constants, it is the same network.
    let adapted: Vec<Running> = start
        .iter()
        .zip(state.chunks(2))
        .map(|(s, t)| Running {
            node: s.node.clone(),
            mean: t[0].as_f32().unwrap().to_vec(),
            variance: t[1].as_f32().unwrap().to_vec(),
        })
        .collect();
    let opened = run(&open_statistics(&graph).unwrap(), &[vec![images(30)], state].concat());
    let closed = with_statistics(&graph, &adapted).unwrap();
    assert_eq!(run(&closed, &[images(30)]), opened);
    assert_eq!(running(&closed), adapted);
    assert_ne!(run(&graph, &[images(30)]), opened);
    let own: Vec<Tensor> = start.iter().flat_map(Running::tensors).collect();
    assert_eq!(run(&open_statistics(&graph).unwrap(), &[vec![images(30)], own].concat()), run(&graph, &[images(30)]));
}

#[test]
fn a_graph_without_statistics_stays_as_it_is() {
    let mut b = Builder::new();
    let x = b.input("x", TensorType::f32_batch(&[1, 2, 2]));
    let w = b.constant(Tensor::f32(&[1, 1, 1, 1], vec![2.0]).unwrap());
    let y = b.conv(x, w, Conv { strides: [1, 1], dilations: [1, 1], pads: [0; 4], groups: 1 }).unwrap();
    b.output("y", y);
    let graph = b.finish();
    assert!(running(&graph).is_empty());
    for same in [batch_statistics(&graph).unwrap(), open_statistics(&graph).unwrap()] {
        assert_eq!((same.inputs().len(), same.outputs().len(), same.nodes().len()), (1, 1, 1));
    }
}

/// One value per channel has no deviation: nothing becomes infinite.
#[test]
fn a_single_value_keeps_numbers_finite() {
    let mut b = Builder::new();
    let x = b.input("x", TensorType::f32_batch(&[CHANNELS]));
    let rest = [1.0, 0.0, 0.0, 1.0].map(|v| constant(&mut b, &[v; CHANNELS]));
    let op = BatchNormalization { epsilon: 1e-5 };
    let y = b.apply1(op, &[x, rest[0], rest[1], rest[2], rest[3]]).unwrap();
    b.output("y", y);
    let moving = batch_statistics(&b.finish()).unwrap();
    let state = [Tensor::full(&[CHANNELS], 0.0), Tensor::full(&[CHANNELS], 1.0)];
    let x = Tensor::f32(&[1, CHANNELS], vec![3.0, 5.0]).unwrap();
    let arguments: Vec<Array> = [x, Tensor::scalar(1.0)].iter().chain(&state).map(Tensor::to_array).collect();
    let results = evaluate(&moving, &arguments, 1, Precision::Double).unwrap();
    let found: Vec<Vec<f64>> = results.iter().map(|a| a.to_tensor(DType::F64).to_f64()).collect();
    assert!(found[0].iter().all(|v| *v == 0.0) && Tolerance::Gradient.accepts(&found[2], &[0.9, 0.9]), "{found:?}");
}
