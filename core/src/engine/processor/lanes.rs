//! A program on all cores: images that do not meet go through in tiles that stay in a core's cache, each tile on one thread.
//!
//! How many images a tile holds is the graph's affair, not the machine's, and what adds up over images is added tile by tile in
//! their order. So no result depends on the number of threads.

use std::sync::{Mutex, PoisonError};

use super::evaluate::Evaluator;
use super::join::{Total, joined};
use super::scratch::Scratch;
use super::value::Value;
use crate::engine::EngineError;
use crate::engine::tiling::{Argument, Joined, Outcome, joined_by_images, tiled};
use crate::graph::{Graph, GraphError, ValueId};
use crate::platform::threads;
use crate::tensor::{DType, Dim};

/// A tensor of a tile should take no more: with its neighbours it then stays in the cache of one core.
const CACHED_BYTES: usize = 1 << 18;
/// Images of a tile at most.
const MOST: usize = 64;
/// Elements written by a run below which it is not cut: less work than waking a thread.
const WORTH: usize = 1 << 16;

/// A graph ready to run on all cores.
pub(super) struct Lanes {
    /// The graph itself, or what a tile runs of it.
    tile: Evaluator,
    cut: Option<Cut>,
    /// Element types of the results.
    types: Vec<DType>,
    scratch: Mutex<Vec<Scratch>>,
}

/// How a graph is cut by images.
struct Cut {
    /// The size along axis 0 of each input that is cut.
    rows: Vec<Option<Dim>>,
    joined: Vec<Joined>,
    /// Images of a tile.
    images: usize,
    /// Elements that a run writes for one image.
    per_image: usize,
    after: Option<After>,
}

/// What follows when all tiles are done.
struct After {
    evaluator: Evaluator,
    inputs: Vec<Argument>,
    outcomes: Vec<Outcome>,
}

/// Some of the images.
struct Share {
    first: usize,
    count: usize,
}

impl Lanes {
    /// # Errors
    /// [`GraphError`] from taking the graph apart.
    pub(super) fn new(graph: &Graph) -> Result<Self, GraphError> {
        let types = graph.outputs().iter().map(|output| graph.ty(output.value).dtype).collect();
        let scratch = Mutex::default();
        if let Some((cut, joined)) = joined_by_images(graph) {
            let cut = Cut::new(graph, &cut, joined, None);
            return Ok(Self { tile: Evaluator::new(graph), cut: Some(cut), types, scratch });
        }
        let Some(parts) = tiled(graph)? else {
            return Ok(Self { tile: Evaluator::new(graph), cut: None, types, scratch });
        };
        let (inputs, outcomes) = (parts.after_inputs, parts.outcomes);
        let after = After { evaluator: Evaluator::new(&parts.after), inputs, outcomes };
        let cut = Cut::new(&parts.tile, &parts.cut, parts.joined, Some(after));
        Ok(Self { tile: Evaluator::new(&parts.tile), cut: Some(cut), types, scratch })
    }

    /// Element types of the results.
    pub(super) fn types(&self) -> impl Iterator<Item = DType> {
        self.types.iter().copied()
    }

    /// Results for `batch` images.
    ///
    /// # Errors
    /// [`EngineError::Op`] naming the node when an operator refuses its arguments.
    pub(super) async fn run(&self, arguments: Vec<Value>, batch: usize) -> Result<Vec<Value>, EngineError> {
        let Some(cut) = &self.cut else { return self.one(&self.tile, arguments, batch).await };
        let shares = cut.shares(batch);
        let results = match (&shares[..], &cut.after) {
            ([_], None) => return self.one(&self.tile, arguments, batch).await,
            ([_], Some(_)) => self.one(&self.tile, arguments.clone(), batch).await?,
            _ => self.tiles(cut, &shares, &arguments).await?,
        };
        let Some(after) = &cut.after else { return Ok(results) };
        let given = after.inputs.iter().map(|argument| match argument {
            Argument::Input(place) => arguments[*place].clone(),
            Argument::Joined(place) => results[*place].clone(),
        });
        let following = self.one(&after.evaluator, given.collect(), batch).await?;
        let outcome = |outcome: &Outcome| match outcome {
            Outcome::Joined(place) => results[*place].clone(),
            Outcome::After(place) => following[*place].clone(),
        };
        Ok(after.outcomes.iter().map(outcome).collect())
    }

    /// A graph on one thread, with memory that the last one left.
    async fn one(&self, evaluator: &Evaluator, given: Vec<Value>, batch: usize) -> Result<Vec<Value>, EngineError> {
        let kept = || self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = kept().pop().unwrap_or_default();
        let results = evaluator.evaluate(given, batch, &mut scratch).await;
        kept().push(scratch);
        results
    }

    /// All tiles, their rows joined and their sums added up.
    async fn tiles(&self, cut: &Cut, shares: &[Share], arguments: &[Value]) -> Result<Vec<Value>, EngineError> {
        let mut rows: Vec<Vec<Value>> = vec![Vec::new(); cut.joined.len()];
        let mut sums: Vec<Option<Total>> = cut.joined.iter().map(|_| None).collect();
        // Sums of many tiles at once would take memory that nobody reckoned with.
        let summed = cut.joined.contains(&Joined::Sum);
        let wave = if summed { 2 * threads::count() } else { shares.len() };
        for shares in shares.chunks(wave.max(1)) {
            let work = async |share: &Share| self.one(&self.tile, cut.given(share, arguments)?, share.count).await;
            for results in threads::each(shares, work).await {
                for (place, value) in results?.into_iter().enumerate() {
                    match (cut.joined[place], &mut sums[place]) {
                        (Joined::Rows, _) => rows[place].push(value),
                        (Joined::Sum, Some(total)) => total.add(&value)?,
                        (Joined::Sum, none) => *none = Some(Total::new(&value)),
                    }
                }
            }
        }
        let whole = |(rows, sum): (Vec<Value>, Option<Total>)| sum.map_or_else(|| joined(&rows), Total::value);
        rows.into_iter().zip(sums).map(whole).collect()
    }
}

impl Cut {
    fn new(graph: &Graph, cut: &[bool], joined: Vec<Joined>, after: Option<After>) -> Self {
        let axis = |(value, cut): (&ValueId, &bool)| graph.ty(*value).shape.first().copied().filter(|_| *cut);
        let per_image = |value: ValueId| graph.ty(value).elements().map_or(0, |count| count.batch);
        let written = graph.nodes().iter().flat_map(|node| &node.outputs).map(|value| per_image(*value));
        let largest = written.clone().max().unwrap_or(0).max(1);
        Self {
            rows: graph.inputs().iter().zip(cut).map(axis).collect(),
            joined,
            images: (CACHED_BYTES / size_of::<f32>() / largest).clamp(1, MOST),
            per_image: written.sum(),
            after,
        }
    }

    /// Tiles of `batch` images; all at once where that is little work.
    fn shares(&self, batch: usize) -> Vec<Share> {
        if batch <= self.images || self.per_image.saturating_mul(batch) < WORTH {
            return vec![Share { first: 0, count: batch }];
        }
        let share = |first| Share { first, count: self.images.min(batch - first) };
        (0..batch).step_by(self.images).map(share).collect()
    }

    /// A tile's arguments.
    fn given(&self, share: &Share, arguments: &[Value]) -> Result<Vec<Value>, EngineError> {
        let part = |(argument, rows): (&Value, &Option<Dim>)| match rows {
            Some(rows) => argument.rows(rows.at(share.first), rows.at(share.count)),
            None => Ok(argument.clone()),
        };
        arguments.iter().zip(&self.rows).map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::platform::block_on;
    use crate::random::{Purpose, Stream};
    use crate::tensor::{Tensor, TensorType};

    /// Rows of images, a sum over them in f32 and what follows from it, and one in f64.
    fn graph() -> Graph {
        let mut b = Builder::new();
        let x = b.input("x", TensorType::f32_batch(&[64, 32]));
        let row = b.relu(x).unwrap();
        let sum = b.reduce_sum(row, &[0], false).unwrap();
        let doubled = b.add(sum, sum).unwrap();
        let wide = b.cast(x, DType::F64).unwrap();
        let exact = b.reduce_sum(wide, &[0], false).unwrap();
        b.output("row", row);
        b.output("doubled", doubled);
        b.output("exact", exact);
        b.finish()
    }

    #[test]
    fn no_bit_depends_on_the_number_of_threads() {
        let lanes = Lanes::new(&graph()).unwrap();
        let mut values = vec![0.0; 301 * 64 * 32];
        Stream::new(5, Purpose::Test, 0, 0).fill_uniform(&mut values, -1.0, 1.0);
        let x = Tensor::f32(&[301, 64, 32], values.clone()).unwrap();
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let results = pool.install(|| block_on(lanes.run(vec![Value::of_tensor(&x)], 301))).unwrap();
            results.iter().zip(lanes.types()).map(|(value, dtype)| value.to_tensor(dtype)).collect::<Vec<_>>()
        };
        let expected = on(1);
        assert_eq!(expected[0].as_f32().unwrap(), values.iter().map(|x| x.max(0.0)).collect::<Vec<_>>());
        let total: f64 = (0..301).map(|image| f64::from(values[image * 64 * 32])).sum();
        assert!((expected[2].as_f64().unwrap()[0] - total).abs() < 1e-9);
        for threads in [2, 3, 7] {
            assert_eq!(on(threads), expected, "{threads}");
        }
    }
}
