//! Programs whose tensors are larger than the device can bind, run a part of the batch at a time.

use std::cell::Cell;
use std::rc::Rc;

use super::device::{Storage, bytes_of};
use super::run::{Held, Running, Shared, on_device};
use crate::engine::tiling::{Argument, Joined, Outcome, Tiled, tiled};
use crate::engine::{Buffer, EngineError};
use crate::graph::Graph;

/// A program taken apart by images.
pub(super) struct Tiles {
    shared: Rc<Shared>,
    by: Tiled,
    tile: Running,
    adding: Running,
    after: Running,
    /// Images of a tile; 0 until the first run has found it.
    images: Cell<usize>,
}

impl Tiles {
    /// The parts of `graph`; `None` when it mixes images, so that it cannot be taken apart.
    ///
    /// # Errors
    /// [`EngineError::Graph`] from the builder.
    pub(super) fn new(shared: &Rc<Shared>, graph: &Graph) -> Result<Option<Self>, EngineError> {
        let Some(by) = tiled(graph)? else { return Ok(None) };
        let part = |graph: &Graph| Running::prepared(shared, graph);
        let (tile, adding, after) = (part(&by.tile), part(&by.adding), part(&by.after));
        Ok(Some(Self { shared: Rc::clone(shared), by, tile, adding, after, images: Cell::new(0) }))
    }

    /// The whole program's results for `batch` images.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] when even one image is too much, or what the device reports.
    pub(super) async fn run(&self, inputs: &[Buffer], batch: usize) -> Result<Vec<Buffer>, EngineError> {
        let most = self.fitting(batch)?;
        let mut joined: Vec<Buffer> = Vec::new();
        for first in (0..batch).step_by(most) {
            let count = most.min(batch - first);
            let mut arguments = Vec::with_capacity(inputs.len());
            for (index, input) in inputs.iter().enumerate() {
                let (from, len) = self.by.run_of(index, first, count);
                arguments.push(if self.by.cut[index] { self.cut(input, from, len)? } else { input.clone() });
            }
            let results = self.tile.run_whole(&arguments, count).await?;
            joined = if joined.is_empty() {
                self.begun(results, count, batch)?
            } else {
                self.joined(joined, &results, first, batch).await?
            };
        }
        let arguments: Vec<Buffer> = self
            .by
            .after_inputs
            .iter()
            .map(|argument| match argument {
                Argument::Input(index) => inputs[*index].clone(),
                Argument::Joined(index) => joined[*index].clone(),
            })
            .collect();
        let done = if self.by.after.outputs().is_empty() {
            Vec::new()
        } else {
            self.after.run_whole(&arguments, batch).await?
        };
        Ok(self
            .by
            .outcomes
            .iter()
            .map(|outcome| match outcome {
                Outcome::Joined(index) => joined[*index].clone(),
                Outcome::After(index) => done[*index].clone(),
            })
            .collect())
    }

    /// The largest number of images, halving from `batch`, whose plan fits the device.
    fn fitting(&self, batch: usize) -> Result<usize, EngineError> {
        let mut images = if self.images.get() == 0 { batch } else { self.images.get().min(batch) };
        loop {
            match self.tile.plan(images) {
                Err(EngineError::TooLarge { .. }) if images > 1 => images = images.div_ceil(2),
                Err(why) => return Err(why),
                Ok(_) => break,
            }
        }
        self.images.set(images);
        Ok(images)
    }

    /// Room for all images, with the first tile's rows in it; sums as they are.
    fn begun(&self, results: Vec<Buffer>, count: usize, batch: usize) -> Result<Vec<Buffer>, EngineError> {
        let mut begun = Vec::with_capacity(results.len());
        for (result, how) in results.into_iter().zip(&self.by.joined) {
            begun.push(match how {
                Joined::Sum => result,
                Joined::Rows => {
                    let mut shape = result.shape().to_vec();
                    shape[0] = shape[0] / count * batch;
                    let all = self.shared.device.buffer(bytes_of(shape.iter().product()))?;
                    let all = Buffer::new(&shape, result.dtype(), Rc::new(Held(Rc::new(all))));
                    self.copy(&result, 0, &all, 0, words(&result))?;
                    all
                }
            });
        }
        Ok(begun)
    }

    /// The results so far and those of the tile that begins with image `first`.
    async fn joined(
        &self,
        so_far: Vec<Buffer>,
        next: &[Buffer],
        first: usize,
        batch: usize,
    ) -> Result<Vec<Buffer>, EngineError> {
        let sums = |of: &[Buffer]| -> Vec<Buffer> {
            let is_sum = of.iter().zip(&self.by.joined).filter(|(_, how)| matches!(how, Joined::Sum));
            is_sum.map(|(buffer, _)| buffer.clone()).collect()
        };
        let both = [sums(&so_far), sums(next)].concat();
        let mut totals = if both.is_empty() { Vec::new() } else { self.adding.run_whole(&both, 1).await? }.into_iter();
        let mut joined = Vec::with_capacity(so_far.len());
        for ((all, next), how) in so_far.into_iter().zip(next).zip(&self.by.joined) {
            joined.push(match how {
                Joined::Sum => totals.next().ok_or(EngineError::ForeignBuffer)?,
                Joined::Rows => {
                    let per_image = words(&all) / batch;
                    self.copy(next, 0, &all, first * per_image, words(next))?;
                    all
                }
            });
        }
        Ok(joined)
    }

    /// `len` positions of `input` along its first axis.
    fn cut(&self, input: &Buffer, from: usize, len: usize) -> Result<Buffer, EngineError> {
        let mut shape = input.shape().to_vec();
        let per_position = words(input) / shape[0].max(1);
        shape[0] = len;
        let part = self.shared.device.buffer(bytes_of(len * per_position))?;
        let part = Buffer::new(&shape, input.dtype(), Rc::new(Held(Rc::new(part))));
        self.copy(input, from * per_position, &part, 0, len * per_position)?;
        Ok(part)
    }

    fn copy(&self, from: &Buffer, at: usize, to: &Buffer, place: usize, count: usize) -> Result<(), EngineError> {
        let device = &self.shared.device;
        let (from, to): (Rc<Storage>, Rc<Storage>) = (on_device(from, device)?, on_device(to, device)?);
        let mut encoder = device.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(&from.raw, bytes_of(at), &to.raw, bytes_of(place), bytes_of(count));
        device.queue.submit([encoder.finish()]);
        device.check("putting tiles together")
    }
}

fn words(buffer: &Buffer) -> usize {
    buffer.shape().iter().product()
}
