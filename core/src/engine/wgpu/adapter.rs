//! Which graphics processors there are, and what they say of themselves.

use super::super::EngineError;
use crate::platform::graphics;

/// A graphics processor that can be opened.
#[derive(Clone, Debug)]
pub struct Adapter {
    raw: wgpu::Adapter,
    info: wgpu::AdapterInfo,
}

/// All adapters that can compute, the fastest kind first.
///
/// # Errors
/// [`EngineError::Unavailable`] when there is none.
pub async fn adapters() -> Result<Vec<Adapter>, EngineError> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(descriptor);
    let found = instance.enumerate_adapters(wgpu::Backends::PRIMARY).await;
    let mut adapters: Vec<Adapter> = found.into_iter().map(|raw| Adapter { info: raw.get_info(), raw }).collect();
    if let Some(unnamed) = adapters.iter_mut().find(|adapter| adapter.info.name.is_empty()) {
        unnamed.info.name = graphics::name().await.unwrap_or_default();
    }
    adapters.sort_by_key(Adapter::rank);
    if adapters.is_empty() {
        let why = "no graphics processor answers; install its driver (Vulkan, Metal or DX12), or Mesa's software \
                   driver (`mesa-vulkan-drivers` on Debian)";
        return Err(EngineError::Unavailable(why.to_owned()));
    }
    Ok(adapters)
}

impl Adapter {
    /// Its name, for choosing.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.info.name
    }

    /// Whether it is hardware rather than a processor in disguise.
    #[must_use]
    pub(crate) fn is_hardware(&self) -> bool {
        self.info.device_type != wgpu::DeviceType::Cpu
    }

    /// Name and interface, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        let kind = match self.info.device_type {
            wgpu::DeviceType::DiscreteGpu => "graphics card",
            wgpu::DeviceType::IntegratedGpu => "graphics processor",
            wgpu::DeviceType::VirtualGpu => "virtual graphics processor",
            wgpu::DeviceType::Cpu => "processor in place of a graphics card",
            wgpu::DeviceType::Other => "device",
        };
        let name = if self.info.name.is_empty() { "unnamed" } else { &self.info.name };
        format!("{name} ({kind}, {})", self.info.backend)
    }

    pub(super) const fn raw(&self) -> &wgpu::Adapter {
        &self.raw
    }

    /// What is worth knowing of it.
    pub(super) fn notes(&self, limits: &wgpu::Limits) -> Vec<String> {
        let largest = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size) >> 20;
        let driver = [self.info.driver.as_str(), self.info.driver_info.as_str()].join(" ");
        let mut notes = vec![format!("Driver: {}; largest tensor {largest} MiB.", driver.trim())];
        if !self.is_hardware() {
            notes.push(
                "This adapter computes on the processor; the engines `ort` and `processor` are faster there."
                    .to_owned(),
            );
        }
        notes
    }

    const fn rank(&self) -> u8 {
        match self.info.device_type {
            wgpu::DeviceType::DiscreteGpu => 0,
            wgpu::DeviceType::IntegratedGpu => 1,
            wgpu::DeviceType::VirtualGpu => 2,
            wgpu::DeviceType::Other => 3,
            wgpu::DeviceType::Cpu => 4,
        }
    }
}
