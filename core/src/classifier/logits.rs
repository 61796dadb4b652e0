//! A file's result as logits `[N, classes]`: axes of size 1 dropped, a softmax at the end cut off, one logit as two classes.

use crate::graph::extract;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::onnx::{Model, OnnxError};
use crate::ops::Op;
use crate::tensor::{DType, Dim, TensorType};

/// What is said besides where each class has a probability of its own.
const MANY_LABELS: &str = ". Each class has a probability of its own, as in networks that give an image several labels: here its one \
                           label counts as found where it is the likeliest";

/// What stands behind the logits in a file.
struct Peeled {
    value: ValueId,
    note: Option<String>,
}

/// Makes the model give logits, and says what was changed. What is no row of classes per image stays as it is, for others to refuse.
///
/// # Errors
/// [`OnnxError`] when one probability of a softmax is all that the file gives.
pub(super) fn brought(file: &str, model: &mut Model) -> Result<(), OnnxError> {
    let Some(output) = model.graph.outputs().first().cloned() else { return Ok(()) };
    let Some(classes) = classes(model.graph.ty(output.value)) else { return Ok(()) };
    let peeled = peeled(file, &model.graph, output.value, classes)?;
    let ty = model.graph.ty(peeled.value).clone();
    model.warnings.extend(peeled.note);
    if classes == 1 {
        model.warnings.push(
            "it gives one logit: class 1 where that is above 0, else class 0, as logits [0, z] of two classes"
                .to_owned(),
        );
    }
    let plain = classes > 1 && ty.rank() == 2 && ty.dtype == DType::F32;
    if peeled.value != output.value || !plain {
        model.graph = giving_logits(&model.graph, (&output.name, peeled.value), classes)?;
    }
    Ok(())
}

/// K of `[N, K]`, or of that with more axes of size 1.
fn classes(ty: &TensorType) -> Option<usize> {
    let (first, rest) = ty.shape.split_first()?;
    if *first != Dim::BATCH || !ty.dtype.is_real() {
        return None;
    }
    let sizes = rest.iter().map(|dim| dim.known()).collect::<Option<Vec<usize>>>()?;
    let mut wide = sizes.iter().copied().filter(|size| *size != 1);
    match (wide.next(), wide.next()) {
        (None, _) => Some(1),
        (Some(classes), None) => Some(classes),
        (Some(_), Some(_)) => None,
    }
}

/// The value before what turns logits into probabilities.
fn peeled(file: &str, graph: &Graph, output: ValueId, count: usize) -> Result<Peeled, OnnxError> {
    let mut value = output;
    while let Some(node) = graph.producer(value) {
        let before = node.inputs[0];
        let same = classes(graph.ty(before)) == Some(count);
        let along = |axis: usize| graph.ty(before).shape.get(axis) == Some(&Dim::fixed(count));
        match &node.op {
            Op::Reshape(_) if same => value = before,
            // What the file makes of probabilities behind them: other numbers of the same order.
            Op::Cast(_) if same => value = before,
            Op::Log(_) if same && count > 1 => value = before,
            Op::Softmax(_) | Op::LogSoftmax(_) if count == 1 => {
                return Err(OnnxError::Graph(format!(
                    "{file} ends in a softmax over one class, which is always 1; export it with its logits"
                )));
            }
            Op::Softmax(op) if along(op.axis) => return Ok(cut("Softmax", &node.name, before)),
            Op::LogSoftmax(op) if along(op.axis) => return Ok(cut("LogSoftmax", &node.name, before)),
            Op::Sigmoid(_) if same => {
                let mut peeled = cut("Sigmoid", &node.name, before);
                peeled.note = peeled.note.map(|note| if count > 1 { note + MANY_LABELS } else { note });
                return Ok(peeled);
            }
            _ => break,
        }
    }
    Ok(Peeled { value: output, note: None })
}

fn cut(what: &str, name: &str, before: ValueId) -> Peeled {
    let note = format!(
        "its last node `{name}` ({what}) turns logits into probabilities and is left out: the classes stay the same, and attacks and \
         losses need logits"
    );
    Peeled { value: before, note: Some(note) }
}

fn giving_logits(graph: &Graph, (name, value): (&str, ValueId), classes: usize) -> Result<Graph, OnnxError> {
    let before =
        extract(graph, graph.inputs(), &[(name, value)]).map_err(|error| OnnxError::Graph(error.to_string()))?;
    let mut b = Builder::new();
    let arguments: Vec<ValueId> =
        before.inputs().iter().map(|input| b.input(&before.value(*input).name, before.ty(*input).clone())).collect();
    let mut value = inline(&mut b, &before, &arguments)?[0];
    b.set_scope("/logits/parts");
    value = rows(&mut b, value, classes)?;
    b.output(name, value);
    Ok(b.finish())
}

fn rows(b: &mut Builder, mut value: ValueId, classes: usize) -> Result<ValueId, GraphError> {
    if b.ty(value).rank() != 2 {
        value = b.reshape(value, &[Dim::BATCH, Dim::fixed(classes)])?;
    }
    if b.ty(value).dtype != DType::F32 {
        value = b.cast(value, DType::F32)?;
    }
    if classes == 1 {
        value = b.pad_axis(value, 1, Dim::ONE, Dim::fixed(0))?;
    }
    Ok(value)
}
