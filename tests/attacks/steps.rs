//! Attacks turn by turn in f64 against an independent implementation: `reference/dump.py` with PyTorch's gradients.
//!
//! The network is a small smooth one, whose weights are in the dump; every point that an attack visits must be the same.

use serde::Deserialize;
use stitchscope_core::attack::{
    ApgdLoss, ApgdSettings, Attack, Ball, FabSettings, Norm, SquareSettings, Traced, TracedTurn, trace,
};
use stitchscope_core::graph::{Builder, Graph};
use stitchscope_core::tensor::{DType, Dim, TensorType, Tolerance};
use stitchscope_tests::Fallible;

#[derive(Deserialize)]
struct Dump {
    shape: [usize; 3],
    hidden: usize,
    classes: usize,
    network: Weights,
    clean: Vec<f64>,
    label: usize,
    target: usize,
    seed: u64,
    image: usize,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Weights {
    w1: Vec<f64>,
    b1: Vec<f64>,
    w2: Vec<f64>,
    b2: Vec<f64>,
}

#[derive(Deserialize)]
struct Run {
    attack: String,
    norm: String,
    eps: f64,
    steps: usize,
    start: Vec<f64>,
    losses: Vec<f64>,
    etas: Vec<f64>,
    /// Whole images by turn.
    images: std::collections::BTreeMap<usize, Vec<f64>>,
    /// One weighted sum of the pixels per turn.
    sums: Vec<f64>,
}

fn dump() -> Fallible<Dump> {
    Ok(serde_json::from_str(include_str!("reference/dump.json"))?)
}

/// `tanh(x w1 + b1) w2 + b2` in f64.
fn network(dump: &Dump) -> Fallible<Graph> {
    let pixels = dump.clean.len();
    let mut b = Builder::new();
    let [c, h, w] = dump.shape.map(Dim::fixed);
    let image = b.input("image", TensorType::new(DType::F64, &[Dim::BATCH, c, h, w]));
    let flat = b.reshape(image, &[Dim::BATCH, Dim::fixed(pixels)])?;
    let layer = |b: &mut Builder, x, (rows, columns): (usize, usize), w: &[f64], bias: &[f64]| -> Fallible<_> {
        let w = b.constant_like(&[rows, columns], w.to_vec(), x)?;
        let bias = b.constant_like(&[columns], bias.to_vec(), x)?;
        let product = b.matmul(x, w)?;
        Ok(b.add(product, bias)?)
    };
    let weights = &dump.network;
    let inner = layer(&mut b, flat, (pixels, dump.hidden), &weights.w1, &weights.b1)?;
    let inner = b.tanh(inner)?;
    let logits = layer(&mut b, inner, (dump.hidden, dump.classes), &weights.w2, &weights.b2)?;
    b.output("logits", logits);
    Ok(b.finish())
}

#[expect(clippy::cast_possible_truncation, reason = "radii of the dump are powers of two")]
fn attack(dump: &Dump, run: &Run) -> Fallible<Attack> {
    let norm = match run.norm.as_str() {
        "linf" => Norm::Linf,
        "l2" => Norm::L2,
        "l1" => Norm::L1,
        other => return Err(format!("unknown norm {other}").into()),
    };
    let ball = Ball { norm, eps: run.eps as f32 };
    let apgd = |loss| Attack::Apgd(ApgdSettings { steps: run.steps, ..ApgdSettings::new(ball, loss, 0) });
    Ok(match run.attack.as_str() {
        "apgd-ce" => apgd(ApgdLoss::CrossEntropy),
        "apgd-t" => apgd(ApgdLoss::Targeted(9)),
        "fab-t" => {
            let ball = Ball { eps: f32::INFINITY, ..ball };
            Attack::Fab(FabSettings { steps: run.steps, smallest: true, ..FabSettings::targeted(ball, 0) })
        }
        "square" => Attack::Square(SquareSettings { queries: run.steps, ..SquareSettings::new(ball, dump.seed) }),
        other => return Err(format!("unknown attack {other}").into()),
    })
}

fn traced(dump: &Dump, run: &Run) -> Fallible<Vec<TracedTurn>> {
    let (label, target, image) = (dump.label, dump.target, dump.image);
    let what = Traced { clean: &dump.clean, start: Some(&run.start), image, label, target, turns: run.sums.len() };
    Ok(trace(&network(dump)?, &attack(dump, run)?, &what)?)
}

fn sum(x: &[f64]) -> f64 {
    let places = 1..=u32::try_from(x.len()).unwrap_or(u32::MAX);
    x.iter().zip(places).map(|(x, place)| x * f64::from(place)).sum::<f64>()
        / f64::from(u32::try_from(x.len()).unwrap_or(1))
}

#[test]
fn every_point_is_that_of_the_other_program() -> Fallible {
    let dump = dump()?;
    for run in &dump.runs {
        let name = format!("{} in {}", run.attack, run.norm);
        let turns = traced(&dump, run)?;
        assert_eq!(turns.len(), run.sums.len(), "{name}: turns");
        for (turn, (traced, expected)) in turns.iter().zip(&run.sums).enumerate() {
            let found = sum(&traced.x);
            assert!(Tolerance::Double.accepts(&[found], &[*expected]), "{name}, turn {turn}: {found}, not {expected}");
        }
        for (turn, expected) in &run.images {
            let found = &turns[*turn].x;
            assert!(Tolerance::Double.accepts(found, expected), "{name}, turn {turn}: {found:?}, not {expected:?}");
        }
        let losses: Vec<f64> = turns.iter().filter(|_| !run.losses.is_empty()).map(|t| t.statistics[0]).collect();
        assert!(Tolerance::Double.accepts(&losses, &run.losses), "{name}: losses {losses:?}, not {:?}", run.losses);
        let etas: Vec<f64> = turns.iter().filter(|_| !run.etas.is_empty()).map(|t| t.parameters[2]).collect();
        assert_eq!(etas, run.etas, "{name}: step sizes");
    }
    Ok(())
}

#[test]
fn the_dump_shows_what_it_should() -> Fallible {
    let dump = dump()?;
    let halved = |run: &Run| run.etas.windows(2).filter(|pair| pair[1] < pair[0]).count();
    let apgd: Vec<&Run> = dump.runs.iter().filter(|r| !r.etas.is_empty()).collect();
    assert!(apgd.len() == 4 && apgd.iter().all(|run| halved(run) > 2), "step sizes adapt");
    assert!(dump.runs.iter().filter(|r| r.attack == "fab-t").all(|r| r.sums.len() > r.steps + 5), "FAB pulls back");
    Ok(())
}
