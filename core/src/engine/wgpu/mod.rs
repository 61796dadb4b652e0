//! The graphics processor through wgpu: Vulkan, Metal or DX12 on a workstation, WebGPU in a browser.
//!
//! A program is the graph, prepared by `expand`, and for each batch size a `plan`: launches of the kernels in `shaders/`, with
//! pointwise operators fused into them. State stays in buffers of the device; nothing waits but futures.

mod adapter;
mod constants;
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
mod words;
mod woven;

use std::rc::Rc;

pub use adapter::{Adapter, adapters};
pub use costs::{Cost, costs_on_card};
pub use draw::Draw;

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

/// Which kernels are chosen where there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tuning {
    /// Those that suit the adapter.
    ForAdapter,
    /// Those of graphics cards, whatever the adapter: for trying them without one.
    ForCards,
    /// As if a kernel could see no more than so many bytes of a tensor: for trying what happens then.
    Within(u64),
}

/// What a program takes on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Launches of a run.
    pub launches: usize,
    /// Bytes of the buffers that steps share.
    pub planned_bytes: u64,
    /// Bytes of all tensors that the launches make, as if none shared a buffer.
    pub unshared_bytes: u64,
    /// Bytes of every tensor that the graph's nodes make, as if nothing were fused or shared.
    pub all_bytes: u64,
}

impl Wgpu {
    /// The engine on an adapter.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] with the adapter's words.
    pub async fn new(adapter: &Adapter) -> Result<Self, EngineError> {
        Self::tuned(adapter, Tuning::ForAdapter).await
    }

    /// The engine on an adapter, with the kernels of another kind of device if that is asked for.
    ///
    /// # Errors
    /// As [`Wgpu::new`].
    pub async fn tuned(adapter: &Adapter, tuning: Tuning) -> Result<Self, EngineError> {
        let mut device = Device::open(adapter.raw()).await?;
        device.on_processor &= tuning != Tuning::ForCards;
        if let Tuning::Within(bytes) = tuning {
            device.limits.max_storage_buffer_binding_size = bytes.min(device.limits.max_storage_buffer_binding_size);
        }
        let device = Rc::new(device);
        let info = EngineInfo {
            engine: ENGINE,
            device: adapter.describe(),
            threads: 1,
            accelerated: adapter.is_hardware(),
            notes: adapter.notes(&device.limits),
        };
        let (pipelines, constants, pace) = Default::default();
        Ok(Self { info, shared: Rc::new(Shared { device, pipelines, constants, pace }) })
    }

    /// What a graph would take with `batch` images.
    ///
    /// # Errors
    /// As compiling it.
    pub fn footprint(&self, graph: &Graph, batch: usize) -> Result<Footprint, EngineError> {
        let plan = Running::new(&self.shared, graph)?.plan(batch)?;
        let made = graph.nodes().iter().flat_map(|node| &node.outputs);
        let words = made.map(|o| graph.ty(*o).at(batch).iter().product::<usize>());
        Ok(Footprint {
            launches: plan.steps.len(),
            planned_bytes: plan.slots.words.iter().map(|w| device::bytes_of(*w)).sum(),
            unshared_bytes: plan.unshared_bytes(),
            all_bytes: words.map(device::bytes_of).sum(),
        })
    }

    /// Random numbers for `images` (indices in their data set), `elements` each, f32 [images, elements]: those that
    /// [`Stream`](crate::random::Stream) gives for each image, bit for bit.
    ///
    /// # Errors
    /// [`EngineError::Range`] for more numbers than 32 bits count, or what the device reports.
    pub fn uniform(&self, draw: &Draw, images: &[u64], elements: usize) -> Result<Buffer, EngineError> {
        draw::draw(&self.shared, draw, images, elements)
    }

    /// Pipelines made so far.
    #[must_use]
    pub fn pipelines(&self) -> usize {
        self.shared.pipelines.count()
    }

    /// Bytes of buffers that are in use or wait to be used again.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.shared.device.held_bytes()
    }

    /// Answers when the device has done everything handed in so far.
    ///
    /// # Errors
    /// [`EngineError::Lost`] or what the device reports.
    pub async fn idle(&self) -> Result<(), EngineError> {
        self.shared.device.idle().await
    }

    /// Destroys the device, as a crash of its driver would: for trying what follows.
    pub fn destroy(&self) {
        self.shared.device.raw.destroy();
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
