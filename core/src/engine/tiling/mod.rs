//! Graph surgery for devices that cannot hold a large tensor: a graph that is run for some of the images at a time.
//!
//! A tensor of a whole batch may be larger than what a device can bind. Most graphs treat every image by itself and at most
//! add up over images at their end: the step of an attack, a forward, sums for statistics, a training step whose gradient is
//! a sum. [`tiled`] takes such a graph apart: one graph for a tile of the images, whose results are joined or added up, and
//! one for what follows from the sums.

mod rules;
mod tags;
#[cfg(test)]
mod tests;

use crate::graph::{Builder, Graph, GraphError, ValueId, extract};
use crate::tensor::{DType, Dim};
use tags::{Tag, tags};

/// How a result of the tiles becomes one of the whole batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// The tiles' results lie one behind the other along axis 0.
    Rows,
    /// The tiles' results are added up, by [`Tiled::adding`].
    Sum,
}

/// Where an argument of [`Tiled::after`] comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An argument of the original graph, by its place; one that is not cut.
    Input(usize),
    /// A joined result of the tiles, by its place; always a [`Joined::Sum`].
    Joined(usize),
}

/// Where a result of the original graph is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Among the joined results of the tiles.
    Joined(usize),
    /// Among the results of [`Tiled::after`].
    After(usize),
}

/// A graph taken apart.
#[derive(Clone, Debug)]
pub struct Tiled {
    /// Which inputs are cut: of those a tile gets its images' run of axis 0 (as many positions as the input's type says for so
    /// many images), of the others all.
    pub cut: Vec<bool>,
    /// The original graph's inputs, for as many images as the tile holds, to what `joined` tells.
    pub tile: Graph,
    /// How each result of `tile` is joined.
    pub joined: Vec<Joined>,
    /// Adds up sums: first all sums so far, then all of the next tile, in the order in which they are in `joined`; new sums out.
    pub adding: Graph,
    /// What is computed once, when all tiles are done; without results there is nothing to do.
    pub after: Graph,
    /// Arguments of `after`.
    pub after_inputs: Vec<Argument>,
    /// The original graph's results, in its order.
    pub outcomes: Vec<Outcome>,
}

/// Takes `graph` apart by images. `None`: it cannot be, as images meet in it other than in sums, meet before a result of single
/// images is done, lie along a later axis of an input or result, or do not occur in it.
///
/// # Errors
/// [`GraphError`] from building the parts.
pub fn tiled(graph: &Graph) -> Result<Option<Tiled>, GraphError> {
    let tags = tags(graph);
    let cut: Vec<bool> = graph.inputs().iter().map(|i| tags[i.index()] == Tag::Rows(0)).collect();
    let usable = |tag: Tag| matches!(tag, Tag::Fixed | Tag::Rows(0) | Tag::Sum | Tag::After);
    if !cut.contains(&true) || !graph.outputs().iter().all(|o| usable(tags[o.value.index()])) {
        return Ok(None);
    }
    let parts = Parts::of(graph, &tags);
    let names = |values: &[ValueId]| values.iter().map(|v| graph.value(*v).name.clone()).collect::<Vec<_>>();
    let shown = names(&parts.joined);
    let outputs: Vec<(&str, ValueId)> = shown.iter().map(String::as_str).zip(parts.joined.iter().copied()).collect();
    let tile = extract(graph, graph.inputs(), &outputs)?;
    let (values, after_inputs): (Vec<ValueId>, Vec<Argument>) = parts.arguments(graph, &tags).into_iter().unzip();
    let shown = names(&parts.after);
    let outputs: Vec<(&str, ValueId)> = shown.iter().map(String::as_str).zip(parts.after.iter().copied()).collect();
    let after = extract(graph, &values, &outputs)?;
    let sums: Vec<ValueId> = parts.joined.iter().copied().filter(|v| tags[v.index()] == Tag::Sum).collect();
    let joined = parts.joined.iter().map(|v| if tags[v.index()] == Tag::Sum { Joined::Sum } else { Joined::Rows });
    Ok(Some(Tiled {
        cut,
        tile,
        joined: joined.collect(),
        adding: adding(graph, &sums)?,
        after,
        after_inputs,
        outcomes: parts.outcomes,
    }))
}

/// Which inputs are cut where no image meets another, so that the graph itself runs on a tile and its results are joined row by
/// row; `None` where images meet or do not occur, or a result is none of theirs.
#[must_use]
pub fn cut_by_images(graph: &Graph) -> Option<Vec<bool>> {
    let tags = tags(graph);
    let cut: Vec<bool> = graph.inputs().iter().map(|i| tags[i.index()] == Tag::Rows(0)).collect();
    let apart = graph.outputs().iter().all(|o| tags[o.value.index()] == Tag::Rows(0));
    (apart && cut.contains(&true)).then_some(cut)
}

/// As [`cut_by_images`], of a graph whose results may also be sums over images in f64: how each input and each result is cut and joined.
#[must_use]
pub fn joined_by_images(graph: &Graph) -> Option<(Vec<bool>, Vec<Joined>)> {
    let tags = tags(graph);
    let cut: Vec<bool> = graph.inputs().iter().map(|i| tags[i.index()] == Tag::Rows(0)).collect();
    let how = |value: ValueId| match tags[value.index()] {
        Tag::Rows(0) => Some(Joined::Rows),
        Tag::Sum if graph.ty(value).dtype == DType::F64 => Some(Joined::Sum),
        _ => None,
    };
    let joined: Vec<Joined> = graph.outputs().iter().map(|o| how(o.value)).collect::<Option<_>>()?;
    cut.contains(&true).then_some((cut, joined))
}

/// The first node behind which a value is no longer one image's own.
#[must_use]
pub fn meeting(graph: &Graph) -> Option<&str> {
    let tags = tags(graph);
    let apart = |value: &ValueId| matches!(tags[value.index()], Tag::Fixed | Tag::Rows(_) | Tag::Places(..));
    let node = graph.nodes().iter().find(|node| node.inputs.iter().all(apart) && !node.outputs.iter().all(apart))?;
    Some(&node.name)
}

/// Which values the parts show.
struct Parts {
    /// Results of the tiles.
    joined: Vec<ValueId>,
    /// Results of what follows.
    after: Vec<ValueId>,
    outcomes: Vec<Outcome>,
    /// What the results of `after` depend on, by value.
    wanted: Vec<bool>,
}

impl Parts {
    fn of(graph: &Graph, tags: &[Tag]) -> Self {
        let (mut joined, mut after) = (Vec::new(), Vec::new());
        let outcomes = graph.outputs().iter().map(|output| match tags[output.value.index()] {
            Tag::Rows(_) | Tag::Sum => Outcome::Joined(place(&mut joined, output.value)),
            _ => Outcome::After(place(&mut after, output.value)),
        });
        let outcomes = outcomes.collect();
        let wanted = wanted(graph, tags, &after);
        for index in (0..wanted.len()).filter(|i| wanted[*i] && tags[*i] == Tag::Sum) {
            place(&mut joined, ValueId::new(index));
        }
        Self { joined, after, outcomes, wanted }
    }

    /// Arguments of what follows: sums and inputs that it wants.
    fn arguments(&self, graph: &Graph, tags: &[Tag]) -> Vec<(ValueId, Argument)> {
        let wants = |value: &ValueId| self.wanted[value.index()];
        let sums = self.joined.iter().enumerate().filter(|(_, v)| tags[v.index()] == Tag::Sum && wants(v));
        let sums = sums.map(|(index, v)| (*v, Argument::Joined(index)));
        let inputs = graph.inputs().iter().enumerate().filter(|(_, v)| wants(v));
        sums.chain(inputs.map(|(index, v)| (*v, Argument::Input(index)))).collect()
    }
}

/// The place of `value` in the list, at its end if it was not in it.
fn place(list: &mut Vec<ValueId>, value: ValueId) -> usize {
    list.iter().position(|v| *v == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}

/// What `results` are computed from, back to sums and inputs.
fn wanted(graph: &Graph, tags: &[Tag], results: &[ValueId]) -> Vec<bool> {
    let mut wanted = vec![false; graph.values().len()];
    results.iter().for_each(|v| wanted[v.index()] = true);
    for node in graph.nodes().iter().rev() {
        if node.outputs.iter().any(|o| wanted[o.index()] && tags[o.index()] != Tag::Sum) {
            node.inputs.iter().for_each(|i| wanted[i.index()] = true);
        }
    }
    wanted
}

/// Sums so far and sums of the next tile to their sums.
fn adding(graph: &Graph, sums: &[ValueId]) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let mut all = |prefix: &str| -> Vec<ValueId> {
        sums.iter().map(|v| b.input(&format!("{prefix}{}", graph.value(*v).name), graph.ty(*v).clone())).collect()
    };
    let (so_far, next) = (all("sum:"), all("next:"));
    for ((old, new), sum) in so_far.iter().zip(&next).zip(sums) {
        let total = b.add(*old, *new)?;
        b.output(&graph.value(*sum).name, total);
    }
    Ok(b.finish())
}

impl Tiled {
    /// First position and number of positions that the images `first .. first + count` take along axis 0 of input `index`.
    #[must_use]
    pub fn run_of(&self, index: usize, first: usize, count: usize) -> (usize, usize) {
        let dim = self.tile.ty(self.tile.inputs()[index]).shape.first().copied().unwrap_or(Dim::ONE);
        (dim.at(first), dim.at(count))
    }
}
