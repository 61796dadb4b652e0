//! Engines run graphs: `processor` and the oracle, `reference`, everywhere, ONNX Runtime (`ort`) on a workstation, graphics
//! processors (`wgpu`) on both workstations and browsers.
//!
//! An [`Engine`] compiles a graph into a [`Program`] and keeps tensors on its device as [`Buffer`]s, so that the state of an
//! attack or a training stays there between steps. Everything is a future: a browser's device answers later, a
//! processor at once. Futures need not be `Send`; a study lives on one thread (or in one Worker) from start to end.

mod choice;
mod error;
mod memory;
pub mod ort;
mod ort_open;
pub mod processor;
pub mod reference;
pub mod tiling;
pub mod wgpu;

pub use choice::{Choice, on_adapter, open};
pub use error::EngineError;

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use crate::graph::Graph;
use crate::platform::breathe;
use crate::tensor::{DType, Tensor, TensorType};
use memory::Demand;

/// A result that may come later.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, EngineError>> + 'a>>;

/// What runs and on what, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineInfo {
    /// `processor`, `reference`, `ort` or `wgpu`.
    pub engine: &'static str,
    /// The device in its own words.
    pub device: String,
    /// Threads it uses.
    pub threads: usize,
    /// Whether it computes on a graphics processor.
    pub accelerated: bool,
    /// Why it is not something faster; empty when there is nothing to say.
    pub notes: Vec<String>,
}

/// A tensor on an engine's device. Cheap to clone; freed with its last clone.
#[derive(Clone)]
pub struct Buffer {
    shape: Vec<usize>,
    dtype: DType,
    storage: Rc<dyn Any>,
}

impl Buffer {
    /// An engine's own storage with its sizes.
    pub(crate) fn new(shape: &[usize], dtype: DType, storage: Rc<dyn Any>) -> Self {
        Self { shape: shape.to_vec(), dtype, storage }
    }

    /// Sizes, outermost first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Element type.
    #[must_use]
    pub const fn dtype(&self) -> DType {
        self.dtype
    }

    /// Bytes it takes on the device.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.bytes()
    }

    /// The storage, if it is this engine's.
    pub(crate) fn storage<T: 'static>(&self) -> Result<&T, EngineError> {
        self.storage.downcast_ref().ok_or(EngineError::ForeignBuffer)
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({}{:?})", self.dtype, self.shape)
    }
}

/// Runs graphs on one device.
pub trait Engine {
    /// What it is.
    fn info(&self) -> &EngineInfo;

    /// Adds something worth knowing about why it runs.
    fn add_note(&mut self, note: String);

    /// Prepares a graph for running.
    fn compile(&self, graph: &Graph) -> Pending<'_, Program>;

    /// Copies a tensor to the device.
    fn upload(&self, tensor: &Tensor) -> Pending<'_, Buffer>;

    /// Copies a tensor back.
    fn read(&self, buffer: &Buffer) -> Pending<'_, Tensor>;
}

/// What an engine makes of a graph.
pub(crate) trait Compiled {
    /// Runs it. Arguments have been checked; `batch` is the number of images they hold.
    fn run(&self, inputs: &[&Buffer], batch: usize) -> Pending<'_, Vec<Buffer>>;
}

/// A graph ready to run.
pub struct Program {
    /// The number of images per run that suits the device; an engine may set it.
    preferred_batch: Option<usize>,
    inputs: Vec<(String, TensorType)>,
    outputs: Vec<(String, TensorType)>,
    /// What a run takes of the machine's memory; `None` where a device has its own.
    demand: Option<Demand>,
    compiled: Box<dyn Compiled>,
}

impl Program {
    pub(crate) fn new(graph: &Graph, compiled: Box<dyn Compiled>) -> Self {
        let inputs = graph.inputs().iter().map(|i| (graph.value(*i).name.clone(), graph.ty(*i).clone())).collect();
        let outputs = graph.outputs().iter().map(|o| (o.name.clone(), graph.ty(o.value).clone())).collect();
        Self { preferred_batch: None, inputs, outputs, demand: None, compiled }
    }

    /// The number of images per run that suits the device and the memory that may be taken, at most `batch`: callers whose results do not depend on how images
    /// are grouped take this one.
    #[must_use]
    pub(crate) fn batch_up_to(&self, batch: usize) -> usize {
        let preferred = self.preferred_batch.unwrap_or(batch).min(batch).max(1);
        self.demand.as_ref().map_or(preferred, |demand| demand.comfortable(preferred))
    }

    /// The number of images per run that the memory that may be taken has room for, at most `batch`, whatever suits the device.
    #[must_use]
    pub(crate) fn fits_up_to(&self, batch: usize) -> usize {
        self.demand.as_ref().map_or(batch.max(1), |demand| demand.comfortable(batch))
    }

    /// Names and types of the arguments, in calling order.
    #[must_use]
    pub fn inputs(&self) -> &[(String, TensorType)] {
        &self.inputs
    }

    /// Names and types of the results.
    #[must_use]
    pub fn outputs(&self) -> &[(String, TensorType)] {
        &self.outputs
    }

    /// Runs the graph on buffers of its engine; results stay on the device.
    ///
    /// # Errors
    /// [`EngineError::Argument`] when an argument has another type or size than the graph's input, or what the device reports.
    pub async fn run(&self, inputs: &[&Buffer]) -> Result<Vec<Buffer>, EngineError> {
        let batch = self.batch(inputs)?;
        if let Some(demand) = &self.demand {
            demand.check(batch)?;
        }
        breathe().await;
        self.compiled.run(inputs, batch).await
    }

    /// The batch size that the arguments agree on; 1 when none depends on it.
    fn batch(&self, inputs: &[&Buffer]) -> Result<usize, EngineError> {
        if inputs.len() != self.inputs.len() {
            return Err(EngineError::ArgumentCount { expected: self.inputs.len(), found: inputs.len() });
        }
        let mut batch = None;
        for ((_, ty), buffer) in self.inputs.iter().zip(inputs) {
            let dependent = ty.shape.iter().zip(buffer.shape()).find(|(dim, _)| dim.batch > 0);
            if let (Some((dim, size)), None) = (dependent, batch) {
                batch = Some(size.saturating_sub(dim.fixed) / dim.batch);
            }
        }
        let batch = batch.unwrap_or(1);
        for ((name, ty), buffer) in self.inputs.iter().zip(inputs) {
            if ty.at(batch) != buffer.shape() || ty.dtype != buffer.dtype() {
                let found = format!("{}{:?}", buffer.dtype(), buffer.shape());
                return Err(EngineError::Argument { name: name.clone(), expected: ty.to_string(), found });
            }
        }
        Ok(batch)
    }
}
