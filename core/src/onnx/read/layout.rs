//! Whether a file takes images channels first or last, by what its first nodes do with them and by the declared sizes.

use std::collections::{HashSet, VecDeque};

use super::inputs::Declared;
use super::interface::{Interface, Layout};
use crate::onnx::OnnxError;
use crate::onnx::proto::{GraphProto, NodeProto, attribute as kind};

/// How many nodes behind the image are looked at: what decides stands at the start.
const MOST_STEPS: usize = 32;

/// Operators that leave the axes of an image where they are.
const IN_PLACE: &[&str] = &[
    "Cast",
    "Identity",
    "Sub",
    "Add",
    "Mul",
    "Div",
    "Clip",
    "Neg",
    "Pad",
    "Relu",
    "QuantizeLinear",
    "DequantizeLinear",
];

/// Operators that take `[N, channels, rows, columns]`.
const CHANNELS_FIRST: &[&str] = &[
    "Conv",
    "FusedConv",
    "QLinearConv",
    "ConvInteger",
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "BatchNormalization",
    "InstanceNormalization",
    "DepthToSpace",
    "SpaceToDepth",
    "LRN",
];

/// The layout of the image, with a sentence for people where it is not the usual one.
///
/// # Errors
/// When nodes and sizes contradict each other, or neither decides.
pub(super) fn layout(
    graph: &GraphProto,
    image: &Declared,
    asked: &Interface,
) -> Result<(Layout, Option<String>), OnnxError> {
    let Some(sizes) = image.four_axes() else { return Ok((Layout::ChannelsFirst, None)) };
    if let Some(layout) = asked.layout {
        return Ok((layout, None));
    }
    let by_sizes = by_sizes(sizes);
    let shown = image.shown();
    match (by_nodes(graph, &image.name), by_sizes) {
        (Some(nodes), Some(sizes)) if nodes != sizes => Err(unclear(&shown)),
        (Some(Layout::ChannelsLast), _) => Ok((
            Layout::ChannelsLast,
            Some(format!(
                "its input {shown} has the channels last, as its first node turns the axes; images are turned for it"
            )),
        )),
        (None, Some(Layout::ChannelsLast)) => Ok((
            Layout::ChannelsLast,
            Some(format!("its input {shown} has the channels last, as its sizes show; images are turned for it")),
        )),
        (Some(Layout::ChannelsFirst), _) | (None, Some(Layout::ChannelsFirst)) => Ok((Layout::ChannelsFirst, None)),
        (None, None) if few(sizes[0]) && few(sizes[2]) && !few(sizes[1]) => Err(unclear(&shown)),
        (None, None) => Ok((Layout::ChannelsFirst, None)),
    }
}

fn unclear(shown: &str) -> OnnxError {
    OnnxError::Graph(format!(
        "it is not clear whether the input {shown} has its channels first or last; write layout = \"channels-first\" or layout = \
         \"channels-last\" below its model in the recipe (--layout on the command line)"
    ))
}

fn few(size: Option<usize>) -> bool {
    matches!(size, Some(1 | 3))
}

/// Grey and colour images have 1 and 3 channels, and mostly more rows and columns.
fn by_sizes([first, _, last]: [Option<usize>; 3]) -> Option<Layout> {
    match (few(first), few(last)) {
        (true, false) => Some(Layout::ChannelsFirst),
        (false, true) => Some(Layout::ChannelsLast),
        _ => None,
    }
}

/// What the first node that cares takes the image for.
fn by_nodes(graph: &GraphProto, image: &str) -> Option<Layout> {
    let mut seen = HashSet::from([image]);
    let mut open = VecDeque::from([image]);
    for _ in 0..MOST_STEPS {
        let value = open.pop_front()?;
        for node in graph.node.iter().filter(|node| node.input.iter().any(|i| i == value)) {
            if let Some(layout) = taken_as(node, value) {
                return Some(layout);
            }
            if IN_PLACE.contains(&node.op_type.as_str()) {
                open.extend(node.output.iter().map(String::as_str).filter(|o| seen.insert(*o)));
            }
        }
    }
    None
}

fn taken_as(node: &NodeProto, value: &str) -> Option<Layout> {
    let first = node.input.first().is_some_and(|i| i == value);
    match node.op_type.as_str() {
        "Transpose" => match order(node)? {
            [0, 3, 1, 2] => Some(Layout::ChannelsLast),
            [0, 2, 3, 1] => Some(Layout::ChannelsFirst),
            _ => None,
        },
        op if first && CHANNELS_FIRST.contains(&op) => Some(Layout::ChannelsFirst),
        _ => None,
    }
}

fn order(node: &NodeProto) -> Option<&[i64]> {
    let attribute = node.attribute.iter().find(|a| a.name == "perm" && (a.r#type == kind::INTS || a.r#type == 0))?;
    Some(&attribute.ints)
}
