//! The graphics processor through wgpu: Vulkan, Metal or DX12 on a workstation, WebGPU in a browser.
//!
//! A program is the graph, prepared by `expand`, and for each batch size a `plan`: launches of the kernels in `shaders/`, with
//! pointwise operators fused into them. State stays in buffers of the device; nothing waits but futures.

mod adapter;
mod constants;
#[cfg(any(test, feature = "trial"))]
mod costs;
mod device;
mod draw;
mod expand;
mod kernels;
mod pace;
mod pipelines;
mod plan;
mod pointwise;
mod run;
mod tiles;
#[cfg(any(test, feature = "trial"))]
mod trial;
mod words;
mod woven;

use std::rc::Rc;

pub use adapter::{Adapter, adapters};
#[cfg(any(test, feature = "trial"))]
pub use costs::{Cost, costs_on_card};
pub use draw::Draw;
#[cfg(any(test, feature = "trial"))]
pub use trial::{Footprint, Tuning};

use super::{Buffer, Engine, EngineError, EngineInfo, Pending, Program};
use crate::graph::Graph;
use crate::tensor::Tensor;
use device::Device;
use run::{Held, Running, Shared, on_device};

const ENGINE: &str = "wgpu";

/// The wgpu engine.
pub struct Wgpu {
    info: EngineInfo,
    shared: Rc<Shared>,
}

impl Wgpu {
    /// The engine on an adapter.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] with the adapter's words.
    pub async fn new(adapter: &Adapter) -> Result<Self, EngineError> {
        Ok(Self::on(adapter, Device::open(adapter.raw()).await?))
    }

    fn on(adapter: &Adapter, device: Device) -> Self {
        let info = EngineInfo {
            engine: ENGINE,
            device: adapter.describe(),
            threads: 1,
            accelerated: adapter.is_hardware(),
            notes: adapter.notes(&device.limits),
        };
        let (pipelines, constants, pace) = Default::default();
        Self { info, shared: Rc::new(Shared { device: Rc::new(device), pipelines, constants, pace }) }
    }

    /// Random numbers for `images` (indices in their data set), `elements` each, f32 [images, elements]: those that
    /// [`Stream`](crate::random::Stream) gives for each image, bit for bit.
    ///
    /// # Errors
    /// [`EngineError::Range`] for more numbers than 32 bits count, or what the device reports.
    pub fn uniform(&self, draw: &Draw, images: &[u64], elements: usize) -> Result<Buffer, EngineError> {
        draw::draw(&self.shared, draw, images, elements)
    }

    /// Answers when the device has done everything handed in so far.
    ///
    /// # Errors
    /// [`EngineError::Lost`] or what the device reports.
    pub async fn idle(&self) -> Result<(), EngineError> {
        self.shared.device.idle().await
    }
}

impl Engine for Wgpu {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn add_note(&mut self, note: String) {
        self.info.notes.push(note);
    }

    fn compile(&self, graph: &Graph) -> Pending<'_, Program> {
        let program = Running::new(&self.shared, graph).map(|running| Program::new(graph, Box::new(running)));
        Box::pin(async move { program })
    }

    fn upload(&self, tensor: &Tensor) -> Pending<'_, Buffer> {
        let device = &self.shared.device;
        let storage = words::to_words(tensor).and_then(|words| device.buffer_with(&words));
        let buffer = storage.map(|s| Buffer::new(tensor.shape(), tensor.dtype(), Rc::new(Held(Rc::new(s)))));
        Box::pin(async move { buffer })
    }

    fn read(&self, buffer: &Buffer) -> Pending<'_, Tensor> {
        let buffer = buffer.clone();
        Box::pin(async move {
            let device = &self.shared.device;
            let storage = on_device(&buffer, device)?;
            let words = device.read(&storage, buffer.shape().iter().product()).await?;
            words::from_words(buffer.shape(), buffer.dtype(), &words)
        })
    }
}
