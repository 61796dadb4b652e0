//! Images `[N, channels, rows, columns]` in [0, 1] brought into the form that a file takes: turned, flattened, scaled to 0..255.

use crate::graph::{Builder, Graph, GraphError, Node, ValueId, inline, translate};
use crate::onnx::{Interface, Layout, Model, OnnxError, Range};
use crate::ops::Op;
use crate::tensor::{DType, Dim, TensorType};

/// `[N, C, H, W]` in the order `[N, H, W, C]`, and back.
const LAST: [usize; 4] = [0, 2, 3, 1];
const FIRST: [usize; 4] = [0, 3, 1, 2];

/// Largest value of a byte.
const BYTE: f64 = 255.0;

/// Makes the model take pictures, and says what was changed.
///
/// # Errors
/// [`OnnxError`] when the images at hand do not fill the file's input.
pub(super) fn brought(file: &str, model: &mut Model, asked: &Interface) -> Result<(), OnnxError> {
    let [input] = model.graph.inputs() else { return Ok(()) };
    let ty = model.graph.ty(*input).clone();
    let Some(image) = image(file, &ty, model.origin.layout, asked)? else { return Ok(()) };
    let range = range(model, asked);
    let usual = ty.rank() == 4 && model.origin.layout == Layout::ChannelsFirst;
    if ty.rank() == 3 || ty.rank() == 2 {
        let order = if image[0] > 1 { ", channel after channel" } else { "" };
        model.warnings.push(format!("its input is {ty}: images {image:?} are laid out for it row by row{order}"));
    }
    if usual && range == Range::Unit && ty.dtype == DType::F32 {
        return Ok(());
    }
    let graph = taking_pictures(&model.graph, image, (model.origin.layout, range))?;
    model.graph = translate(&graph, unturned)?;
    Ok(())
}

/// Channels, rows and columns; `None` for a flat input whose images nothing says.
fn image(file: &str, ty: &TensorType, layout: Layout, asked: &Interface) -> Result<Option<[usize; 3]>, OnnxError> {
    let sizes: Vec<usize> = ty.shape.iter().skip(1).filter_map(|dim| dim.known()).collect();
    let fill = |[c, h, w]: [usize; 3]| c.checked_mul(h)?.checked_mul(w);
    match (sizes.as_slice(), layout) {
        ([c, h, w], Layout::ChannelsFirst) | ([h, w, c], Layout::ChannelsLast) => Ok(Some([*c, *h, *w])),
        ([h, w], _) => Ok(Some([1, *h, *w])),
        ([features], _) => match shaped(asked, *features) {
            Some(image) if fill(image) == Some(*features) => Ok(Some(image)),
            Some(image) => Err(OnnxError::Graph(format!(
                "{file} takes {features} numbers for each image, the images are {image:?} (channels, height, width); choose images of \
                 as many numbers"
            ))),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

/// The images that are asked for, or those at hand.
fn shaped(asked: &Interface, features: usize) -> Option<[usize; 3]> {
    let Some([rows, columns]) = asked.size else { return asked.images };
    let channels = features.checked_div(rows.checked_mul(columns)?)?;
    Some([channels.max(1), rows, columns])
}

/// The range of the pixels, with a sentence for people where it is not the usual one.
fn range(model: &mut Model, asked: &Interface) -> Range {
    let shown = if model.origin.bytes {
        Some("it takes uint8")
    } else {
        scales_bytes(&model.graph).then_some("its first node divides by 255")
    };
    let range = asked.pixels.unwrap_or(if shown.is_some() { Range::Bytes } else { Range::Unit });
    match (range, shown) {
        (Range::Bytes, Some(why)) if asked.pixels.is_none() => model.warnings.push(format!(
            "its pixels run from 0 to 255, as {why}; images in [0, 1] are multiplied by 255 for it, and eps stays a share of that range"
        )),
        (Range::Unit, Some(why)) => {
            model.warnings.push(format!("its pixels are taken in [0, 1] as asked, though {why}"));
        }
        _ => {}
    }
    range
}

/// Whether the image is divided by 255, or by half of that, before anything else is done with it.
fn scales_bytes(graph: &Graph) -> bool {
    let Some(mut value) = graph.inputs().first().copied() else { return false };
    // What only moves elements is passed by.
    for _ in 0..graph.nodes().len() {
        let mut users = graph.nodes().iter().filter(|node| node.inputs.contains(&value));
        let (Some(node), None) = (users.next(), users.next()) else { return false };
        match &node.op {
            Op::Cast(_) | Op::Transpose(_) | Op::Reshape(_) => value = node.outputs[0],
            Op::Div(_) => return scalar(graph, node, value, 1).is_some_and(of_bytes),
            Op::Mul(_) => {
                let factor = scalar(graph, node, value, 1).or_else(|| scalar(graph, node, value, 0));
                return factor.is_some_and(|factor| of_bytes(1.0 / factor));
            }
            _ => return false,
        }
    }
    false
}

fn of_bytes(divisor: f64) -> bool {
    [BYTE, BYTE / 2.0].iter().any(|known| (divisor - known).abs() < 1e-4 * known)
}

/// The one number that argument `place` holds, where `value` is the other.
fn scalar(graph: &Graph, node: &Node, value: ValueId, place: usize) -> Option<f64> {
    let argument = *node.inputs.get(place).filter(|argument| **argument != value)?;
    let numbers = graph.constant(argument)?.to_f64();
    numbers.first().copied().filter(|first| numbers.iter().all(|n| (n - first).abs() <= f64::EPSILON * first.abs()))
}

/// The network behind the steps that bring pictures into its form. Their names mark them as no places to cut.
fn taking_pictures(
    graph: &Graph,
    [c, h, w]: [usize; 3],
    (layout, range): (Layout, Range),
) -> Result<Graph, GraphError> {
    let own = graph.inputs()[0];
    let (name, ty) = (&graph.value(own).name, graph.ty(own).clone());
    let shape = [Dim::BATCH, Dim::fixed(c), Dim::fixed(h), Dim::fixed(w)];
    let mut b = Builder::new();
    let mut value = b.input(name, TensorType::new(DType::F32, &shape));
    b.set_scope("/image/parts");
    if range == Range::Bytes {
        value = b.scale(value, BYTE)?;
    }
    if ty.dtype != DType::F32 {
        value = b.cast(value, ty.dtype)?;
    }
    if ty.rank() != 4 {
        value = b.reshape(value, &ty.shape)?;
    } else if layout == Layout::ChannelsLast {
        value = b.transpose(value, &LAST)?;
    }
    b.set_scope("");
    let results = inline(&mut b, graph, &[value])?;
    for (output, result) in graph.outputs().iter().zip(results) {
        b.output(&output.name, result);
    }
    Ok(b.finish())
}

/// A file's own first step back to channels first, right behind ours: both fall away.
fn unturned(b: &mut Builder, node: &Node, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
    let turns = |node: &Node, order: &[usize]| matches!(&node.op, Op::Transpose(turn) if turn.order == order);
    let before = inputs.first().and_then(|value| b.graph().producer(*value)).filter(|made| turns(made, &LAST));
    Ok(before.filter(|_| turns(node, &FIRST)).map(|made| vec![made.inputs[0]]))
}
