//! Running a graph on an engine with arrays in and arrays out.

use std::rc::Rc;

use super::results::through;

use stitchscope_core::data::Images;
use stitchscope_core::engine::{Engine, EngineError, Program};
use stitchscope_core::graph::Graph;
use stitchscope_core::platform::block_on;
use stitchscope_core::tensor::{Array, Tensor, TensorError};

/// A graph compiled by an engine.
pub struct Prepared {
    engine: Rc<dyn Engine>,
    program: Program,
}

impl Prepared {
    /// Compiles `graph`.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn new(engine: &Rc<dyn Engine>, graph: &Graph) -> Result<Self, EngineError> {
        Ok(Self { engine: Rc::clone(engine), program: block_on(engine.compile(graph))? })
    }

    /// Results on `arguments`, one per input.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn run(&self, arguments: &[Array]) -> Result<Vec<Array>, EngineError> {
        block_on(through(self.engine.as_ref(), &self.program, arguments))
    }
}

/// Results of `graph` on `arguments`, one per input.
///
/// # Errors
/// What the engine reports.
pub fn run(engine: &Rc<dyn Engine>, graph: &Graph, arguments: &[Array]) -> Result<Vec<Array>, EngineError> {
    Prepared::new(engine, graph)?.run(arguments)
}

/// All images as a batch [N, C, H, W] in [0, 1].
///
/// # Errors
/// [`TensorError::Count`] when the set contradicts itself.
pub fn image_batch(images: &Images) -> Result<Array, TensorError> {
    let all: Vec<usize> = (0..images.len()).collect();
    let shape = [images.len(), images.channels, images.height, images.width];
    Ok(Tensor::f32(&shape, images.pixels_f32(&all))?.to_array())
}

/// All labels `[N]`.
#[must_use]
pub fn label_batch(images: &Images) -> Array {
    let labels: Vec<i64> = images.labels.iter().copied().map(i64::from).collect();
    Tensor::indices(&labels).to_array()
}
