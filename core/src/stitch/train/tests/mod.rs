//! One step on linear networks, where every loss and gradient can be written down by hand.

mod settings;

use super::*;
use crate::engine::reference::{Precision, evaluate};
use crate::random::{Purpose, Stream};
use crate::stitch::{Distance, Optimizer};
use crate::tensor::{Array, Tensor, Tolerance};

pub(super) const IMAGES: usize = 5;
pub(super) const OUT: usize = 3;
pub(super) const INPUT: usize = 2;
pub(super) const CLASSES: usize = 4;
/// A step whose change is the gradient itself.
pub(super) const PLAIN: TrainSettings = TrainSettings {
    epochs: 1,
    rate: 1.0,
    schedule: super::super::Schedule::Constant,
    weight_decay: 0.0,
    batch: IMAGES,
    optimizer: Optimizer::Sgd { momentum: 0.0, nesterov: false },
    l1: 0.0,
};

/// Random numbers that f32 holds, so that graph and hand begin alike.
pub(super) fn draw(count: usize, index: u64) -> Vec<f64> {
    let mut stream = Stream::new(11, Purpose::Test, index, 0);
    (0..count).map(|_| f64::from(stream.uniform_range(-1.0, 1.0))).collect()
}

pub(super) fn tensor(sizes: &[usize], values: &[f64]) -> Tensor {
    Tensor::f32(sizes, values.iter().map(|v| *v as f32).collect()).unwrap()
}

/// `rows [n, k] @ m [k, l]`.
pub(super) fn product(rows: &[f64], m: &[f64], k: usize, l: usize) -> Vec<f64> {
    let cell = |r: &[f64], j: usize| (0..k).map(|i| r[i] * m[i * l + j]).sum();
    rows.chunks(k).flat_map(|r| (0..l).map(move |j| (r, j))).map(|(r, j)| cell(r, j)).collect()
}

/// `x @ m` as a network from [N, k] features.
fn linear(name: &str, m: &[f64], k: usize, l: usize) -> Graph {
    let mut b = Builder::new();
    let x = b.input(name, TensorType::f32_batch(&[k]));
    let m = b.constant(tensor(&[k, l], m));
    let y = b.matmul(x, m).unwrap();
    b.output("y", y);
    b.finish()
}

/// The stitch of the tests: weight and bias, and everything around it.
pub(super) struct World {
    pub image: Vec<f64>,
    w: Vec<f64>,
    b: Vec<f64>,
    pub front: Vec<f64>,
    pub end: Vec<f64>,
    pub labels: Vec<usize>,
}

impl World {
    pub fn new() -> Self {
        Self {
            image: draw(IMAGES * 2, 0),
            w: draw(OUT * INPUT, 1),
            b: draw(OUT, 2),
            front: draw(2 * INPUT, 3),
            end: draw(OUT * CLASSES, 4),
            labels: vec![0, 3, 1, 2, 3],
        }
    }

    /// Stitched activations [n, OUT] of images.
    fn stitched(&self, image: &[f64], w: &[f64], b: &[f64]) -> Vec<f64> {
        let signal = product(image, &self.front, 2, INPUT);
        let row = |x: &[f64]| -> Vec<f64> { (0..OUT).map(|o| b[o] + w[2 * o] * x[0] + w[2 * o + 1] * x[1]).collect() };
        signal.chunks(INPUT).flat_map(row).collect()
    }

    fn logits(&self, image: &[f64], w: &[f64], b: &[f64]) -> Vec<f64> {
        product(&self.stitched(image, w, b), &self.end, OUT, CLASSES)
    }

    /// One step from `extra` inputs (between the image and the trained values): new weight, new bias, loss.
    fn step(
        &self,
        objective: Objective,
        (end, target): (&Graph, Option<&Graph>),
        settings: &TrainSettings,
        extra: &[Tensor],
    ) -> Vec<Vec<f64>> {
        let front = linear("image", &self.front, 2, INPUT);
        let source = TrainGraph::Whole { front: &front };
        let (channels, parameters) = ((OUT, INPUT), &Parameters::Full);
        let lesson = Lesson { source, end, target, channels, parameters, objective, settings };
        let graph = training_graph(&lesson).unwrap();
        let mut arguments = vec![tensor(&[IMAGES, 2], &self.image)];
        arguments.extend_from_slice(extra);
        arguments.extend([tensor(&[OUT, INPUT], &self.w), tensor(&[OUT], &self.b)]);
        arguments.extend(settings.numbers(settings.rate, 1, IMAGES).into_iter().map(Tensor::scalar));
        let arguments: Vec<Array> = arguments.iter().map(Tensor::to_array).collect();
        let results = evaluate(&graph, &arguments, IMAGES, Precision::Double).unwrap();
        results.iter().map(|a| a.to_tensor(DType::F64).to_f64()).collect()
    }

    fn end(&self) -> Graph {
        linear("tap", &self.end, OUT, CLASSES)
    }

    pub fn label(&self) -> Tensor {
        Tensor::indices(&self.labels.iter().map(|l| *l as i64).collect::<Vec<_>>())
    }

    /// That the step's loss is `loss(w, b)` and its change the central difference of it.
    fn agrees(&self, results: &[Vec<f64>], what: &str, loss: &dyn Fn(&[f64], &[f64]) -> f64) {
        let found = results.last().unwrap();
        assert!(Tolerance::Gradient.accepts(found, &[loss(&self.w, &self.b)]), "{what}: loss {found:?}");
        let all: Vec<f64> = self.w.iter().chain(&self.b).copied().collect();
        let at = |place: usize, by: f64| {
            let mut moved = all.clone();
            moved[place] += by;
            loss(&moved[..OUT * INPUT], &moved[OUT * INPUT..])
        };
        let expected: Vec<f64> = (0..all.len()).map(|i| (at(i, 1e-5) - at(i, -1e-5)) / 2e-5).collect();
        let changes = all.iter().zip(results[0].iter().chain(&results[1])).map(|(old, new)| old - new);
        let found: Vec<f64> = changes.collect();
        assert!(Tolerance::Gradient.accepts(&found, &expected), "{what}: {found:?} and {expected:?}");
    }
}

fn softmax(row: &[f64], temperature: f64) -> Vec<f64> {
    let sum: f64 = row.iter().map(|z| (z / temperature).exp()).sum();
    row.iter().map(|z| (z / temperature).exp() / sum).collect()
}

fn kl(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).map(|(p, q)| p * (p / q).ln()).sum()
}

/// Mean of `KL(softmax(t / T) || softmax(z / T))` over rows.
fn mean_kl(t: &[f64], z: &[f64], temperature: f64) -> f64 {
    let rows = t.chunks(CLASSES).zip(z.chunks(CLASSES));
    rows.map(|(t, z)| kl(&softmax(t, temperature), &softmax(z, temperature))).sum::<f64>() / IMAGES as f64
}

pub(super) fn cross_entropy(z: &[f64], labels: &[usize]) -> f64 {
    z.chunks(CLASSES).zip(labels).map(|(z, y)| -softmax(z, 1.0)[*y].ln()).sum::<f64>() / IMAGES as f64
}

#[test]
fn a_step_changes_the_stitch_and_no_donor() {
    let world = World::new();
    let end = world.end();
    let results = world.step(Objective::Task, (&end, None), &PLAIN, &[world.label()]);
    let sizes: Vec<usize> = results.iter().map(Vec::len).collect();
    assert_eq!(sizes, [OUT * INPUT, OUT, 1], "weight, bias and loss, nothing of the donors");
}

#[test]
fn soft_matching_has_the_gradient_of_the_soft_cross_entropy() {
    let world = World::new();
    let teacher = draw(IMAGES * CLASSES, 7);
    let given = tensor(&[IMAGES, CLASSES], &teacher);
    let soft = Objective::Soft { temperature: 1.0, teachers: 1 };
    let results = world.step(soft, (&world.end(), None), &PLAIN, &[given]);
    // By hand: dL/dz = (softmax(z) - softmax(t)) / n, dW = E dz^T x, db = E dz^T.
    let (z, signal) = (world.logits(&world.image, &world.w, &world.b), product(&world.image, &world.front, 2, INPUT));
    let (mut dw, mut db) = ([0.0; OUT * INPUT], [0.0; OUT]);
    for n in 0..IMAGES {
        let row = n * CLASSES..(n + 1) * CLASSES;
        let (q, p) = (softmax(&z[row.clone()], 1.0), softmax(&teacher[row], 1.0));
        for o in 0..OUT {
            let up: f64 = (0..CLASSES).map(|k| world.end[o * CLASSES + k] * (q[k] - p[k]) / IMAGES as f64).sum();
            db[o] += up;
            (0..INPUT).for_each(|i| dw[o * INPUT + i] += up * signal[n * INPUT + i]);
        }
    }
    let moved = |old: &[f64], by: &[f64]| old.iter().zip(by).map(|(a, b)| a - b).collect::<Vec<_>>();
    assert!(Tolerance::Gradient.accepts(&results[0], &moved(&world.w, &dw)), "{results:?}");
    assert!(Tolerance::Gradient.accepts(&results[1], &moved(&world.b, &db)), "{results:?}");
}

#[test]
fn soft_matching_cools_and_listens_to_two() {
    let world = World::new();
    let teachers = [draw(IMAGES * CLASSES, 7), draw(IMAGES * CLASSES, 8)];
    for (temperature, count) in [(1.0, 1), (4.0, 1), (0.5, 2)] {
        let given: Vec<Tensor> = teachers[..count].iter().map(|t| tensor(&[IMAGES, CLASSES], t)).collect();
        let results =
            world.step(Objective::Soft { temperature, teachers: count }, (&world.end(), None), &PLAIN, &given);
        world.agrees(&results, &format!("temperature {temperature}, {count} teachers"), &|w, b| {
            let z = world.logits(&world.image, w, b);
            let sum: f64 = teachers[..count].iter().map(|t| mean_kl(t, &z, temperature)).sum();
            temperature * temperature * sum / count as f64
        });
    }
    // A student that answers as its teacher has nothing to learn.
    let own = tensor(&[IMAGES, CLASSES], &world.logits(&world.image, &world.w, &world.b));
    let results = world.step(Objective::Soft { temperature: 2.0, teachers: 1 }, (&world.end(), None), &PLAIN, &[own]);
    assert!(results[2][0].abs() < 1e-12, "{results:?}");
}

#[test]
fn task_and_l1_are_what_they_say() {
    let world = World::new();
    let settings = TrainSettings { l1: 0.7, ..PLAIN };
    let results = world.step(Objective::Task, (&world.end(), None), &settings, &[world.label()]);
    world.agrees(&results, "task with l1", &|w, b| {
        let size = w.iter().map(|v| v.abs()).sum::<f64>() / w.len() as f64;
        cross_entropy(&world.logits(&world.image, w, b), &world.labels) + 0.7 * size
    });
}

#[test]
fn trades_adds_the_divergence_and_without_it_is_task_matching() {
    let world = World::new();
    let attacked: Vec<f64> = world.image.iter().zip(draw(IMAGES * 2, 9)).map(|(x, d)| x + 0.3 * d).collect();
    let extra = [tensor(&[IMAGES, 2], &attacked), world.label()];
    let results = world.step(Objective::Trades { beta: 6.0 }, (&world.end(), None), &PLAIN, &extra);
    world.agrees(&results, "TRADES", &|w, b| {
        let (clean, moved) = (world.logits(&world.image, w, b), world.logits(&attacked, w, b));
        cross_entropy(&clean, &world.labels) + 6.0 * mean_kl(&clean, &moved, 1.0)
    });
    let none = world.step(Objective::Trades { beta: 0.0 }, (&world.end(), None), &PLAIN, &extra);
    assert_eq!(none, world.step(Objective::Task, (&world.end(), None), &PLAIN, &[world.label()]));
}

/// Two linear layers after the tap: the tap, the layer between and the logits are matched.
#[test]
fn later_layers_are_matched_at_every_depth() {
    let world = World::new();
    let (second, own) = (draw(CLASSES * 2, 12), draw(2 * OUT, 13));
    let mut b = Builder::new();
    let tap = b.input("tap", TensorType::f32_batch(&[OUT]));
    let first = inline(&mut b, &world.end(), &[tap]).unwrap()[0];
    let last = inline(&mut b, &linear("hidden", &second, CLASSES, 2), &[first]).unwrap()[0];
    b.output("between", first);
    b.output("logits", last);
    let deeper = b.finish();
    let mut b = Builder::new();
    let image = b.input("image", TensorType::f32_batch(&[2]));
    let tap = inline(&mut b, &linear("x", &own, 2, OUT), &[image]).unwrap()[0];
    let rest = inline(&mut b, &deeper, &[tap]).unwrap();
    for (name, value) in [("tap", tap), ("between", rest[0]), ("logits", rest[1])] {
        b.output(name, value);
    }
    let target = b.finish();
    let depths = |tap: Vec<f64>| -> [Vec<f64>; 3] {
        let first = product(&tap, &world.end, OUT, CLASSES);
        let last = product(&first, &second, CLASSES, 2);
        [tap, first, last]
    };
    let wanted = depths(product(&world.image, &own, 2, OUT));
    let gap = |h: &[f64], g: &[f64]| h.iter().zip(g).map(|(h, g)| (h - g).powi(2)).sum::<f64>();
    for distance in [Distance::Relative, Distance::MeanSquare] {
        let results = world.step(Objective::Match(distance), (&deeper, Some(&target)), &PLAIN, &[]);
        world.agrees(&results, &format!("{distance:?}"), &|w, b| {
            let found = depths(world.stitched(&world.image, w, b));
            let each = found.iter().zip(&wanted).map(|(h, g)| match distance {
                Distance::Relative => gap(h, g) / g.iter().map(|v| v * v).sum::<f64>(),
                _ => gap(h, g) / g.len() as f64,
            });
            each.sum::<f64>() / 3.0
        });
    }
    // At the stitch alone: direct matching by gradient.
    let (nothing, own) = (Graph::default(), linear("image", &own, 2, OUT));
    let results = world.step(Objective::Match(Distance::MeanSquare), (&nothing, Some(&own)), &PLAIN, &[]);
    world.agrees(&results, "at the stitch", &|w, b| {
        gap(&world.stitched(&world.image, w, b), &wanted[0]) / (IMAGES * OUT) as f64
    });
}

/// What the end makes of the stitch against what it makes of its own activation, and nothing at the stitch.
#[test]
fn final_features_are_matched_alone() {
    let world = World::new();
    let (own, head) = (draw(2 * OUT, 14), draw(OUT * 2, 15));
    let through = product(&own, &head, OUT, 2);
    let (deeper, target) = (linear("tap", &head, OUT, 2), linear("image", &through, 2, 2));
    let results = world.step(Objective::Match(Distance::MeanSquare), (&deeper, Some(&target)), &PLAIN, &[]);
    let wanted = product(&world.image, &through, 2, 2);
    world.agrees(&results, "final features", &|w, b| {
        let found = product(&world.stitched(&world.image, w, b), &head, OUT, 2);
        found.iter().zip(&wanted).map(|(h, g)| (h - g) * (h - g)).sum::<f64>() / (IMAGES * 2) as f64
    });
}

#[test]
fn the_cka_distance_is_one_minus_cka() {
    let world = World::new();
    let own = draw(2 * OUT, 13);
    let (nothing, target) = (Graph::default(), linear("image", &own, 2, OUT));
    let results = world.step(Objective::Match(Distance::Cka), (&nothing, Some(&target)), &PLAIN, &[]);
    let centred = |rows: &[f64]| -> Vec<f64> {
        let mean = |c: usize| rows.iter().skip(c).step_by(OUT).sum::<f64>() / IMAGES as f64;
        rows.iter().enumerate().map(|(i, v)| v - mean(i % OUT)).collect()
    };
    let gram = |x: &[f64], y: &[f64]| -> f64 {
        let cell = |i: usize, j: usize| (0..IMAGES).map(|n| x[n * OUT + i] * y[n * OUT + j]).sum::<f64>();
        (0..OUT * OUT).map(|k| cell(k / OUT, k % OUT).powi(2)).sum()
    };
    world.agrees(&results, "CKA", &|w, b| {
        let (x, y) = (centred(&world.stitched(&world.image, w, b)), centred(&product(&world.image, &own, 2, OUT)));
        1.0 - gram(&x, &y) / (gram(&x, &x) * gram(&y, &y)).sqrt()
    });
}
