//! What every value of a graph has to do with the images: the question that decides whether a graph can be run by tiles.

use super::rules;
use crate::graph::{Graph, Node, Source, ValueId};
use crate::tensor::{Dim, TensorType};

/// How a value hangs on the images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// Not at all; its shape neither.
    Fixed,
    /// Axis `0` of the pair holds `k` neighbouring positions for every image, and those depend on that image alone: a tile of
    /// the images gives that run of positions.
    Rows(usize),
    /// As `Rows`, of indices into the flat elements, so many, of such a value: a tile counts from its own first element, so
    /// only what picks from or puts into the same tile may use them.
    Places(usize, Dim),
    /// Of fixed shape, and the tiles' values add up to the whole's.
    Sum,
    /// Of fixed shape, computed from sums: to be had when all tiles are done.
    After,
    /// Anything else: images meet in it, or lie across two axes.
    Mixed,
}

impl Tag {
    /// The axis of the images.
    pub(super) const fn rows(self) -> Option<usize> {
        match self {
            Self::Rows(axis) => Some(axis),
            Self::Fixed | Self::Places(..) | Self::Sum | Self::After | Self::Mixed => None,
        }
    }
}

/// The tag of every value, in the order of [`Graph::values`].
pub(super) fn tags(graph: &Graph) -> Vec<Tag> {
    let mut tags = vec![Tag::Fixed; graph.values().len()];
    for (value, tag) in graph.values().iter().zip(&mut tags) {
        if matches!(value.source, Source::Input) {
            *tag = match batch_axis(&value.ty) {
                Batch::None => Tag::Fixed,
                // Only leading positions can be cut out of a buffer in one piece.
                Batch::Axis(0) => Tag::Rows(0),
                Batch::Axis(_) | Batch::Other => Tag::Mixed,
            };
        }
    }
    for node in graph.nodes() {
        let found = of_node(graph, node, &tags);
        for (output, tag) in node.outputs.iter().zip(found) {
            tags[output.index()] = checked(graph.ty(*output), tag);
        }
    }
    tags
}

/// How a shape depends on the batch.
enum Batch {
    /// Not at all.
    None,
    /// One axis is a multiple of it.
    Axis(usize),
    /// In another way.
    Other,
}

fn batch_axis(ty: &TensorType) -> Batch {
    let mut axes = (0..ty.rank()).filter(|i| ty.shape[*i].batch > 0);
    match (axes.next(), axes.next()) {
        (None, _) => Batch::None,
        (Some(axis), None) if ty.shape[axis].fixed == 0 => Batch::Axis(axis),
        _ => Batch::Other,
    }
}

/// The tag, if the shape allows it: whatever the rules say, fixed means fixed and rows lie along one axis.
fn checked(ty: &TensorType, tag: Tag) -> Tag {
    match (tag, batch_axis(ty)) {
        (Tag::Fixed | Tag::Sum | Tag::After, Batch::None) => tag,
        (Tag::Rows(axis) | Tag::Places(axis, _), Batch::Axis(found)) if axis == found => tag,
        _ => Tag::Mixed,
    }
}

/// The tags of a node's results.
fn of_node(graph: &Graph, node: &Node, tags: &[Tag]) -> Vec<Tag> {
    let all = |tag: Tag| vec![tag; node.outputs.len()];
    let own: Vec<Tag> = node.inputs.iter().map(|i| tags[i.index()]).collect();
    let has = |what: fn(&Tag) -> bool| own.iter().any(what);
    let per_image = has(|t| matches!(t, Tag::Rows(_) | Tag::Places(..)));
    let summed = has(|t| matches!(t, Tag::Sum | Tag::After));
    match (per_image, summed) {
        _ if own.contains(&Tag::Mixed) => all(Tag::Mixed),
        (true, true) => all(Tag::Mixed),
        (false, true) => all(Tag::After),
        (true, false) => rules::through(&Through { graph, node, own: &own }),
        // A number repeated for every image is the same in every tile.
        (false, false) => match (&node.op, batch_axis(graph.ty(node.outputs[0]))) {
            (crate::ops::Op::Expand(_), Batch::Axis(axis)) => all(Tag::Rows(axis)),
            _ => all(Tag::Fixed),
        },
    }
}

/// A node with its arguments' tags, at least one of which has rows; the others have rows too, or are fixed.
pub(super) struct Through<'a> {
    pub graph: &'a Graph,
    pub node: &'a Node,
    pub own: &'a [Tag],
}

impl Through<'_> {
    /// The type of argument `index`.
    pub(super) fn ty(&self, index: usize) -> &TensorType {
        self.graph.ty(self.node.inputs[index])
    }

    /// The type of the first result.
    pub(super) fn result(&self) -> &TensorType {
        let first: ValueId = self.node.outputs[0];
        self.graph.ty(first)
    }

    /// The axis of the images of argument `index`; `None` where it is fixed.
    pub(super) fn rows(&self, index: usize) -> Option<usize> {
        self.own.get(index).and_then(|tag| tag.rows())
    }

    /// Every argument with rows has them along `axis`.
    pub(super) fn all_along(&self, axis: usize) -> bool {
        self.own.iter().all(|tag| *tag == Tag::Rows(axis))
    }

    /// The rows of argument 0, when all other arguments are fixed.
    pub(super) fn only_first(&self) -> Option<usize> {
        let others = self.own.iter().skip(1).all(|tag| *tag == Tag::Fixed);
        if others { self.rows(0) } else { None }
    }

    /// Size of the images' axis of argument `index`.
    pub(super) fn along(&self, index: usize, axis: usize) -> Option<Dim> {
        self.ty(index).shape.get(axis).copied()
    }
}
