//! The graphs of a turn: forward-backward and update, and for some attacks a forward check before them.

use super::super::methods::{Answer, Evaluated, Inputs, Method, OWN, no_gradient};
use super::Objective;
use crate::graph::{Builder, Graph, GraphError, ValueId};
use crate::loss::{label_input, target_input};
use crate::ops::concat::Concat;
use crate::tensor::{DType, Dim, TensorType};

/// `(x, clean, label, target, fields.., knobs?, context..) -> (seen [N, K + statistics], gradient)`: the network at `x`, with the
/// fields and knobs that the method asks for. Without a loss there is no gradient.
pub(crate) fn forward_backward_graph(objective: &dyn Objective, method: &dyn Method) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let (x, clean) = images(&mut b, objective);
    let (label, target) = (label_input(&mut b), target_input(&mut b));
    let fields = (1..=method.looks_at()).map(|i| b.input(&format!("field{i}"), objective.image().clone())).collect();
    let knobs = match method.knobs() {
        0 => None,
        count => {
            let knobs = b.input("knobs", TensorType::new(DType::F32, &[Dim::BATCH, Dim::fixed(count)]));
            Some(b.cast(knobs, objective.image().dtype)?)
        }
    };
    let logits = objective.logits(&mut b, x)?;
    let loss = objective.loss(&mut b, method, Answer { logits, label, target })?;
    let gradient = match loss {
        Some(loss) => Some(method.gradient(&mut b, loss, x, knobs)?.ok_or_else(no_gradient)?),
        None => None,
    };
    let statistics = method.statistics(&mut b, &Evaluated { x, clean, gradient, loss, fields })?;
    let seen = beside(&mut b, logits, statistics)?;
    b.output("seen", seen);
    if let Some(gradient) = gradient {
        b.output("gradient", gradient);
    }
    Ok(b.finish())
}

/// `(x, clean, context..) -> seen [N, K + statistics]`: the network at `x` without a gradient, for attacks that check first.
pub(super) fn check_graph(objective: &dyn Objective, method: &dyn Method) -> Result<Option<Graph>, GraphError> {
    let mut b = Builder::new();
    let (x, clean) = images(&mut b, objective);
    let logits = objective.logits(&mut b, x)?;
    let at = Evaluated { x, clean, gradient: None, loss: None, fields: Vec::new() };
    let Some(statistics) = method.check_statistics(&mut b, &at)? else { return Ok(None) };
    let seen = beside(&mut b, logits, statistics)?;
    b.output("seen", seen);
    Ok(Some(b.finish()))
}

/// The classes of an objective's logits [N, K]; 0 where their number is not known.
pub(crate) fn number_of_classes(objective: &dyn Objective) -> Result<usize, GraphError> {
    let mut b = Builder::new();
    let (x, _) = images(&mut b, objective);
    let logits = objective.logits(&mut b, x)?;
    Ok(crate::loss::number_of_classes(&b, logits))
}

fn images(b: &mut Builder, objective: &dyn Objective) -> (ValueId, ValueId) {
    (b.input("x", objective.image().clone()), b.input("clean", objective.image().clone()))
}

/// Logits [N, K] with one column more per statistic.
fn beside(b: &mut Builder, logits: ValueId, statistics: Vec<ValueId>) -> Result<ValueId, GraphError> {
    let mut columns = vec![logits];
    for statistic in statistics {
        columns.push(b.reshape(statistic, &[Dim::BATCH, Dim::ONE])?);
    }
    if columns.len() == 1 { Ok(logits) } else { b.apply1(Concat { axis: 1 }, &columns) }
}

/// `(fields.., gradient?, clean, parameters) -> fields..`: the attack's update for images of type `image`.
///
/// Images whose first parameter is above 0 stay as they are: they are decided and wait for the others.
pub(crate) fn update_graph(image: &TensorType, method: &dyn Method, differentiates: bool) -> Result<Graph, GraphError> {
    halting(image, method, differentiates, |b, inputs| method.update(b, inputs))
}

/// `(fields.., clean, parameters) -> fields..`: what follows a check.
pub(super) fn after_check_graph(image: &TensorType, method: &dyn Method) -> Result<Graph, GraphError> {
    halting(image, method, false, |b, inputs| method.after_check(b, inputs))
}

/// An update of those images whose first parameter is 0.
fn halting(
    image: &TensorType,
    method: &dyn Method,
    differentiates: bool,
    go: impl FnOnce(&mut Builder, &Inputs) -> Result<Vec<ValueId>, GraphError>,
) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let fields: Vec<ValueId> = (0..method.fields()).map(|i| b.input(&format!("field{i}"), image.clone())).collect();
    let gradient = differentiates.then(|| b.input("gradient", image.clone()));
    let clean = b.input("clean", image.clone());
    let width = Dim::fixed(OWN + method.parameters());
    let parameters = b.input("parameters", TensorType::new(DType::F32, &[Dim::BATCH, width]));
    let parameters = b.cast(parameters, image.dtype)?;
    let inputs = Inputs { fields, clean, gradient, parameters };
    let halted = inputs.halted(&mut b)?;
    let moved = go(&mut b, &inputs)?;
    for (index, (old, new)) in inputs.fields.iter().zip(moved).enumerate() {
        let next = b.select(halted, *old, new)?;
        b.output(&format!("next{index}"), next);
    }
    Ok(b.finish())
}
