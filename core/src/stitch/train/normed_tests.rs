//! One step with batch statistics, in the stitch and in both halves: loss, gradient and running statistics by hand.

use super::tests::{CLASSES, IMAGES, INPUT, OUT, PLAIN, World, cross_entropy, draw, product, tensor};
use super::*;
use crate::engine::reference::{Precision, evaluate};
use crate::ops::batch_normalization::BatchNormalization;
use crate::rewrite::batch_statistics;
use crate::tensor::{Array, Tensor, Tolerance};

/// `x @ m` with a BatchNorm before (`first`) or behind it.
fn with_norm(m: &[f64], [k, l]: [usize; 2], first: bool, norm: &[Vec<f64>; 2]) -> Graph {
    let mut b = Builder::new();
    let mut x = b.input("x", TensorType::f32_batch(&[k]));
    let m = b.constant(tensor(&[k, l], m));
    let channels = if first { k } else { l };
    let norm_of = |b: &mut Builder, x| {
        let [scale, shift] = norm.each_ref().map(|v| tensor(&[channels], v));
        let [mean, variance] = [Tensor::full(&[channels], 0.25), Tensor::full(&[channels], 2.0)];
        let rest = [scale, shift, mean, variance].map(|t| b.constant(t));
        b.apply1(BatchNormalization { epsilon: 1e-5 }, &[x, rest[0], rest[1], rest[2], rest[3]]).unwrap()
    };
    if first {
        x = norm_of(&mut b, x);
    }
    let mut y = b.matmul(x, m).unwrap();
    if !first {
        y = norm_of(&mut b, y);
    }
    b.output("y", y);
    b.finish()
}

/// Columns normalised by their own statistics; beside them mean and unbiased variance.
fn normalised(rows: &[f64], channels: usize, scale: &[f64], shift: &[f64], epsilon: f64) -> (Vec<f64>, [Vec<f64>; 2]) {
    let n = IMAGES as f64;
    let column = |c: usize| rows.iter().skip(c).step_by(channels);
    let mean: Vec<f64> = (0..channels).map(|c| column(c).sum::<f64>() / n).collect();
    let variance: Vec<f64> = (0..channels).map(|c| column(c).map(|v| (v - mean[c]).powi(2)).sum::<f64>() / n).collect();
    let one = |(i, v): (usize, &f64)| {
        let c = i % channels;
        (v - mean[c]) / (variance[c] + epsilon).sqrt() * scale[c] + shift[c]
    };
    let unbiased = variance.iter().map(|v| v * n / (n - 1.0)).collect();
    (rows.iter().enumerate().map(one).collect(), [mean, unbiased])
}

/// Everything that the step is made of.
struct Normed {
    world: World,
    norms: [[Vec<f64>; 2]; 2],
}

impl Normed {
    /// Loss, and the batch's statistics in the order of the step: stitch before, stitch after, front, end.
    fn by_hand(&self, trained: &[Vec<f64>]) -> (f64, Vec<[Vec<f64>; 2]>) {
        let World { image, front, end, labels, .. } = &self.world;
        let op = f64::from(1e-5_f32);
        let (signal, in_front) =
            normalised(&product(image, front, 2, INPUT), INPUT, &self.norms[0][0], &self.norms[0][1], op);
        let [w, b, g1, h1, g2, h2] = trained else { panic!("six tensors") };
        let (x, before) = normalised(&signal, INPUT, g1, h1, 1e-5);
        let row = |x: &[f64]| -> Vec<f64> {
            (0..OUT).map(|o| b[o] + (0..INPUT).map(|i| w[o * INPUT + i] * x[i]).sum::<f64>()).collect()
        };
        let y: Vec<f64> = x.chunks(INPUT).flat_map(row).collect();
        let (y, after) = normalised(&y, OUT, g2, h2, 1e-5);
        let (y, in_end) = normalised(&y, OUT, &self.norms[1][0], &self.norms[1][1], op);
        let loss = cross_entropy(&product(&y, end, OUT, CLASSES), labels);
        (loss, vec![before, after, in_front, in_end])
    }
}

#[test]
fn batch_statistics_everywhere_have_their_gradient_and_move_the_running_ones() {
    let norm = |channels, at| [at, at + 1].map(|i| draw(channels, i).iter().map(|v| v + 1.5).collect());
    let all = Normed { world: World::new(), norms: [norm(INPUT, 20), norm(OUT, 22)] };
    let front = batch_statistics(&with_norm(&all.world.front, [2, INPUT], false, &all.norms[0])).unwrap();
    let end = batch_statistics(&with_norm(&all.world.end, [OUT, CLASSES], true, &all.norms[1])).unwrap();
    let parameters = Parameters::Normed(None);
    let lesson = Lesson {
        source: TrainGraph::Whole { front: &front },
        end: &end,
        target: None,
        channels: (OUT, INPUT),
        parameters: &parameters,
        objective: Objective::Task,
        settings: &PLAIN,
    };
    let graph = training_graph(&lesson).unwrap();
    let sizes = parameters.tensors(OUT, INPUT);
    let trained: Vec<Vec<f64>> =
        sizes.iter().enumerate().map(|(i, (_, size))| draw(size.iter().product(), 30 + i as u64)).collect();
    let running = [INPUT, OUT, INPUT, OUT].map(|c| [Tensor::full(&[c], 0.5), Tensor::full(&[c], 2.0)]);
    let mut arguments = vec![tensor(&[IMAGES, 2], &all.world.image), all.world.label()];
    arguments.extend(sizes.iter().zip(&trained).map(|((_, size), values)| tensor(size, values)));
    arguments.extend(running.iter().flatten().cloned());
    arguments.extend(PLAIN.numbers(1.0, 1, IMAGES).into_iter().map(Tensor::scalar));
    let arguments: Vec<Array> = arguments.iter().map(Tensor::to_array).collect();
    let results = evaluate(&graph, &arguments, IMAGES, Precision::Double).unwrap();
    let results: Vec<Vec<f64>> = results.iter().map(|a| a.to_tensor(DType::F64).to_f64()).collect();
    let (loss, batch) = all.by_hand(&trained);
    assert_eq!(results.len(), 6 + 8 + 1);
    assert!(Tolerance::Gradient.accepts(&results[14], &[loss]), "{:?} {loss}", results[14]);
    for (index, [mean, variance]) in batch.iter().enumerate() {
        let moved = |old: f64, new: &[f64]| new.iter().map(|v| 0.9 * old + 0.1 * v).collect::<Vec<_>>();
        assert!(Tolerance::Gradient.accepts(&results[6 + 2 * index], &moved(0.5, mean)), "mean {index}");
        assert!(Tolerance::Gradient.accepts(&results[7 + 2 * index], &moved(2.0, variance)), "variance {index}");
    }
    for (tensor, values) in trained.iter().enumerate() {
        let at = |place: usize, by: f64| {
            let mut moved = trained.clone();
            moved[tensor][place] += by;
            all.by_hand(&moved).0
        };
        let expected: Vec<f64> = (0..values.len()).map(|i| (at(i, 1e-5) - at(i, -1e-5)) / 2e-5).collect();
        let found: Vec<f64> = values.iter().zip(&results[tensor]).map(|(old, new)| old - new).collect();
        assert!(Tolerance::Gradient.accepts(&found, &expected), "{}: {found:?} {expected:?}", sizes[tensor].0);
    }
}
