//! Pipelines, each made once per device: equal text and constants are the same pipeline.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::device::Device;
use super::plan::Step;
use crate::engine::EngineError;

/// A pipeline with the layout of its bindings.
pub(super) struct Pipeline {
    /// What runs.
    pub raw: wgpu::ComputePipeline,
    /// What it binds.
    pub layout: wgpu::BindGroupLayout,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    name: &'static str,
    variant: &'static str,
    emit: Option<String>,
    constants: Vec<(&'static str, u64)>,
}

/// All pipelines of a device.
#[derive(Default)]
pub(super) struct Pipelines {
    made: RefCell<HashMap<Key, Rc<Pipeline>>>,
}

impl Pipelines {
    /// The pipeline of a step.
    ///
    /// # Errors
    /// [`EngineError::Device`] with the device's words when it refuses the kernel.
    pub(super) fn of(&self, device: &Device, step: &Step) -> Result<Rc<Pipeline>, EngineError> {
        let key = Key {
            name: step.kernel.name,
            variant: step.kernel.variant,
            emit: step.emit.clone(),
            constants: step.constants.iter().map(|(name, value)| (*name, value.to_bits())).collect(),
        };
        if let Some(known) = self.made.borrow().get(&key) {
            return Ok(Rc::clone(known));
        }
        let made = Rc::new(make(device, step));
        device.check(&format!("compiling kernel {} ({})", step.kernel.name, step.kernel.variant))?;
        self.made.borrow_mut().insert(key, Rc::clone(&made));
        Ok(made)
    }

    /// How many there are.
    #[cfg(any(test, feature = "trial"))]
    pub(super) fn count(&self) -> usize {
        self.made.borrow().len()
    }
}

fn make(device: &Device, step: &Step) -> Pipeline {
    let kernel = step.kernel;
    let text = step.emit.as_ref().map_or_else(|| kernel.text(), |emit| kernel.source(emit));
    let label = Some(kernel.name);
    let source = wgpu::ShaderSource::Wgsl(text.into());
    let module = device.raw.create_shader_module(wgpu::ShaderModuleDescriptor { label, source });
    let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform)];
    for (binding, (_, writes)) in (1..).zip(&step.bindings) {
        entries.push(entry(binding, wgpu::BufferBindingType::Storage { read_only: !writes }));
    }
    let layout = device.raw.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
    let pipeline_layout = device.raw.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let compilation_options = wgpu::PipelineCompilationOptions {
        constants: &step.constants,
        // Our kernels write their workgroup memory before they read it.
        zero_initialize_workgroup_memory: false,
    };
    let raw = device.raw.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label,
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options,
        cache: None,
    });
    Pipeline { raw, layout }
}

const fn entry(binding: u32, ty: wgpu::BufferBindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}
