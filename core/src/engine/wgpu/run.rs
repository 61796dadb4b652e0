//! A plan with everything it needs on the device, and running it.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use stitchscope_shaders::Kernel;

use super::constants::Constants;
use super::device::{Device, Storage, bytes_of};
use super::expand::expand;
use super::pace::Pace;
use super::pipelines::{Pipeline, Pipelines};
use super::plan::{Home, Plan, Step, TensorId, Traits, plan};
use super::tiles::Tiles;
use super::woven::unwoven;
use crate::engine::{Buffer, Compiled, EngineError, Pending};
use crate::graph::Graph;
use crate::rewrite::fold_constants;

/// What programs of one device share.
pub(super) struct Shared {
    /// The device.
    pub device: Rc<Device>,
    /// Its pipelines.
    pub pipelines: Pipelines,
    /// Its constants.
    pub constants: Constants,
    /// How fast it is.
    pub pace: Pace,
}

impl Shared {
    /// What a plan must know of the device.
    pub(super) fn traits(&self) -> Traits {
        let limits = &self.device.limits;
        Traits {
            bindings: limits.max_storage_buffers_per_shader_stage as usize,
            groups: limits.max_compute_workgroups_per_dimension,
            largest_tensor: self.device.largest_tensor(),
            on_processor: self.device.on_processor,
        }
    }
}

impl Shared {
    /// Runs a kernel as it stands once, over `count` invocations.
    ///
    /// # Errors
    /// What the device reports.
    pub(super) fn launch_once(
        &self,
        kernel: &'static Kernel,
        params: &[u32],
        buffers: &[(&Storage, bool)],
        count: usize,
    ) -> Result<(), EngineError> {
        let bindings = (0..).zip(buffers).map(|(i, (_, writes))| (TensorId(i), *writes)).collect();
        let params = params.to_vec();
        let step = Step { kernel, emit: None, constants: Vec::new(), params, bindings, groups: [1; 3], work: 1 };
        let pipeline = self.pipelines.of(&self.device, &step)?;
        let stride = bytes_of(step.params.len().next_multiple_of(4));
        let uniforms = uniforms(&self.device, &[step], stride)?;
        let bound = buffers.iter().map(|(storage, _)| storage.raw.as_entire_binding());
        let resources = std::iter::once(uniforms.as_entire_binding()).chain(bound);
        let entries: Vec<_> =
            (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        let layout = &pipeline.layout;
        let bound =
            self.device.raw.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries });
        let groups = u32::try_from(count.div_ceil(kernel.workgroup[0] as usize)).unwrap_or(u32::MAX);
        let most = self.device.limits.max_compute_workgroups_per_dimension;
        let rows = groups.div_ceil(most).max(1);
        let mut encoder = self.device.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline.raw);
        pass.set_bind_group(0, &bound, &[]);
        pass.dispatch_workgroups(groups.div_ceil(rows), rows, 1);
        drop(pass);
        self.device.queue.submit([encoder.finish()]);
        self.device.check("drawing random numbers")
    }
}

/// Plans of a program that are kept: the full batch and the last, smaller one of a pass.
const KEPT: usize = 3;

/// A graph with a plan for every batch size that came lately.
pub(super) struct Running {
    shared: Rc<Shared>,
    graph: Graph,
    ready: RefCell<Vec<(usize, Rc<Ready>)>>,
    /// Set when a batch was too large: the program part by part, or `None` where it cannot be taken apart.
    tiles: OnceCell<Option<Box<Tiles>>>,
}

/// A plan on the device.
struct Ready {
    plan: Plan,
    pipelines: Vec<Rc<Pipeline>>,
    uniforms: wgpu::Buffer,
    stride: u64,
    slots: Vec<Storage>,
    constants: HashMap<TensorId, Rc<Storage>>,
    /// Bind groups of steps that see neither arguments nor results.
    fixed: Vec<Option<wgpu::BindGroup>>,
}

impl Running {
    /// A program for `graph`.
    ///
    /// # Errors
    /// [`EngineError::Graph`] when an operator cannot be taken apart.
    pub(super) fn new(shared: &Rc<Shared>, graph: &Graph) -> Result<Self, EngineError> {
        let graph = if shared.device.on_processor { expand(graph)? } else { expand(&unwoven(graph)?)? };
        Ok(Self::prepared(shared, &fold_constants(&graph)?))
    }

    /// A program for a graph that `expand` has prepared.
    pub(super) fn prepared(shared: &Rc<Shared>, graph: &Graph) -> Self {
        let (ready, tiles) = Default::default();
        Self { shared: Rc::clone(shared), graph: graph.clone(), ready, tiles }
    }

    /// The plan for `batch` images, for inspection.
    ///
    /// # Errors
    /// As [`plan`].
    pub(super) fn plan(&self, batch: usize) -> Result<Plan, EngineError> {
        plan(&self.graph, batch, self.shared.traits())
    }

    fn ready(&self, batch: usize) -> Result<Rc<Ready>, EngineError> {
        let mut kept = self.ready.borrow_mut();
        if let Some(at) = kept.iter().position(|(b, _)| *b == batch) {
            let found = kept.remove(at);
            kept.push(found);
        } else {
            if kept.len() == KEPT {
                kept.remove(0);
            }
            kept.push((batch, Rc::new(Ready::new(&self.shared, self.plan(batch)?)?)));
        }
        kept.last().map(|(_, ready)| Rc::clone(ready)).ok_or(EngineError::ForeignBuffer)
    }

    async fn run_now(&self, inputs: &[Buffer], batch: usize) -> Result<Vec<Buffer>, EngineError> {
        if self.tiles.get().is_none() {
            match self.run_whole(inputs, batch).await {
                Err(why @ EngineError::TooLarge { .. }) if batch > 1 => {
                    let tiles = Tiles::new(&self.shared, &self.graph)?.map(Box::new);
                    if tiles.is_none() {
                        return Err(why);
                    }
                    // Set once; a second program of the same batch finds it.
                    let _ = self.tiles.set(tiles);
                }
                outcome => return outcome,
            }
        }
        match self.tiles.get() {
            Some(Some(tiles)) => tiles.run(inputs, batch).await,
            _ => self.run_whole(inputs, batch).await,
        }
    }

    /// A run in one piece.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] when a tensor is beyond the device, or what the device reports.
    pub(super) async fn run_whole(&self, inputs: &[Buffer], batch: usize) -> Result<Vec<Buffer>, EngineError> {
        let shared = &self.shared;
        shared.device.check("running a program")?;
        let arguments = inputs.iter().map(|b| on_device(b, &shared.device)).collect::<Result<Vec<_>, _>>()?;
        let ready = self.ready(batch)?;
        let results = ready.results(shared, &arguments)?;
        ready.encode(shared, &arguments, &results).await?;
        let outputs = self.graph.outputs().iter().zip(&ready.plan.results);
        outputs
            .map(|(output, tensor)| {
                let ty = self.graph.ty(output.value);
                let storage = ready.find(*tensor, &arguments, &results);
                let storage = storage.ok_or(EngineError::ForeignBuffer)?;
                Ok(Buffer::new(&ty.at(batch), ty.dtype, Rc::new(Held(storage))))
            })
            .collect()
    }
}

/// A buffer's storage on the device.
pub(super) struct Held(pub Rc<Storage>);

/// The storage of `buffer`, if it is on `device`.
///
/// # Errors
/// [`EngineError::ForeignBuffer`] for a buffer of another engine, or of a device that was lost since.
pub(super) fn on_device(buffer: &Buffer, device: &Rc<Device>) -> Result<Rc<Storage>, EngineError> {
    let held = buffer.storage::<Held>()?;
    if held.0.is_on(device) { Ok(Rc::clone(&held.0)) } else { Err(EngineError::ForeignBuffer) }
}

impl Compiled for Running {
    fn run(&self, inputs: &[&Buffer], batch: usize) -> Pending<'_, Vec<Buffer>> {
        let inputs: Vec<Buffer> = inputs.iter().map(|b| (*b).clone()).collect();
        Box::pin(async move { self.run_now(&inputs, batch).await })
    }
}

type Results = HashMap<TensorId, Rc<Storage>>;

impl Ready {
    fn new(shared: &Rc<Shared>, plan: Plan) -> Result<Self, EngineError> {
        let device = &shared.device;
        let pipelines = plan.steps.iter().map(|s| shared.pipelines.of(device, s)).collect::<Result<Vec<_>, _>>()?;
        let slots = plan.slots.words.iter().map(|words| device.buffer(bytes_of(*words)));
        let slots = slots.collect::<Result<Vec<_>, _>>()?;
        let mut constants = HashMap::new();
        for (index, tensor) in plan.tensors.iter().enumerate() {
            if let Home::Constant(weights) = &tensor.home {
                constants.insert(TensorId(index), shared.constants.of(device, weights)?);
            }
        }
        let stride = u64::from(device.limits.min_uniform_buffer_offset_alignment);
        let stride =
            plan.steps.iter().map(|s| bytes_of(s.params.len())).max().unwrap_or(0).div_ceil(stride).max(1) * stride;
        let uniforms = uniforms(device, &plan.steps, stride)?;
        let mut ready = Self { plan, pipelines, uniforms, stride, slots, constants, fixed: Vec::new() };
        let (none, nothing) = (Vec::new(), HashMap::new());
        ready.fixed = (0..ready.plan.steps.len()).map(|i| ready.bind(device, i, &none, &nothing)).collect();
        device.check("preparing a program")?;
        Ok(ready)
    }

    /// Fresh storage for every result that a step makes.
    fn results(&self, shared: &Shared, arguments: &[Rc<Storage>]) -> Result<Results, EngineError> {
        let mut results = HashMap::new();
        for tensor in &self.plan.results {
            if self.find(*tensor, arguments, &results).is_none() {
                let words = self.plan.tensors[tensor.0].words;
                results.insert(*tensor, Rc::new(shared.device.buffer(bytes_of(words))?));
            }
        }
        Ok(results)
    }

    fn find(&self, tensor: TensorId, arguments: &[Rc<Storage>], results: &Results) -> Option<Rc<Storage>> {
        match self.plan.tensors[tensor.0].home {
            Home::Input(index) => arguments.get(index).map(Rc::clone),
            Home::Constant(_) => self.constants.get(&tensor).map(Rc::clone),
            Home::Made => results.get(&tensor).map(Rc::clone),
        }
    }

    /// Bindings of step `index`; `None` when an argument or result is missing.
    fn bind(
        &self,
        device: &Device,
        index: usize,
        arguments: &[Rc<Storage>],
        results: &Results,
    ) -> Option<wgpu::BindGroup> {
        let step = &self.plan.steps[index];
        let found: Vec<Option<Rc<Storage>>> =
            step.bindings.iter().map(|(tensor, _)| self.find(*tensor, arguments, results)).collect();
        let mut entries = Vec::with_capacity(found.len() + 1);
        let uniform = wgpu::BufferBinding {
            buffer: &self.uniforms,
            offset: index as u64 * self.stride,
            size: std::num::NonZeroU64::new(bytes_of(step.params.len().next_multiple_of(4))),
        };
        entries.push(wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(uniform) });
        for (binding, ((tensor, _), found)) in (1..).zip(step.bindings.iter().zip(&found)) {
            let raw = match (self.plan.slots.of_tensor[tensor.0], found) {
                (Some(slot), _) => &self.slots[slot].raw,
                (None, Some(storage)) => &storage.raw,
                (None, None) => return None,
            };
            entries.push(wgpu::BindGroupEntry { binding, resource: raw.as_entire_binding() });
        }
        let layout = &self.pipelines[index].layout;
        Some(device.raw.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries }))
    }

    async fn encode(&self, shared: &Shared, arguments: &[Rc<Storage>], results: &Results) -> Result<(), EngineError> {
        let mut next = 0;
        while next < self.plan.steps.len() {
            let (end, work) = self.piece(next, shared.pace.piece());
            let mut encoder = shared.device.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for index in next..end {
                let bound = match &self.fixed[index] {
                    Some(fixed) => Some(fixed.clone()),
                    None => self.bind(&shared.device, index, arguments, results),
                };
                let [x, y, z] = self.plan.steps[index].groups;
                pass.set_pipeline(&self.pipelines[index].raw);
                pass.set_bind_group(0, bound.as_ref(), &[]);
                pass.dispatch_workgroups(x, y, z);
            }
            drop(pass);
            shared.device.queue.submit([encoder.finish()]);
            shared.pace.handed_in(&shared.device, work);
            shared.pace.wait(&shared.device).await?;
            next = end;
        }
        shared.device.check("running a program")
    }

    /// The end of the piece that begins at step `first`, and its work.
    fn piece(&self, first: usize, most: u64) -> (usize, u64) {
        let mut work = 0;
        for (index, step) in self.plan.steps.iter().enumerate().skip(first) {
            if index > first && work + step.work > most {
                return (index, work);
            }
            work += step.work;
        }
        (self.plan.steps.len(), work)
    }
}

/// The uniform blocks of all steps, `stride` bytes apart.
fn uniforms(device: &Device, steps: &[Step], stride: u64) -> Result<wgpu::Buffer, EngineError> {
    let size = (steps.len() as u64 * stride).max(stride);
    let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
    let descriptor = wgpu::BufferDescriptor { label: Some("params"), size, usage, mapped_at_creation: false };
    let buffer = device.raw.create_buffer(&descriptor);
    let per_step = usize::try_from(stride / 4).unwrap_or_default();
    let mut words = vec![0_u32; steps.len().max(1) * per_step];
    for (block, step) in words.chunks_mut(per_step).zip(steps) {
        block[..step.params.len()].copy_from_slice(&step.params);
    }
    device.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(&words));
    device.check("preparing a program").map(|()| buffer)
}
