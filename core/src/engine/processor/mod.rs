//! The processor without a library: f32 products in the widest vectors that it has, images on all cores.
//!
//! It is what a browser without a graphics processor computes with, and a workstation without ONNX Runtime. What costs the time
//! (convolutions, matrix products, stitches, sums over activations) is written here for f32; every other operator is asked of its
//! plain evaluation, the oracle's, and rounded. Numbers that are not f32 stay the oracle's altogether.

mod evaluate;
mod join;
mod kernels;
mod lanes;
mod layout;
mod pointwise;
mod reductions;
mod runs;
mod scratch;
mod steps;
mod value;

use std::rc::Rc;

use super::memory::Demand;
use super::{Buffer, Compiled, Engine, EngineError, EngineInfo, Pending, Program};
use crate::graph::Graph;
use crate::platform::{simd, threads};
use crate::tensor::{DType, Tensor};
use lanes::Lanes;
use value::Value;

/// Images per run where the caller does not care: enough for the tiles of many cores.
const IMAGES: usize = 128;

/// Memory that a tensor takes at most, in sizes of f32: where an operator is asked of the oracle, it is f64 as argument and as result.
const COPIES: u64 = 4;

/// The engine for any processor.
#[derive(Clone, Debug)]
pub struct Processor {
    info: EngineInfo,
}

impl Default for Processor {
    fn default() -> Self {
        Self::new()
    }
}

impl Processor {
    /// An engine; there is nothing to look for.
    #[must_use]
    pub fn new() -> Self {
        let threads = threads::count();
        let device = format!("processor, {threads} thread{}, {}", if threads == 1 { "" } else { "s" }, simd::name());
        Self { info: EngineInfo { engine: "processor", device, threads, accelerated: false, notes: Vec::new() } }
    }
}

impl Engine for Processor {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn add_note(&mut self, note: String) {
        self.info.notes.push(note);
    }

    fn compile(&self, graph: &Graph) -> Pending<'_, Program> {
        let demand = Demand::of(graph, COPIES);
        let fits = demand.check(1);
        let lanes = Lanes::new(graph);
        let program = lanes.map(|lanes| {
            let mut program = Program::new(graph, Box::new(lanes));
            program.preferred_batch = Some(IMAGES);
            program.demand = Some(demand);
            program
        });
        Box::pin(async move {
            fits?;
            Ok(program?)
        })
    }

    fn upload(&self, tensor: &Tensor) -> Pending<'_, Buffer> {
        let buffer = Buffer::new(tensor.shape(), tensor.dtype(), Rc::new(Value::of_tensor(tensor)));
        Box::pin(async move { Ok(buffer) })
    }

    fn read(&self, buffer: &Buffer) -> Pending<'_, Tensor> {
        let tensor = buffer.storage::<Value>().map(|value| value.to_tensor(buffer.dtype()));
        Box::pin(async move { tensor })
    }
}

impl Compiled for Lanes {
    fn run(&self, inputs: &[&Buffer], batch: usize) -> Pending<'_, Vec<Buffer>> {
        let arguments: Result<Vec<Value>, EngineError> = inputs.iter().map(|b| b.storage::<Value>().cloned()).collect();
        Box::pin(async move {
            let buffer = |(value, dtype): (Value, DType)| {
                let shape = value.shape().to_vec();
                Buffer::new(&shape, dtype, Rc::new(value))
            };
            let results = Lanes::run(self, arguments?, batch).await?;
            Ok(results.into_iter().zip(self.types()).map(buffer).collect())
        })
    }
}
