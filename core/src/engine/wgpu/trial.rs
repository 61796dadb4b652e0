//! What tests and benches ask of the engine and no study does: kernels of other devices, what a program takes, a device that is lost. Only with
//! the crate's feature `trial`.

use super::device::{self, Device};
use super::run::Running;
use super::{Adapter, Wgpu};
use crate::engine::EngineError;
use crate::graph::Graph;

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
        Ok(Self::on(adapter, device))
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

    /// Destroys the device, as a crash of its driver would: for trying what follows.
    pub fn destroy(&self) {
        self.shared.device.raw.destroy();
    }
}
