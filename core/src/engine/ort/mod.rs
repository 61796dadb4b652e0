//! ONNX Runtime: graphs are written as ONNX, state is bound to the device and stays there.
//!
//! CUDA where the library and the machine have it, the processor otherwise; which one, and why, is in the engine's notes.

#![cfg(not(target_arch = "wasm32"))]

mod convert;
mod lanes;
mod library;
mod lowering;
mod sessions;
mod sums;
mod whole;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use ort::environment::{Environment, GlobalThreadPoolOptions};
use ort::ep;
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::DynTensor;

pub use library::Candidate;
pub(crate) use library::find_library;

use lanes::Lanes;
use lowering::{CACHED_BYTES, FEW, images_in_cache};
use sessions::{Make, Sessions};
use whole::Whole;

use super::memory::Demand;
use super::{Buffer, Compiled, Engine, EngineError, EngineInfo, Pending, Program};
use crate::graph::Graph;
use crate::onnx;
use crate::tensor::{Dim, Tensor};

const ENGINE: &str = "ort";

/// The one environment of the process, or why there is none.
static ENVIRONMENT: OnceLock<Result<(Environment, Candidate), String>> = OnceLock::new();

/// Where programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Device {
    Cpu,
    Cuda,
}

/// The ONNX Runtime engine.
pub struct Ort {
    info: EngineInfo,
    environment: Environment,
    device: Device,
}

impl Ort {
    /// Loads ONNX Runtime and picks the device.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] in one sentence with the remedy when no usable library is found.
    pub fn new() -> Result<Self, EngineError> {
        let (environment, candidate) =
            ENVIRONMENT.get_or_init(load).as_ref().map_err(|why| EngineError::Unavailable(why.clone()))?;
        let (device, note) = match probe_cuda(environment, candidate) {
            Ok(()) => (Device::Cuda, None),
            Err(why) => (Device::Cpu, Some(format!("CUDA is not used: {why}."))),
        };
        let threads = threads();
        let words = match device {
            Device::Cpu => format!("processor, {threads} threads, ONNX Runtime"),
            Device::Cuda => "NVIDIA GPU, CUDA, ONNX Runtime".to_owned(),
        };
        let notes = note.into_iter().chain([format!("Library: {}.", candidate.describe())]).collect();
        let accelerated = device == Device::Cuda;
        let info = EngineInfo { engine: ENGINE, device: words, threads, accelerated, notes };
        Ok(Self { info, environment: environment.clone(), device })
    }

    fn prepare(&self, graph: &Graph) -> Result<Program, EngineError> {
        // Before the library sees it, which computes what is constant while it prepares.
        let demand = (self.device == Device::Cpu).then(|| Demand::of(graph, 1));
        demand.as_ref().map_or(Ok(()), |demand| demand.check(1))?;
        let lowered = match self.device {
            Device::Cpu => lowering::for_processor(graph)?,
            Device::Cuda => graph.clone(),
        };
        let lowered = Arc::new(lowered);
        let weights = lanes::weights(graph);
        let keeps = demand.as_ref().is_none_or(|demand| demand.most(1) < ROOMY);
        // Large images gain a hundredth by a session of their batch size (ResNet-50, 8 images of 224 x 224), and making one takes
        // several times the weights.
        let depends = keeps && graph.inputs().iter().any(|i| graph.ty(*i).shape.iter().any(|d| d.batch > 0));
        let sessions = |threads: Threads| {
            // Written anew for each session: the graph shares its weights with the networks, a file of it would be one more copy.
            let (environment, device, graph) = (self.environment.clone(), self.device, Arc::clone(&lowered));
            let make = move |batch: Option<usize>| {
                let model = onnx::write(&graph, &onnx::WriteOptions::named("step")).map_err(|e| e.to_string())?;
                session(&environment, device, &model, (batch, threads, keeps))
            };
            let make: Arc<Make> = Arc::new(make);
            Sessions::new(make, depends, weights)
        };
        let names = (
            graph.inputs().iter().map(|i| graph.value(*i).name.clone()).collect(),
            graph.outputs().iter().map(|o| o.name.clone()).collect(),
        );
        let mut whole = Whole::new(sessions(Threads::All), self.memory()?, names);
        let mut lanes = match self.device {
            Device::Cpu => Lanes::of(graph, self.info.threads, || sessions(Threads::One)),
            Device::Cuda => None,
        };
        // What runs first is made now, so that a graph that is refused is refused here.
        let images = match (&mut lanes, self.device) {
            (Some(lanes), _) => {
                lanes.prepare()?;
                Some(lanes.images())
            }
            (None, device) => {
                whole.prepare()?;
                (device == Device::Cpu).then(|| images_in_cache(graph, CACHED_BYTES, FEW))
            }
        };
        let running = Running { whole: RefCell::new(whole), lanes: lanes.map(RefCell::new) };
        let mut program = Program::new(graph, Box::new(running));
        program.preferred_batch = images;
        program.demand = demand;
        Ok(program)
    }

    /// Where results are left.
    fn memory(&self) -> Result<MemoryInfo<'static>, EngineError> {
        let (device, kind) = match self.device {
            Device::Cpu => (AllocationDevice::CPU, MemoryType::CPUOutput),
            Device::Cuda => (AllocationDevice::CUDA, MemoryType::Default),
        };
        MemoryInfo::new(device, 0, AllocatorType::Device, kind).map_err(|e| failed("naming the device", &e))
    }
}

impl Engine for Ort {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn add_note(&mut self, note: String) {
        self.info.notes.push(note);
    }

    fn compile(&self, graph: &Graph) -> Pending<'_, Program> {
        let program = self.prepare(graph);
        Box::pin(async move { program })
    }

    fn upload(&self, tensor: &Tensor) -> Pending<'_, Buffer> {
        // Inputs of the CUDA provider are copied when they are bound; what a program leaves is already there.
        let buffer = convert::to_value(tensor)
            .map(|value| Buffer::new(tensor.shape(), tensor.dtype(), Rc::new(value)))
            .map_err(|e| failed("copying a tensor to the device", &e));
        Box::pin(async move { buffer })
    }

    fn read(&self, buffer: &Buffer) -> Pending<'_, Tensor> {
        let tensor = buffer.storage::<DynTensor>().and_then(|value| match self.device {
            Device::Cpu => convert::to_tensor(value),
            Device::Cuda => value
                .to(AllocationDevice::CPU, 0)
                .map_err(|e| failed("copying a tensor from the device", &e))
                .and_then(|host| convert::to_tensor(&host)),
        });
        Box::pin(async move { tensor })
    }
}

struct Running {
    whole: RefCell<Whole>,
    lanes: Option<RefCell<Lanes>>,
}

impl Compiled for Running {
    fn run(&self, inputs: &[&Buffer], batch: usize) -> Pending<'_, Vec<Buffer>> {
        let results = match &self.lanes {
            Some(lanes) if lanes.borrow().suit(batch) => lanes.borrow_mut().run(inputs, batch),
            _ => self.whole.borrow_mut().run(inputs, batch),
        };
        Box::pin(async move { results })
    }
}

fn load() -> Result<(Environment, Candidate), String> {
    let candidate = find_library()?;
    let build = || -> Result<Environment, String> {
        let builder = ort::init_from(&candidate.path).map_err(|e| e.to_string())?;
        let builder = builder.with_name("stitchscope").with_telemetry(false);
        // One pool for all programs: a study holds dozens of them.
        let pool = GlobalThreadPoolOptions::default()
            .with_intra_threads(threads())
            .and_then(|pool| pool.with_inter_threads(1))
            .map_err(|e| e.to_string())?;
        builder.with_global_thread_pool(pool).build().map_err(|e| e.to_string())
    };
    let environment = build().map_err(|why| {
        format!(
            "ONNX Runtime at {} could not be loaded ({why}); run `cargo xtask setup` for a fitting one",
            candidate.describe()
        )
    })?;
    environment.set_log_level(ort::logging::LogLevel::Error);
    Ok((environment, candidate))
}

/// Bytes of one image's run from which a session gives memory back after each run. Kept, it would be a multiple of the largest run, in every
/// session of a study; taken anew it costs a small part of what such a run computes.
const ROOMY: u64 = 8 << 20;

/// Threads of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threads {
    /// The pool of the process.
    All,
    /// The caller's alone.
    One,
}

/// A session for a model, for any batch size or for one; `keeps` the memory of a run for the next one.
fn session(
    environment: &Environment,
    device: Device,
    model: &[u8],
    (batch, threads, keeps): (Option<usize>, Threads, bool),
) -> Result<Session, String> {
    let mut builder = builder(environment)?;
    if !keeps {
        let roomless = ep::CPU::default().with_arena_allocator(false).build();
        builder = builder.with_execution_providers([roomless]).map_err(|e| e.to_string())?;
    }
    if threads == Threads::One {
        builder = builder.with_independent_thread_pool().map_err(|e| e.to_string())?;
        builder = builder.with_intra_threads(1).map_err(|e| e.to_string())?;
    }
    if let Some(size) = batch.and_then(|b| i64::try_from(b).ok()) {
        let name = Dim::BATCH.to_string();
        builder = builder.with_dimension_override(name, size).map_err(|e| e.to_string())?;
    }
    if device == Device::Cuda {
        builder = builder.with_execution_providers([cuda()]).map_err(|e| e.to_string())?;
    }
    builder.commit_from_memory(model).map_err(|e| e.to_string())
}

fn builder(environment: &Environment) -> Result<SessionBuilder, String> {
    let builder = Session::builder(environment).map_err(|e| e.to_string())?;
    builder.with_optimization_level(GraphOptimizationLevel::All).map_err(|e| e.to_string())
}

fn cuda() -> ep::ExecutionProviderDispatch {
    // TF32 would round products to 10 bits: gradients near zero would change sign.
    ep::CUDA::default().with_tf32(false).build().error_on_failure()
}

/// Whether the CUDA provider can be had, else why not.
fn probe_cuda(environment: &Environment, candidate: &Candidate) -> Result<(), String> {
    if !candidate.has_cuda_provider() {
        return Err(
            "this ONNX Runtime is the one for processors; set ORT_DYLIB_PATH to that of onnxruntime-gpu".to_owned()
        );
    }
    builder(environment)?
        .with_execution_providers([cuda()])
        .map(|_| ())
        .map_err(|e| format!("its provider could not start ({e}); the CUDA 13 and cuDNN 9 libraries must be found"))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn failed(doing: &str, error: &ort::Error) -> EngineError {
    device_error(doing, error.to_string())
}

fn device_error(doing: &str, why: String) -> EngineError {
    EngineError::Device { engine: ENGINE, doing: doing.to_owned(), why }
}
