//! What of a stitch is trained, and by which optimiser.

use super::*;

#[test]
fn masked_and_thin_stitches_learn_what_they_may() {
    let world = World::new();
    let (front, end) = (linear("image", &world.front, 2, INPUT), world.end());
    for parameters in [Parameters::Masked(vec![1.0, 0.0, 0.0, 1.0, 1.0, 0.0]), Parameters::LowRank(1)] {
        let start = crate::stitch::Weights {
            out: OUT,
            input: INPUT,
            weight: world.w.iter().map(|v| *v as f32).collect(),
            bias: world.b.iter().map(|v| *v as f32).collect(),
        };
        let first = parameters.first(&start).unwrap();
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
        let run = |trained: &[Tensor]| -> Vec<Tensor> {
            let mut arguments = vec![tensor(&[IMAGES, 2], &world.image), world.label()];
            arguments.extend_from_slice(trained);
            arguments.extend(PLAIN.numbers(0.1, 1, IMAGES).into_iter().map(Tensor::scalar));
            let arguments: Vec<Array> = arguments.iter().map(Tensor::to_array).collect();
            let results = evaluate(&graph, &arguments, IMAGES, Precision::Double).unwrap();
            results.iter().map(|a| a.to_tensor(DType::F32)).collect()
        };
        let mut state = first;
        let mut losses = Vec::new();
        for _ in 0..40 {
            let mut results = run(&state);
            losses.push(results.pop().unwrap().to_f64()[0]);
            state = results;
        }
        assert!(losses[39] < losses[0] - 0.01, "{parameters:?}: {losses:?}");
        let weights = parameters.weights(&state, (OUT, INPUT)).unwrap().weight;
        match &parameters {
            Parameters::Masked(mask) => assert!(weights.iter().zip(mask).all(|(w, m)| (*w != 0.0) == (*m != 0.0))),
            _ => assert!((weights[0] * weights[3] - weights[1] * weights[2]).abs() < 1e-6, "rank 1: {weights:?}"),
        }
    }
}

/// Five steps of every optimiser against PyTorch's documented updates, written out in plain f64.
#[test]
fn optimisers_step_as_pytorch_documents() {
    let (rate, decay) = (0.05, 0.1);
    let kinds = [
        Optimizer::Adam,
        Optimizer::AdamW,
        Optimizer::Sgd { momentum: 0.0, nesterov: false },
        Optimizer::Sgd { momentum: 0.9, nesterov: false },
        Optimizer::Sgd { momentum: 0.9, nesterov: true },
    ];
    for kind in kinds {
        let mut b = Builder::new();
        let mut input = |name: &str, sizes: &[usize]| b.input(name, TensorType::f32(sizes));
        let (parameter, gradient) = (input("p", &[3]), input("g", &[3]));
        let moments: Vec<ValueId> = kind.moments().iter().map(|m| input(m, &[3])).collect();
        let numbers: Vec<ValueId> = kind.numbers(rate, 1).iter().map(|(name, _)| input(name, &[])).collect();
        let (next, kept) = kind.update(&mut b, (parameter, &moments), gradient, &numbers, decay).unwrap();
        [next].into_iter().chain(kept).for_each(|v| b.output("next", v));
        let graph = b.finish();
        let mut state = vec![draw(3, 20)];
        state.extend(moments.iter().map(|_| vec![0.0; 3]));
        let mut hand = Hand { p: draw(3, 20), m: vec![0.0; 3], v: vec![0.0; 3] };
        for t in 1..=5 {
            let g = draw(3, 30 + t as u64);
            let mut arguments = vec![tensor(&[3], &state[0]), tensor(&[3], &g)];
            arguments.extend(state[1..].iter().map(|m| tensor(&[3], m)));
            arguments.extend(kind.numbers(rate, t).into_iter().map(|(_, v)| Tensor::scalar(v as f32)));
            let arguments: Vec<Array> = arguments.iter().map(Tensor::to_array).collect();
            let results = evaluate(&graph, &arguments, 1, Precision::Double).unwrap();
            state = results.iter().map(|a| a.to_tensor(DType::F64).to_f64()).collect();
            hand.step(kind, &g, t as i32, (rate, decay));
            assert!(Tolerance::Gradient.accepts(&state[0], &hand.p), "{kind:?} at {t}: {:?} {:?}", state[0], hand.p);
        }
    }
}

/// A parameter with the buffers that PyTorch would hold.
struct Hand {
    p: Vec<f64>,
    m: Vec<f64>,
    v: Vec<f64>,
}

impl Hand {
    fn step(&mut self, kind: Optimizer, g: &[f64], t: i32, (rate, decay): (f64, f64)) {
        for i in 0..g.len() {
            let (p, m, v) = (&mut self.p[i], &mut self.m[i], &mut self.v[i]);
            let mut g = g[i];
            match kind {
                Optimizer::AdamW => *p -= rate * decay * *p,
                _ => g += decay * *p,
            }
            if let Optimizer::Sgd { momentum, nesterov } = kind {
                // torch.optim.SGD: the buffer begins as the first gradient.
                *m = if t == 1 { g } else { momentum * *m + g };
                *p -= rate
                    * if momentum == 0.0 {
                        g
                    } else if nesterov {
                        g + momentum * *m
                    } else {
                        *m
                    };
                continue;
            }
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * g * g;
            let (first, second) = (*m / (1.0 - 0.9f64.powi(t)), *v / (1.0 - 0.999f64.powi(t)));
            *p -= rate * first / (second.sqrt() + 1e-8);
        }
    }
}
