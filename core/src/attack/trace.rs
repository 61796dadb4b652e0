//! One job turn by turn in f64, by the oracle: what an attack does, laid open.
//!
//! The graphs, the bookkeeping and the random numbers are those of [`super::Runner`]; only the precision differs. For comparing with other
//! people's programs step by step, and for curves of losses and step sizes.

use super::driver::batch::{End, index};
use super::driver::graphs::{forward_backward_graph, update_graph};
use super::driver::state::Job;
use super::driver::turn::observe;
use super::runner::sizes;
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
    /// The present image [C, H, W].
    pub x: Vec<f64>,
    /// The network's answer.
    pub logits: Vec<f64>,
    /// What the attack wanted to know: the loss first, where it has one.
    pub statistics: Vec<f64>,
    /// The numbers that its update was given.
    pub parameters: Vec<f64>,
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
    let look = forward_backward_graph(network, method.as_ref())?;
    let step = update_graph(network.ty(network.inputs()[0]), method.as_ref(), look.outputs().len() > 1)?;
    let eps = method.ball().eps;
    let job = Job { image: traced.image, label: traced.label, target: traced.target, restart: 0, rank: 0, eps };
    #[expect(clippy::cast_possible_truncation, reason = "starts are drawn in f32")]
    let narrow: Vec<f32> = traced.clean.iter().map(|v| *v as f32).collect();
    let initial = method.begin(&job, &narrow);
    let mut state = initial.state;
    let clean = batch_of_one(shape, traced.clean.to_vec())?;
    let mut fields = Vec::new();
    for field in &initial.fields {
        // The other fields that begin at the start follow it.
        let wide = match traced.start {
            Some(start) if *field == initial.fields[0] => start.to_vec(),
            _ => field.iter().copied().map(f64::from).collect(),
        };
        fields.push(batch_of_one(shape, wide)?);
    }
    let label = Tensor::indices(&[index(traced.label)]).to_array();
    let mut turns = Vec::new();
    while turns.len() < traced.turns {
        let target = Tensor::indices(&[index(state.target())]).to_array();
        let mut arguments = vec![fields[0].clone(), clean.clone(), label.clone(), target];
        arguments.extend(fields.iter().skip(1).take(method.looks_at()).cloned());
        if method.knobs() > 0 {
            arguments.push(Tensor::f64(&[1, method.knobs()], state.knobs())?.to_array());
        }
        let computed = run(&look, &arguments)?;
        let seen = numbers(computed.first());
        let (logits, statistics) = seen.split_at(classes.min(seen.len()));
        let end = observe(state.as_mut(), traced.label, (logits, statistics));
        let parameters = state.parameters();
        turns.push(TracedTurn {
            x: numbers(fields.first()),
            logits: logits.to_vec(),
            statistics: statistics.to_vec(),
            parameters: parameters.clone(),
            verdict: end.map(verdict),
        });
        if end.is_some() {
            break;
        }
        let parameters = [0.0, f64::from(eps)].into_iter().chain(parameters).collect::<Vec<f64>>();
        let parameters = Tensor::f64(&[1, parameters.len()], parameters)?.to_array();
        let mut arguments = fields;
        arguments.extend(computed.into_iter().nth(1));
        arguments.extend([clean.clone(), parameters]);
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
        End::Done => Verdict::Robust,
        End::NotANumber => Verdict::NotEvaluated,
    }
}
