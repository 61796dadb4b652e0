//! A program whose arguments go through one session at once: its results stay where the device left them.

use ort::memory::MemoryInfo;
use ort::value::{DynTensor, DynValue};

use super::sessions::Sessions;
use super::{convert, device_error, failed};
use crate::engine::{Buffer, EngineError};

/// A graph as one session runs it.
pub(super) struct Whole {
    sessions: Sessions,
    memory: MemoryInfo<'static>,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Whole {
    /// `sessions` of a graph with these inputs and outputs; results are left in `memory`.
    pub(super) fn new(
        sessions: Sessions,
        memory: MemoryInfo<'static>,
        (inputs, outputs): (Vec<String>, Vec<String>),
    ) -> Self {
        Self { sessions, memory, inputs, outputs }
    }

    /// Makes the session for any batch size now.
    ///
    /// # Errors
    /// [`EngineError::Device`] when ONNX Runtime refuses the graph.
    pub(super) fn prepare(&mut self) -> Result<(), EngineError> {
        self.sessions.any().map(|_| ())
    }

    /// Results for `batch` images.
    ///
    /// # Errors
    /// [`EngineError::Device`], [`EngineError::ForeignBuffer`].
    pub(super) fn run(&mut self, inputs: &[&Buffer], batch: usize) -> Result<Vec<Buffer>, EngineError> {
        let at = |e: ort::Error| failed("running a program", &e);
        let session = self.sessions.best(batch)?;
        let mut binding = session.create_binding().map_err(at)?;
        for (name, buffer) in self.inputs.iter().zip(inputs) {
            binding.bind_input(name, buffer.storage::<DynTensor>()?).map_err(at)?;
        }
        for name in &self.outputs {
            binding.bind_output_to_device(name, &self.memory).map_err(at)?;
        }
        let mut results = session.run_binding(&binding).map_err(at)?;
        self.outputs.iter().map(|name| convert::to_buffer(claim(results.remove(name), name)?)).collect()
    }
}

/// A result as a tensor of ONNX Runtime's.
pub(super) fn claim(value: Option<DynValue>, name: &str) -> Result<DynTensor, EngineError> {
    let value = value.ok_or_else(|| device_error("running a program", format!("result `{name}` did not come")))?;
    value.downcast().map_err(|e| failed("running a program", &e))
}
