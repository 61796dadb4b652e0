//! How a flat input `[N, features]` holds an image: what the file itself makes of it.

use super::picture::FIRST;
use crate::graph::Graph;
use crate::onnx::{Layout, OnnxError};
use crate::ops::Op;
use crate::tensor::TensorType;

/// An image that a file's first nodes unfold a flat input to.
struct Unfolded {
    /// Sizes of the three axes behind the batch, as the file has them.
    sizes: [usize; 3],
    /// Where the channels stand.
    layout: Layout,
    /// Whether a node shows it, not the sizes alone.
    shown: bool,
}

impl Unfolded {
    /// Channels, rows and columns.
    fn image(&self) -> [usize; 3] {
        let [a, b, c] = self.sizes;
        if self.layout == Layout::ChannelsFirst { [a, b, c] } else { [c, a, b] }
    }
}

/// Channels, rows and columns of the image that the file makes of its flat input, where a node shows them.
pub(super) fn image(graph: &Graph) -> Option<[usize; 3]> {
    unfolded(graph).filter(|unfolded| unfolded.shown).map(|unfolded| unfolded.image())
}

/// The order of a flat input's numbers: `asked`, or what the file makes of them; channel after channel where it makes nothing.
///
/// # Errors
/// [`OnnxError`] where the file unfolds its input to images of another shape than `image`, channels, rows and columns.
pub(super) fn layout(file: &str, graph: &Graph, image: [usize; 3], asked: Option<Layout>) -> Result<Layout, OnnxError> {
    match (asked, unfolded(graph)) {
        (Some(layout), _) => Ok(layout),
        (None, Some(unfolded)) if unfolded.image() == image => Ok(unfolded.layout),
        (None, Some(unfolded)) if unfolded.shown => Err(OnnxError::Graph(format!(
            "{file} makes images {:?} (channels, height, width) of its flat input, the images are {image:?}; choose images of that \
             shape, or write layout = \"channels-first\" or \"channels-last\" below its model in the recipe (--layout on the command \
             line) if its numbers stand otherwise",
            unfolded.image()
        ))),
        _ => Ok(Layout::ChannelsFirst),
    }
}

/// The image that the first nodes make of the input.
fn unfolded(graph: &Graph) -> Option<Unfolded> {
    let mut value = graph.inputs().first().copied().filter(|input| graph.ty(*input).rank() == 2)?;
    let mut found: Option<Unfolded> = None;
    for _ in 0..graph.nodes().len() {
        let mut users = graph.nodes().iter().filter(|node| node.inputs.contains(&value));
        let (Some(node), None) = (users.next(), users.next()) else { break };
        match (&node.op, &mut found) {
            (Op::Reshape(_), None) => found = Some(by_sizes(sizes(graph.ty(node.outputs[0]))?)),
            (Op::Transpose(turn), Some(unfolded)) if turn.order == FIRST => {
                (unfolded.layout, unfolded.shown) = (Layout::ChannelsLast, true);
                break;
            }
            (Op::Conv(_) | Op::MaxPool(_) | Op::AveragePool(_) | Op::BatchNormalization(_), Some(unfolded)) => {
                (unfolded.layout, unfolded.shown) = (Layout::ChannelsFirst, true);
                break;
            }
            (Op::Cast(_) | Op::Sub(_) | Op::Add(_) | Op::Mul(_) | Op::Div(_) | Op::Clip(_), _) => {}
            _ => break,
        }
        value = node.outputs[0];
    }
    found
}

/// The three sizes behind the batch.
fn sizes(ty: &TensorType) -> Option<[usize; 3]> {
    let sizes: Vec<usize> = ty.shape.iter().skip(1).filter_map(|dim| dim.known()).collect();
    (ty.rank() == 4).then(|| sizes.try_into().ok())?
}

/// Grey and colour images have 1 and 3 channels, and mostly more rows and columns.
fn by_sizes(sizes: [usize; 3]) -> Unfolded {
    let few = |size: usize| matches!(size, 1 | 3);
    let last = few(sizes[2]) && !few(sizes[0]);
    Unfolded { sizes, layout: if last { Layout::ChannelsLast } else { Layout::ChannelsFirst }, shown: false }
}
