//! Images `[N, channels, rows, columns]` in [0, 1] brought into the form that a file takes: turned, flattened, scaled to 0..255.

use super::flat;
use crate::graph::{Builder, Graph, GraphError, Node, ValueId, inline, translate};
use crate::onnx::{Interface, Layout, Model, OnnxError, Range};
use crate::ops::Op;
use crate::tensor::{DType, Dim, Tensor, TensorType};

/// `[N, C, H, W]` in the order `[N, H, W, C]`, and back.
const LAST: [usize; 4] = [0, 2, 3, 1];
pub(super) const FIRST: [usize; 4] = [0, 3, 1, 2];

/// Largest value of a byte.
const BYTE: f64 = 255.0;

/// What nobody subtracts from pixels in [0, 1], or divides them by: means and deviations of bytes are larger.
const LARGE: f64 = 16.0;

/// Makes the model take pictures, and says what was changed.
///
/// # Errors
/// [`OnnxError`] when the images at hand do not fill the file's input.
pub(super) fn brought(file: &str, model: &mut Model, asked: &Interface) -> Result<(), OnnxError> {
    let [input] = model.graph.inputs() else { return Ok(()) };
    let ty = model.graph.ty(*input).clone();
    let Some(image) = image(file, &ty, model.origin.layout, asked)?.or_else(|| flat::image(&model.graph)) else {
        return Ok(());
    };
    let mut layout = model.origin.layout;
    if ty.rank() == 2 {
        layout = flat::layout(file, &model.graph, image, asked.layout)?;
    }
    let range = range(model, asked);
    let usual = ty.rank() == 4 && layout == Layout::ChannelsFirst;
    if ty.rank() == 3 || ty.rank() == 2 {
        let order = match layout {
            _ if image[0] == 1 => "",
            Layout::ChannelsFirst => ", channel after channel",
            Layout::ChannelsLast => ", the channels of each pixel side by side",
        };
        model.warnings.push(format!("its input is {ty}: images {image:?} are laid out for it row by row{order}"));
    }
    if usual && range == Range::Unit && ty.dtype == DType::F32 {
        return Ok(());
    }
    let graph = taking_pictures(&model.graph, image, (layout, range))?;
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
    let shown = if model.origin.bytes { Some("it takes uint8".to_owned()) } else { bytes_shown(&model.graph) };
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

/// How the first thing that is done with the image shows that its pixels run to 255; `None` where it does not.
fn bytes_shown(graph: &Graph) -> Option<String> {
    let mut value = graph.inputs().first().copied()?;
    // What only moves elements is passed by.
    for _ in 0..graph.nodes().len() {
        let mut users = graph.nodes().iter().filter(|node| node.inputs.contains(&value));
        let (Some(node), None) = (users.next(), users.next()) else { return None };
        let numbers = || node.inputs.iter().filter(|input| **input != value).find_map(|input| graph.constant(*input));
        let all =
            |holds: &dyn Fn(f64) -> bool| numbers().is_some_and(|n| n.to_f64().iter().all(|number| holds(*number)));
        match &node.op {
            Op::Cast(_) | Op::Transpose(_) | Op::Reshape(_) | Op::Gather(_) => value = node.outputs[0],
            Op::Div(_) if node.inputs[0] == value && all(&of_bytes) => {
                return Some("its first node divides by 255".to_owned());
            }
            Op::Mul(_) if all(&|factor| of_bytes(1.0 / factor)) => {
                return Some("its first node divides by 255".to_owned());
            }
            // Of pixels up to 1 nothing would be left.
            Op::Div(_) if node.inputs[0] == value && all(&|divisor| divisor >= LARGE) => {
                return Some(format!("its first node `{}` divides by {LARGE} or more", node.name));
            }
            Op::Mul(_) if all(&|factor| factor > 0.0 && factor <= 1.0 / LARGE) => {
                return Some(format!("its first node `{}` divides by {LARGE} or more", node.name));
            }
            Op::Sub(_) if all(&|mean| mean >= LARGE) => {
                return Some(format!("its first node `{}` subtracts {LARGE} or more", node.name));
            }
            Op::Add(_) if all(&|mean| mean <= -LARGE) => {
                return Some(format!("its first node `{}` subtracts {LARGE} or more", node.name));
            }
            Op::BatchNormalization(_) => {
                let mean = node.inputs.get(3).and_then(|mean| graph.constant(*mean)).map(Tensor::to_f64)?;
                let large = !mean.is_empty() && mean.iter().all(|mean| *mean >= LARGE);
                return large.then(|| format!("its first node `{}` subtracts {LARGE} or more", node.name));
            }
            _ => return None,
        }
    }
    None
}

fn of_bytes(divisor: f64) -> bool {
    [BYTE, BYTE / 2.0].iter().any(|known| (divisor - known).abs() < 1e-4 * known)
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
    if layout == Layout::ChannelsLast && ty.rank() != 3 {
        value = b.transpose(value, &LAST)?;
    }
    if ty.rank() != 4 {
        value = b.reshape(value, &ty.shape)?;
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
