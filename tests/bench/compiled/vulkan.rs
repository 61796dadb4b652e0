//! What Mesa's compiler for AMD cards makes of a shader, on a machine without a card: RADV plays a card of the family that
//! `RADV_FORCE_FAMILY` names, compiles, and tells of it by `VK_KHR_pipeline_executable_properties`. It cannot run anything.
//!
//! wgpu refuses such a device, so Vulkan is called as it is, a C interface: the one file with `unsafe`.
#![expect(unsafe_code, reason = "Vulkan is a C interface; this file is for measuring alone and reaches no user")]

use std::ffi::CStr;

use anyhow::{Context, Result, anyhow};
use ash::{khr, vk};

use crate::spirv::{Bound, Module};

/// A card that can only compile.
pub struct Card {
    /// Its name.
    pub name: String,
    device: ash::Device,
    executables: khr::pipeline_executable_properties::Device,
    // Kept alive; the process ends with it.
    _instance: ash::Instance,
    _entry: ash::Entry,
}

/// What the compiler says of one shader.
pub struct Compiled {
    /// Numbers by name, as the driver calls them.
    pub statistics: Vec<(String, u64)>,
    /// The machine code as text.
    pub assembly: String,
}

impl Card {
    /// The first card that the driver plays.
    ///
    /// # Errors
    /// If there is no Vulkan, no card, or one that says nothing of what it compiles.
    pub fn open() -> Result<Self> {
        // SAFETY: the loader of this machine is trusted as every Vulkan program trusts it.
        let entry = unsafe { ash::Entry::load() }.context("no Vulkan loader (Debian: libvulkan1)")?;
        let about = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_2);
        let wanted = vk::InstanceCreateInfo::default().application_info(&about);
        // SAFETY: all that `wanted` points to lives until the call returns; so it is below.
        let instance = unsafe { entry.create_instance(&wanted, None) }.context("the driver does not start")?;
        // SAFETY: the instance lives.
        let cards = unsafe { instance.enumerate_physical_devices() }?;
        let card = *cards.first().context("the driver plays no card")?;
        // SAFETY: the card belongs to the instance.
        let about = unsafe { instance.get_physical_device_properties(card) };
        let name = about.device_name_as_c_str().context("a card without a name")?.to_string_lossy().into_owned();
        let mut told =
            vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default().pipeline_executable_info(true);
        // As wgpu asks for it: with it naga leaves checks of bounds to the card.
        let mut robust = vk::PhysicalDeviceRobustness2FeaturesEXT::default().robust_buffer_access2(true);
        let features = vk::PhysicalDeviceFeatures::default().robust_buffer_access(true);
        let queues = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
        let extensions = [khr::pipeline_executable_properties::NAME.as_ptr(), ash::ext::robustness2::NAME.as_ptr()];
        let wanted = vk::DeviceCreateInfo::default()
            .queue_create_infos(&queues)
            .enabled_extension_names(&extensions)
            .enabled_features(&features)
            .push_next(&mut told)
            .push_next(&mut robust);
        // SAFETY: as above.
        let device = unsafe { instance.create_device(card, &wanted, None) }.context("the card cannot be opened")?;
        let executables = khr::pipeline_executable_properties::Device::new(&instance, &device);
        Ok(Self { name, device, executables, _instance: instance, _entry: entry })
    }

    /// Compiles a compute shader.
    ///
    /// # Errors
    /// If the driver refuses it.
    pub fn compile(&self, module: &Module) -> Result<Compiled> {
        let slots: Vec<_> = (0..)
            .zip(&module.bindings)
            .map(|(binding, bound)| {
                let kind = match bound {
                    Bound::Uniform => vk::DescriptorType::UNIFORM_BUFFER,
                    Bound::Storage => vk::DescriptorType::STORAGE_BUFFER,
                };
                vk::DescriptorSetLayoutBinding::default()
                    .binding(binding)
                    .descriptor_type(kind)
                    .descriptor_count(1)
                    .stage_flags(vk::ShaderStageFlags::COMPUTE)
            })
            .collect();
        let device = &self.device;
        // SAFETY: every handle below comes from this device, and everything pointed to lives until its call returns.
        unsafe {
            let code = vk::ShaderModuleCreateInfo::default().code(&module.words);
            let shader = device.create_shader_module(&code, None)?;
            let set = device
                .create_descriptor_set_layout(&vk::DescriptorSetLayoutCreateInfo::default().bindings(&slots), None)?;
            let sets = [set];
            let layout =
                device.create_pipeline_layout(&vk::PipelineLayoutCreateInfo::default().set_layouts(&sets), None)?;
            let stage = vk::PipelineShaderStageCreateInfo::default()
                .stage(vk::ShaderStageFlags::COMPUTE)
                .module(shader)
                .name(c"main");
            let flags = vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR
                | vk::PipelineCreateFlags::CAPTURE_INTERNAL_REPRESENTATIONS_KHR;
            let wanted = vk::ComputePipelineCreateInfo::default().flags(flags).stage(stage).layout(layout);
            let made = device.create_compute_pipelines(vk::PipelineCache::null(), &[wanted], None);
            let pipeline = *made.map_err(|(_, why)| why)?.first().ok_or_else(|| anyhow!("no pipeline was made"))?;
            let found = self.told(pipeline);
            device.destroy_pipeline(pipeline, None);
            device.destroy_pipeline_layout(layout, None);
            device.destroy_descriptor_set_layout(set, None);
            device.destroy_shader_module(shader, None);
            found
        }
    }

    fn told(&self, pipeline: vk::Pipeline) -> Result<Compiled> {
        let about = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline).executable_index(0);
        // SAFETY: the pipeline lives, and was made with leave to be asked.
        let numbers = unsafe { self.executables.get_pipeline_executable_statistics(&about) }?;
        let statistics =
            numbers.iter().filter(|number| number.format == vk::PipelineExecutableStatisticFormatKHR::UINT64);
        let statistics = statistics
            .map(|number| {
                // SAFETY: the format says that it is an unsigned integer.
                let value = unsafe { number.value.u64 };
                Ok((text(number.name_as_c_str()?), value))
            })
            .collect::<Result<_>>()?;
        Ok(Compiled { statistics, assembly: self.assembly(&about)? })
    }

    fn assembly(&self, about: &vk::PipelineExecutableInfoKHR<'_>) -> Result<String> {
        let ask = self.executables.fp().get_pipeline_executable_internal_representations_khr;
        let mut count = 0;
        // SAFETY: without a place to write to, only the count is told.
        unsafe { ask(self.device.handle(), about, &mut count, std::ptr::null_mut()) }.result()?;
        let mut parts = vec![vk::PipelineExecutableInternalRepresentationKHR::default(); count as usize];
        // SAFETY: there is room for as many as were told; without places for the texts their sizes come.
        unsafe { ask(self.device.handle(), about, &mut count, parts.as_mut_ptr()) }.result()?;
        let mut texts: Vec<Vec<u8>> = parts.iter().map(|part| vec![0; part.data_size]).collect();
        for (part, text) in parts.iter_mut().zip(&mut texts) {
            part.p_data = text.as_mut_ptr().cast();
        }
        // SAFETY: each part points to as many bytes as it asked for.
        unsafe { ask(self.device.handle(), about, &mut count, parts.as_mut_ptr()) }.result()?;
        let named = |part: &vk::PipelineExecutableInternalRepresentationKHR<'_>| {
            part.name_as_c_str().is_ok_and(|name| name == c"Assembly")
        };
        let found = parts.iter().zip(texts).find(|(part, _)| named(part)).map(|(_, bytes)| bytes);
        let bytes = found.context("the driver shows no machine code")?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned())
    }
}

fn text(name: &CStr) -> String {
    name.to_string_lossy().into_owned()
}
