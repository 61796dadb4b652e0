//! One job turn by turn in f64, by the oracle: what an attack does, laid open.
//!
//! The graphs, the bookkeeping and the random numbers are those of [`super::Runner`]; only the precision differs. For comparing with other
//! people's programs step by step, and for curves of losses and step sizes.

use super::method::Job;
use super::runner::sizes;
use super::slots::{End, index};
use super::turn::{look_graph, move_graph};
use super::turns::hear;
use super::{Attack, AttackError, Verdict};
use crate::engine::EngineError;
use crate::engine::reference::{Precision, evaluate};
use crate::graph::Graph;
use crate::tensor::{Array, Tensor};

/// What to lay open.
#[derive(Clone, Copy, Debug)]
pub struct Traced<'a> {
    /// The clean image [C, H, W].
    pub clean: &'a [f64],
    /// The image to start at; the attack's own start where left out.
    pub start: Option<&'a [f64]>,
    /// Index of the image: it names the random numbers.
    pub image: usize,
    /// The true class.
    pub label: usize,
    /// The class to aim at, for attacks that aim.
    pub target: usize,
    /// The most turns.
    pub turns: usize,
}

/// One turn.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedTurn {
    /// The image that was looked at [C, H, W].
    pub x: Vec<f64>,
    /// The network's answer.
    pub logits: Vec<f64>,
    /// What the attack wanted to know: the loss first, where it has one.
    pub notes: Vec<f64>,
    /// The numbers that its move was given.
    pub knobs: Vec<f64>,
    /// How it ended, on the last turn.
    pub verdict: Option<Verdict>,
}

/// Follows `attack` on `network`, whose image and weights should be f64: then every constant of the attack is too.
///
/// # Errors
/// [`AttackError`] as [`super::Runner::prepare`].
pub fn trace(network: &Graph, attack: &Attack, traced: &Traced<'_>) -> Result<Vec<TracedTurn>, AttackError> {
    let (shape, classes) = sizes(network)?;
    let method = attack.method(shape);
    let look = look_graph(network, method.as_ref())?;
    let step = move_graph(network.ty(network.inputs()[0]), method.as_ref(), look.outputs().len() > 1)?;
    let job = Job { image: traced.image, label: traced.label, target: traced.target, restart: 0, rank: 0 };
    #[expect(clippy::cast_possible_truncation, reason = "starts are drawn in f32")]
    let narrow: Vec<f32> = traced.clean.iter().map(|v| *v as f32).collect();
    let beginning = method.begin(&job, &narrow);
    let mut walk = beginning.walk;
    let clean = batch_of_one(shape, traced.clean.to_vec())?;
    let mut fields = Vec::new();
    for field in &beginning.fields {
        // The other fields that begin at the start follow it.
        let wide = match traced.start {
            Some(start) if *field == beginning.fields[0] => start.to_vec(),
            _ => field.iter().copied().map(f64::from).collect(),
        };
        fields.push(batch_of_one(shape, wide)?);
    }
    let label = Tensor::indices(&[index(traced.label)]).to_array();
    let mut turns = Vec::new();
    while turns.len() < traced.turns {
        let target = Tensor::indices(&[index(walk.target())]).to_array();
        let looked = run(&look, &[fields[0].clone(), clean.clone(), label.clone(), target])?;
        let seen = numbers(looked.first());
        let (logits, notes) = seen.split_at(classes.min(seen.len()));
        let end = hear(walk.as_mut(), traced.label, (logits, notes));
        let knobs = walk.knobs();
        turns.push(TracedTurn {
            x: numbers(fields.first()),
            logits: logits.to_vec(),
            notes: notes.to_vec(),
            knobs: knobs.clone(),
            verdict: end.map(verdict),
        });
        if end.is_some() {
            break;
        }
        let knobs = [0.0].into_iter().chain(knobs).collect::<Vec<f64>>();
        let knobs = Tensor::f64(&[1, knobs.len()], knobs)?.to_array();
        let mut arguments = fields;
        arguments.extend(looked.into_iter().nth(1));
        arguments.extend([clean.clone(), knobs]);
        fields = run(&step, &arguments)?;
    }
    Ok(turns)
}

fn run(graph: &Graph, arguments: &[Array]) -> Result<Vec<Array>, EngineError> {
    evaluate(graph, arguments, 1, Precision::Double)
}

fn batch_of_one([c, h, w]: [usize; 3], pixels: Vec<f64>) -> Result<Array, AttackError> {
    Ok(Tensor::f64(&[1, c, h, w], pixels)?.to_array())
}

fn numbers(array: Option<&Array>) -> Vec<f64> {
    match array {
        Some(Array::Real(values)) => values.iter().copied().collect(),
        _ => Vec::new(),
    }
}

const fn verdict(end: End) -> Verdict {
    match end {
        End::Fooled => Verdict::Fooled,
        End::Over => Verdict::Robust,
        End::NotANumber => Verdict::NotEvaluated,
    }
}
