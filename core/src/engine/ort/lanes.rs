//! A program on all cores: each lane runs some of the images by itself, on one thread.
//!
//! Inside a session threads meet after every node, and most nodes of a small network are too short for that. Where images do
//! not meet, or only in sums in f64, neither need threads: every lane has a session of its own and takes its run of the images from
//! start to end, and its sums are added to those of the others.
//! An image's results are those of a run of its tile, up to what kernels make of the number of images in it.

use ort::session::SessionInputValue;
use ort::value::DynTensor;
use rayon::prelude::*;

use super::lowering::{FEW, images_in_cache};
use super::sessions::{COPIES, Sessions};
use super::sums::Sum;
use super::whole::claim;
use super::{convert, failed};
use crate::engine::tiling::{Joined, joined_by_images};
use crate::engine::{Buffer, EngineError};
use crate::graph::{Graph, ValueId};
use crate::tensor::Dim;

/// Elements written by a run that other threads are woken for: of the order of a tenth of a millisecond's work.
const WORTH: usize = 1 << 19;
/// Bytes that all lanes' copies of the weights may take.
const WEIGHTS: usize = 1 << 29;

/// A tensor of this size is still in the caches when a lane's next node reads it. Half of it, in twice as many runs, takes a tenth
/// longer in the steps of APGD on a small ResNet.
const CACHED_BYTES: usize = 1 << 21;

/// A graph that treats every image by itself, or adds up over them, ready on several threads.
pub(super) struct Lanes {
    lanes: Vec<Sessions>,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    /// Elements that a run writes for one image.
    per_image: usize,
    /// Images whose activations stay in one core's cache.
    tile: usize,
}

struct Input {
    name: String,
    /// The size along axis 0, where it is cut by images.
    rows: Option<Dim>,
}

struct Output {
    name: String,
    how: Joined,
}

/// What one lane does: so many images, a tile of them at a time.
struct Share {
    first: usize,
    count: usize,
    tile: usize,
}

/// A result so far: the tiles' rows, or the sum of what the tiles gave.
#[derive(Default)]
struct Part {
    rows: Vec<DynTensor>,
    sum: Option<Sum>,
}

/// Bytes of a graph's constants.
pub(super) fn weights(graph: &Graph) -> usize {
    let constants = (0..graph.values().len()).filter_map(|i| graph.constant(ValueId::new(i)));
    constants.map(|t| t.len() * t.dtype().bytes()).sum()
}

impl Lanes {
    /// Lanes for `graph` on so many threads, each with the sessions that `sessions` makes; `None` where images meet or the
    /// copies of the weights would take too much memory.
    pub(super) fn of(graph: &Graph, threads: usize, sessions: impl Fn() -> Sessions) -> Option<Self> {
        let (cut, joined) = joined_by_images(graph)?;
        if threads < 2 || weights(graph).saturating_mul(threads * COPIES) > WEIGHTS {
            return None;
        }
        let input = |(value, cut): (&ValueId, bool)| Input {
            name: graph.value(*value).name.clone(),
            rows: graph.ty(*value).shape.first().copied().filter(|_| cut),
        };
        let written = graph.nodes().iter().flat_map(|node| &node.outputs);
        let per_image = written.filter_map(|v| graph.ty(*v).elements()).map(|count| count.batch).sum();
        Some(Self {
            lanes: (0..threads).map(|_| sessions()).collect(),
            inputs: graph.inputs().iter().zip(cut).map(input).collect(),
            outputs: graph.outputs().iter().zip(joined).map(|(o, how)| Output { name: o.name.clone(), how }).collect(),
            per_image,
            // An image that does not fit by itself is work enough for a run, and two of them take twice the memory.
            tile: match images_in_cache(graph, CACHED_BYTES, 0) {
                0 => 1,
                fitting => fitting.max(FEW.div_ceil(threads)),
            },
        })
    }

    /// How many images a run should hold: as many as the caches of all lanes.
    pub(super) const fn images(&self) -> usize {
        self.lanes.len() * self.tile
    }

    /// Whether so many images keep all lanes busy, or are so little work that one does.
    pub(super) const fn suit(&self, batch: usize) -> bool {
        batch >= self.lanes.len() || !self.worth(batch)
    }

    const fn worth(&self, batch: usize) -> bool {
        self.per_image.saturating_mul(batch) >= WORTH
    }

    /// Makes the first lane's session now.
    ///
    /// # Errors
    /// [`EngineError::Device`] when ONNX Runtime refuses the graph.
    pub(super) fn prepare(&mut self) -> Result<(), EngineError> {
        self.lanes.first_mut().map_or(Ok(()), |sessions| sessions.any().map(|_| ()))
    }

    /// Results for `batch` images.
    ///
    /// # Errors
    /// [`EngineError::Device`], [`EngineError::ForeignBuffer`].
    pub(super) fn run(&mut self, inputs: &[&Buffer], batch: usize) -> Result<Vec<Buffer>, EngineError> {
        let given = inputs.iter().map(|b| b.storage::<DynTensor>()).collect::<Result<Vec<_>, _>>()?;
        let (shares, names) = (self.shares(batch), (&self.inputs[..], &self.outputs[..]));
        let work = |(sessions, share): (&mut Sessions, &Share)| lane(sessions, names, &given, share);
        let parts: Vec<Vec<Part>> = match &shares[..] {
            [only] => self.lanes.first_mut().map(|first| work((first, only))).into_iter().collect::<Result<_, _>>()?,
            _ => self.lanes.par_iter_mut().zip(shares.par_iter()).map(work).collect::<Result<_, _>>()?,
        };
        let mut lanes = parts.into_iter();
        let mut all = lanes.next().unwrap_or_default();
        for lane in lanes {
            for (so_far, part) in all.iter_mut().zip(lane) {
                so_far.take(part);
            }
        }
        all.into_iter().map(Part::whole).collect()
    }

    /// What each lane does of `batch` images. Little work is done at once, by the first.
    fn shares(&self, batch: usize) -> Vec<Share> {
        let (busy, most) = if self.worth(batch) { (self.lanes.len(), self.tile) } else { (1, batch) };
        let count = batch.div_ceil(busy).max(1);
        // Tiles of one size, so that one session serves them all.
        let tile = count.div_ceil(count.div_ceil(most.max(1)));
        let firsts = (0..batch.max(1)).step_by(count);
        firsts.map(|first| Share { first, count: count.min(batch - first), tile }).collect()
    }
}

impl Part {
    /// With a result of the next tile.
    fn push(&mut self, how: Joined, value: DynTensor) -> Result<(), EngineError> {
        match (how, &mut self.sum) {
            (Joined::Rows, _) => self.rows.push(value),
            (Joined::Sum, Some(sum)) => sum.add(&value)?,
            (Joined::Sum, none) => *none = Some(Sum::of(&value)?),
        }
        Ok(())
    }

    /// With what the next lane has.
    fn take(&mut self, next: Self) {
        self.rows.extend(next.rows);
        match (&mut self.sum, next.sum) {
            (Some(sum), Some(more)) => sum.take(&more),
            (none, more) => *none = none.take().or(more),
        }
    }

    fn whole(self) -> Result<Buffer, EngineError> {
        match self.sum {
            Some(sum) => sum.whole(),
            None => convert::joined(self.rows),
        }
    }
}

/// Results for some of the images.
fn lane(
    sessions: &mut Sessions,
    (inputs, outputs): (&[Input], &[Output]),
    arguments: &[&DynTensor],
    share: &Share,
) -> Result<Vec<Part>, EngineError> {
    let mut parts: Vec<Part> = outputs.iter().map(|_| Part::default()).collect();
    for first in (0..share.count.max(1)).step_by(share.tile.max(1)) {
        let tile = (share.first + first, share.tile.min(share.count - first));
        let results = one_tile(sessions, (inputs, outputs), arguments, tile)?;
        for ((part, output), value) in parts.iter_mut().zip(outputs).zip(results) {
            part.push(output.how, value)?;
        }
    }
    Ok(parts)
}

/// Results for the images `first .. first + count`.
fn one_tile(
    sessions: &mut Sessions,
    (inputs, outputs): (&[Input], &[Output]),
    arguments: &[&DynTensor],
    (first, count): (usize, usize),
) -> Result<Vec<DynTensor>, EngineError> {
    let session = sessions.best(count)?;
    let mut given = Vec::with_capacity(inputs.len());
    for (input, argument) in inputs.iter().zip(arguments) {
        let value = match input.rows {
            Some(rows) => convert::run_of(argument, rows.at(first), rows.at(count))?,
            None => SessionInputValue::from(*argument),
        };
        given.push((input.name.as_str(), value));
    }
    let mut results = session.run(given).map_err(|e| failed("running a program", &e))?;
    outputs.iter().map(|output| claim(results.remove(&output.name), &output.name)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::graph::Builder;
    use crate::tensor::{DType, Tensor, TensorType};

    /// On `threads` threads; nothing is run.
    fn lanes(graph: &Graph, threads: usize) -> Option<Lanes> {
        Lanes::of(graph, threads, || Sessions::new(Arc::new(|_| Err("not made".to_owned())), true, 0))
    }

    /// Images of so many elements, each multiplied by a constant of as many.
    fn scaled(elements: usize) -> Graph {
        let mut b = Builder::new();
        let x = b.input("x", TensorType::f32_batch(&[elements]));
        let w = b.constant(Tensor::f32(&[elements], vec![2.0; elements]).unwrap());
        let y = b.mul(x, w).unwrap();
        b.output("y", y);
        b.finish()
    }

    #[test]
    fn shares_hold_every_image_once_in_tiles_that_fit() {
        let lanes = lanes(&scaled(1 << 16), 3).unwrap();
        assert_eq!((lanes.tile, lanes.images()), (8, 24));
        for batch in 1..100 {
            let shares = lanes.shares(batch);
            assert!(shares.len() <= 3 && shares.iter().all(|s| s.count > 0 && s.tile <= 8), "{batch}");
            let ends = shares.iter().map(|s| s.first + s.count);
            let firsts: Vec<usize> = shares.iter().map(|s| s.first).chain([batch]).collect();
            assert!(firsts[0] == 0 && ends.eq(firsts[1..].iter().copied()), "{batch}: {firsts:?}");
        }
        // Seven of these images are less work than waking a thread.
        assert_eq!((lanes.shares(7).len(), lanes.shares(8).len()), (1, 3));
    }

    #[test]
    fn there_are_none_for_one_thread_for_large_weights_and_where_images_meet() {
        assert!(lanes(&scaled(4), 1).is_none() && lanes(&scaled(4), 2).is_some());
        let bytes = 4 << 20;
        let most = WEIGHTS / (bytes * COPIES);
        assert!(lanes(&scaled(1 << 20), most).is_some() && lanes(&scaled(1 << 20), most + 1).is_none());
        let sum = |dtype: DType| {
            let mut b = Builder::new();
            let x = b.input("x", TensorType::new(dtype, &[Dim::BATCH, Dim::fixed(4)]));
            let sum = b.reduce_sum(x, &[0], false).unwrap();
            b.output("sum", sum);
            b.finish()
        };
        // A sum in f32 is the whole session's: its last bits would depend on the number of lanes.
        assert!(lanes(&sum(DType::F32), 2).is_none() && lanes(&sum(DType::F64), 2).is_some());
    }
}
