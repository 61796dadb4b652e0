//! What runs on every batch of a pass: one program, or a chain of smaller ones where one would take too much memory.
//!
//! Engines take more for a graph than its tensors: they choose the order of its nodes, so that all taps of two networks may live beside
//! copies of themselves, and every session keeps room for its largest run. So a large graph is cut at values that its builder names:
//! a first program goes from the images to these, and each following one makes a few of the results from them. The networks run once either way.

use std::collections::BTreeMap;

use crate::engine::{Buffer, Engine, Program};
use crate::graph::{Builder, Graph, ValueId, extract, inline};
use crate::platform::memory;
use crate::rewrite;
use crate::study::StudyError;
use crate::tensor::Dim;

/// Results that are no rows of images, sums above all, take at most this part of the memory that may be taken in one program: each core
/// adds up its own.
const SHARE: u64 = 16;
/// The same for one program of a chain: an engine, its cores and the reader have a copy each.
const PIECE: u64 = 64;
/// Images of a run for which the values between programs must fit into [`SHARE`], or else the graph is cut.
const IMAGES: u64 = 8;
/// The part of the memory that the values between programs may take.
const BETWEEN: u64 = 12;

/// A graph with the places where it may be cut.
pub(in crate::study) struct Cuttable {
    /// Images and what else is given to results, behind which stand the values where the graph may be cut.
    pub graph: Graph,
    /// How many of its outputs these are.
    pub between: usize,
}

/// The programs.
pub(in crate::study) struct Stages {
    programs: Vec<Stage>,
    /// Images of a run for which what lies between programs has room.
    most: usize,
}

/// One program and what it takes and gives.
struct Stage {
    program: Program,
    takes: Vec<Place>,
    gives: Vec<Place>,
}

/// An argument or a result: of the whole, or between programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The whole's, by its place.
    Outside(usize),
    /// What an earlier program gave.
    Between(usize),
}

/// What is made by one program: outputs of the graph.
type Group = Vec<usize>;

impl Stages {
    /// Prepares `whole` for runs on batches.
    ///
    /// # Errors
    /// What the engine reports.
    pub(super) async fn of(engine: &dyn Engine, whole: Cuttable) -> Result<Self, StudyError> {
        Self::within(engine, whole, memory::budget()).await
    }

    /// As [`Self::of`], with so many bytes that may be taken.
    async fn within(engine: &dyn Engine, whole: Cuttable, budget: u64) -> Result<Self, StudyError> {
        let Cuttable { graph, between } = whole;
        // Nodes that the networks' halves have in common become one, so that every half begins at the values in between.
        let graph = rewrite::share(&graph)?;
        let results = graph.outputs().len().saturating_sub(between);
        let between = between_bytes(&graph, results);
        let mut groups = groups(&graph, results, between, budget);
        let mut programs = Vec::new();
        let cut = groups.len() > 1;
        if cut {
            // A result that is itself a value in between, such as an activation to keep, needs no program behind the first.
            let value = |output: usize| graph.outputs()[output].value;
            let there = |output: &usize| (results..graph.outputs().len()).any(|shown| value(shown) == value(*output));
            let cuts: Group = (0..results).filter(there).chain(results..graph.outputs().len()).collect();
            groups.iter_mut().for_each(|group| group.retain(|output| !there(output)));
            groups.retain(|group| !group.is_empty());
            programs.push(Stage::of(engine, &graph, (results, &cuts), false).await?);
        }
        for group in &groups {
            programs.push(Stage::of(engine, &graph, (results, group), cut).await?);
        }
        let room = usize::try_from(budget / BETWEEN / between.max(1)).unwrap_or(usize::MAX);
        Ok(Self { programs, most: if cut { room.max(1) } else { usize::MAX } })
    }

    /// Images of a run that suit the first program and fit into all, at most `batch`. Those behind the first take what they are given in
    /// tiles of their own, and the more images a run has, the fewer times are large sums added up.
    pub(super) fn batch_up_to(&self, batch: usize) -> usize {
        let batch = batch.min(self.most);
        let Some((first, rest)) = self.programs.split_first() else { return batch };
        rest.iter().fold(first.program.batch_up_to(batch), |batch, stage| stage.program.fits_up_to(batch))
    }

    /// Runs all programs; `each` hears every result with its place, as soon as it is there.
    ///
    /// # Errors
    /// [`StudyError`] from the engine or from `each`.
    pub(super) async fn run(
        &self,
        inputs: &[&Buffer],
        mut each: impl AsyncFnMut(usize, Buffer) -> Result<(), StudyError>,
    ) -> Result<(), StudyError> {
        let lacking = || StudyError::Fault("a program was asked for before what it takes");
        let mut between: BTreeMap<usize, Buffer> = BTreeMap::new();
        for stage in &self.programs {
            let given = |place: &Place| match place {
                Place::Outside(index) => inputs.get(*index).copied(),
                Place::Between(index) => between.get(index),
            };
            let taken: Vec<&Buffer> =
                stage.takes.iter().map(|place| given(place).ok_or_else(lacking)).collect::<Result<_, _>>()?;
            let results = stage.program.run(&taken).await?;
            for (place, buffer) in stage.gives.iter().zip(results) {
                match place {
                    Place::Outside(index) => each(*index, buffer).await?,
                    Place::Between(index) => drop(between.insert(*index, buffer)),
                }
            }
        }
        Ok(())
    }
}

impl Stage {
    /// The program for some outputs of a graph of which `results` come before the values in between; with `cut` it begins at these.
    async fn of(
        engine: &dyn Engine,
        graph: &Graph,
        (results, outputs): (usize, &[usize]),
        cut: bool,
    ) -> Result<Self, StudyError> {
        let values: Vec<ValueId> = graph.outputs().iter().map(|output| output.value).collect();
        let mut known: BTreeMap<ValueId, Place> =
            graph.inputs().iter().enumerate().map(|(index, value)| (*value, Place::Outside(index))).collect();
        if cut {
            // A value in between that is an argument of the whole is one; two that are the same are the first.
            for (index, value) in values[results..].iter().enumerate() {
                known.entry(*value).or_insert(Place::Between(index));
            }
        }
        let wanted: Vec<ValueId> = outputs.iter().map(|output| values[*output]).collect();
        let begins = begins(graph, &known, &wanted);
        let takes: Vec<Place> = begins.iter().filter_map(|value| known.get(value).copied()).collect();
        let gives = outputs.iter().map(|output| match output.checked_sub(results) {
            Some(index) => Place::Between(index),
            None => Place::Outside(*output),
        });
        let part = part(graph, &begins, &wanted)?;
        let part = rewrite::simplify(&part)?;
        // Halves of one network bring the same weights, and what became of them is the same again.
        let part = if cut { rewrite::share(&part)? } else { part };
        Ok(Self { program: engine.compile(&part).await?, takes, gives: gives.collect() })
    }
}

/// What lies between some values, with names of its own: those of two networks may be equal.
fn part(graph: &Graph, begins: &[ValueId], wanted: &[ValueId]) -> Result<Graph, StudyError> {
    let shown: Vec<(&str, ValueId)> = wanted.iter().map(|value| ("result", *value)).collect();
    let inner = extract(graph, begins, &shown)?;
    let mut b = Builder::new();
    let name = |index: usize| format!("given{index}");
    let arguments: Vec<ValueId> = inner
        .inputs()
        .iter()
        .enumerate()
        .map(|(index, value)| b.input(&name(index), inner.ty(*value).clone()))
        .collect();
    for value in inline(&mut b, &inner, &arguments)? {
        b.output("result", value);
    }
    let mut part = b.finish();
    part.number_outputs();
    Ok(part)
}

/// The known values at which the way to `wanted` begins, in the graph's order.
fn begins(graph: &Graph, known: &BTreeMap<ValueId, Place>, wanted: &[ValueId]) -> Vec<ValueId> {
    let mut needed = vec![false; graph.values().len()];
    wanted.iter().for_each(|value| needed[value.index()] = true);
    for node in graph.nodes().iter().rev() {
        if node.outputs.iter().any(|value| needed[value.index()] && !known.contains_key(value)) {
            node.inputs.iter().for_each(|value| needed[value.index()] = true);
        }
    }
    known.keys().copied().filter(|value| needed[value.index()]).collect()
}

/// Bytes of an output that are the same for any number of images, and those for each image.
fn bytes(graph: &Graph, output: usize) -> (u64, u64) {
    let ty = graph.ty(graph.outputs()[output].value);
    let of = |count: usize| (count as u64).saturating_mul(ty.dtype.bytes() as u64);
    ty.elements().map_or((0, 0), |count: Dim| (of(count.fixed), of(count.batch)))
}

/// Bytes that the values where the graph may be cut take for an image; one that is there twice is one.
fn between_bytes(graph: &Graph, results: usize) -> u64 {
    let mut seen: Vec<ValueId> = Vec::new();
    let mut all = 0_u64;
    for (output, shown) in graph.outputs().iter().enumerate().skip(results) {
        if !seen.contains(&shown.value) {
            seen.push(shown.value);
            all = all.saturating_add(bytes(graph, output).1);
        }
    }
    all
}

/// Results by program: all in one, or what is small in one and the large sums in pieces.
fn groups(graph: &Graph, results: usize, between: u64, budget: u64) -> Vec<Group> {
    let fixed = |output: usize| bytes(graph, output).0;
    let sums: u64 = (0..results).map(fixed).fold(0, u64::saturating_add);
    if sums.max(between.saturating_mul(IMAGES)) <= budget / SHARE || results == graph.outputs().len() {
        return vec![(0..results).collect()];
    }
    let (sums, rows): (Group, Group) = (0..results).partition(|output| fixed(*output) > 0);
    let mut groups: Vec<Group> = if rows.is_empty() { Vec::new() } else { vec![rows] };
    let (mut piece, mut taken) = (Group::new(), 0_u64);
    for output in sums {
        if !piece.is_empty() && taken.saturating_add(fixed(output)) > budget / PIECE {
            groups.push(std::mem::take(&mut piece));
            taken = 0;
        }
        taken = taken.saturating_add(fixed(output));
        piece.push(output);
    }
    if !piece.is_empty() {
        groups.push(piece);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::reference::{Precision, Reference};
    use crate::platform::block_on;
    use crate::similarity::{Exactness, Order, gram_sums};
    use crate::tensor::{Tensor, TensorType};

    /// Two chains of one image, their sums, a row per image behind the second tap of the first, and both chains' taps in between.
    fn cuttable() -> Cuttable {
        let mut b = Builder::new();
        let image = b.input("image", TensorType::f32_batch(&[2, 3, 3]));
        let mut chain = |factor: f64| {
            let first = b.scale(image, factor).unwrap();
            let first = b.relu(first).unwrap();
            (first, b.square(first).unwrap())
        };
        let ((a1, a2), (b1, b2)) = (chain(1.5), chain(-0.5));
        let row = b.reduce_sum(a2, &[1, 2, 3], false).unwrap();
        b.output("row", row);
        // The first chain once more, as a stitched network has it: it begins at the taps in between as well.
        let again = b.scale(image, 1.5).unwrap();
        let again = b.relu(again).unwrap();
        let again = b.reduce_sum(again, &[2, 3], false).unwrap();
        b.output("again", again);
        b.output("kept", b1);
        let how = (Order::Fourth, Exactness::Double);
        for sum in gram_sums(&mut b, &[a1, a2, b1, b2], &[(0, 2), (1, 3)], how).unwrap() {
            b.output("sum", sum);
        }
        [a1, a2, b1, b2].into_iter().for_each(|value| b.output("between", value));
        Cuttable { graph: b.finish(), between: 4 }
    }

    /// The results within so many bytes, and how many programs gave them.
    fn run(budget: u64) -> (Vec<Tensor>, usize) {
        let engine = Reference::new(Precision::AsTyped);
        let stages = block_on(Stages::within(&engine, cuttable(), budget)).unwrap();
        let values: Vec<f32> = (0_u8..90).map(|i| f32::from(i % 13) - 6.0).collect();
        let image = block_on(engine.upload(&Tensor::f32(&[5, 2, 3, 3], values).unwrap())).unwrap();
        let origin = block_on(engine.upload(&Tensor::f32(&[2], vec![0.25, -0.5]).unwrap())).unwrap();
        let mut found = BTreeMap::new();
        let heard = async |place: usize, buffer: Buffer| {
            assert!(found.insert(place, engine.read(&buffer).await?).is_none(), "result {place} came twice");
            Ok(())
        };
        block_on(stages.run(&[&image, &origin, &origin, &origin, &origin], heard)).unwrap();
        assert!(found.keys().copied().eq(0..found.len()), "{:?}", found.keys());
        (found.into_values().collect(), stages.programs.len())
    }

    #[test]
    fn a_chain_of_programs_gives_what_one_program_gives() {
        let (whole, programs) = run(1 << 40);
        assert_eq!((whole.len(), programs), (3 + 4 * 4 + 2 * 4, 1));
        for (budget, least) in [(64 * 16, 4), (0, 24)] {
            let (pieces, programs) = run(budget);
            assert!(programs >= least, "{programs} programs within {budget} bytes");
            assert_eq!(pieces, whole, "within {budget} bytes");
        }
    }

    #[test]
    fn every_program_but_the_first_begins_between() {
        let engine = Reference::new(Precision::AsTyped);
        let stages = block_on(Stages::within(&engine, cuttable(), 0)).unwrap();
        let image = |stage: &Stage| stage.takes.contains(&Place::Outside(0));
        assert_eq!(stages.programs.iter().filter(|stage| image(stage)).count(), 1);
    }
}
