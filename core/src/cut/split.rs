//! The halves of a network: new graphs with only the nodes they need.

use super::{CutError, Tap};
use crate::graph::{Builder, Graph, ValueId, extract, inline};
use crate::tensor::TensorType;

/// Axes of `[N, H, W, C]` in the order `[N, C, H, W]`, and back.
const FIRST: [usize; 4] = [0, 3, 1, 2];
const LAST: [usize; 4] = [0, 2, 3, 1];

/// Front (image to tap) and end (tap to logits). The front's output carries the tap's name, the end's input the tensor's; both
/// have the tap's type.
///
/// # Errors
/// [`CutError::Graph`] when `tap` is none of this graph's.
pub fn split(graph: &Graph, tap: &Tap) -> Result<(Graph, Graph), CutError> {
    Ok((front_at(graph, &[tap])?, between(graph, Some(tap), &[], true)?))
}

/// Image to several taps, one output each, in the given order.
///
/// # Errors
/// [`CutError::Graph`] when a tap is none of this graph's.
pub fn front_at(graph: &Graph, taps: &[&Tap]) -> Result<Graph, CutError> {
    between(graph, None, taps, false)
}

/// From a tap, or the image, to other taps and then, if asked for, the logits. Every tap has its own type on both sides.
///
/// # Errors
/// [`CutError::Graph`] when a tap is none of this graph's, or lies before `from`.
pub fn between(graph: &Graph, from: Option<&Tap>, to: &[&Tap], logits: bool) -> Result<Graph, CutError> {
    let mut outputs: Vec<(&str, ValueId)> = to.iter().map(|tap| (tap.name.as_str(), tap.value)).collect();
    outputs.extend(graph.outputs().iter().take(usize::from(logits)).map(|o| (o.name.as_str(), o.value)));
    let inputs = from.map_or_else(|| graph.inputs().to_vec(), |tap| vec![tap.value]);
    let part = extract(graph, &inputs, &outputs)?;
    if from.into_iter().chain(to.iter().copied()).any(|tap| tap.channels_last) {
        turned(&part, from, to)
    } else {
        Ok(part)
    }
}

/// `part` with every tap in its own type.
fn turned(part: &Graph, from: Option<&Tap>, to: &[&Tap]) -> Result<Graph, CutError> {
    let mut builder = Builder::new();
    let mut arguments = Vec::new();
    for input in part.inputs() {
        let value = part.value(*input);
        arguments.push(match from.filter(|tap| tap.channels_last) {
            Some(tap) => {
                let given = builder.input(&value.name, tap.ty.clone());
                builder.transpose(given, &LAST)?
            }
            None => builder.input(&value.name, value.ty.clone()),
        });
    }
    let results = inline(&mut builder, part, &arguments)?;
    for (place, (output, value)) in part.outputs().iter().zip(results).enumerate() {
        let last = to.get(place).is_some_and(|tap| tap.channels_last);
        let shown = if last { builder.transpose(value, &FIRST)? } else { value };
        builder.output(&output.name, shown);
    }
    Ok(builder.finish())
}

/// The type of `[N, H, W, C]` as `[N, C, H, W]`.
pub(super) fn channels_first(ty: &TensorType) -> TensorType {
    TensorType { dtype: ty.dtype, shape: FIRST.iter().filter_map(|axis| ty.shape.get(*axis).copied()).collect() }
}
