//! The graphs of a turn: look and move, and for some attacks before them glance and settle.

use super::method::{Looked, Method, Place, no_gradient};
use crate::autodiff::gradients;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::loss::{label_input, target_input};
use crate::ops::concat::Concat;
use crate::tensor::{DType, Dim, TensorType};

/// `(x, clean, label, target) -> (seen [N, K + notes], gradient)`: the network at `x`. Without a loss there is no gradient.
pub(super) fn look_graph(network: &Graph, method: &dyn Method) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let ty = network.ty(network.inputs()[0]).clone();
    let (x, clean) = (b.input("x", ty.clone()), b.input("clean", ty));
    let (label, target) = (label_input(&mut b), target_input(&mut b));
    let logits = inline(&mut b, network, &[x])?[0];
    let loss = method.loss(&mut b, logits, label, target)?;
    let gradient = match loss {
        Some(loss) => Some(gradients(&mut b, loss, &[x])?[0].ok_or_else(no_gradient)?),
        None => None,
    };
    let notes = method.notes(&mut b, &Looked { x, clean, gradient, loss })?;
    let seen = beside(&mut b, logits, notes)?;
    b.output("seen", seen);
    if let Some(gradient) = gradient {
        b.output("gradient", gradient);
    }
    Ok(b.finish())
}

/// `(x, clean) -> seen [N, K + notes]`: the network at `x` without a gradient, for attacks that glance.
pub(super) fn glance_graph(network: &Graph, method: &dyn Method) -> Result<Option<Graph>, GraphError> {
    let mut b = Builder::new();
    let ty = network.ty(network.inputs()[0]).clone();
    let (x, clean) = (b.input("x", ty.clone()), b.input("clean", ty));
    let logits = inline(&mut b, network, &[x])?[0];
    let Some(notes) = method.glance_notes(&mut b, &Looked { x, clean, gradient: None, loss: None })? else {
        return Ok(None);
    };
    let seen = beside(&mut b, logits, notes)?;
    b.output("seen", seen);
    Ok(Some(b.finish()))
}

/// Logits [N, K] with one column more per note.
fn beside(b: &mut Builder, logits: ValueId, notes: Vec<ValueId>) -> Result<ValueId, GraphError> {
    let mut columns = vec![logits];
    for note in notes {
        columns.push(b.reshape(note, &[Dim::BATCH, Dim::ONE])?);
    }
    if columns.len() == 1 { Ok(logits) } else { b.apply1(Concat { axis: 1 }, &columns) }
}

/// `(fields.., gradient?, clean, knobs) -> fields..`: the attack's move for images of type `image`.
///
/// Images whose first knob is above 0 stay as they are: they are decided and wait for the others.
pub(super) fn move_graph(image: &TensorType, method: &dyn Method, differentiates: bool) -> Result<Graph, GraphError> {
    halting(image, method, differentiates, |b, place| method.advance(b, place))
}

/// `(fields.., clean, knobs) -> fields..`: what follows a glance.
pub(super) fn settle_graph(image: &TensorType, method: &dyn Method) -> Result<Graph, GraphError> {
    halting(image, method, false, |b, place| method.settle(b, place))
}

/// A move of those images whose first knob is 0.
fn halting(
    image: &TensorType,
    method: &dyn Method,
    differentiates: bool,
    go: impl FnOnce(&mut Builder, &Place) -> Result<Vec<ValueId>, GraphError>,
) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let fields: Vec<ValueId> = (0..method.fields()).map(|i| b.input(&format!("field{i}"), image.clone())).collect();
    let gradient = differentiates.then(|| b.input("gradient", image.clone()));
    let clean = b.input("clean", image.clone());
    let width = Dim::fixed(1 + method.knobs());
    let knobs = b.input("knobs", TensorType::new(DType::F32, &[Dim::BATCH, width]));
    let knobs = b.cast(knobs, image.dtype)?;
    let halt = b.slice(knobs, 1, Dim::fixed(0), Dim::ONE)?;
    let halt = b.reshape(halt, &[Dim::BATCH, Dim::ONE, Dim::ONE, Dim::ONE])?;
    let halted = b.is_positive(halt)?;
    let place = Place { fields, clean, gradient, knobs };
    let moved = go(&mut b, &place)?;
    for (index, (old, new)) in place.fields.iter().zip(moved).enumerate() {
        let next = b.select(halted, *old, new)?;
        b.output(&format!("next{index}"), next);
    }
    Ok(b.finish())
}
