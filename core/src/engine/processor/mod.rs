//! The processor without a library: f32 products in loops that compilers turn into SIMD, on one thread.
//!
//! It is what a browser without a graphics processor computes with, and a workstation without ONNX Runtime. What costs the time
//! (convolutions, matrix products, stitches, sums over activations) is written here for f32; every other operator is asked of its
//! plain evaluation, the oracle's, and rounded. Numbers that are not f32 stay the oracle's altogether.

mod conv;
mod layout;
mod pointwise;
mod product;
mod tile;
mod value;

use std::rc::Rc;

use super::memory::Demand;
use super::reference::last_uses;
use super::{Buffer, Compiled, Engine, EngineError, EngineInfo, Pending, Program};
use crate::graph::{Graph, Node, Source};
use crate::ops::{Op, OpError};
use crate::platform::breathe;
use crate::tensor::{Array, Tensor};
use value::Value;

/// Images per run where the caller does not care: their activations stay in a processor's caches.
const IMAGES: usize = 16;

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
        let device = "processor, one thread, f32".to_owned();
        Self { info: EngineInfo { engine: "processor", device, threads: 1, accelerated: false, notes: Vec::new() } }
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
        let mut program = Program::new(graph, Box::new(Evaluator::new(graph)));
        program.preferred_batch = Some(IMAGES);
        program.demand = Some(demand);
        Box::pin(async move { fits.map(|()| program) })
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

struct Evaluator {
    graph: Graph,
    constants: Vec<Option<Value>>,
    /// The last node that reads each value.
    last_use: Vec<Option<usize>>,
}

impl Evaluator {
    fn new(graph: &Graph) -> Self {
        let constant = |source: &Source| match source {
            Source::Constant(tensor) => Some(Value::of_tensor(tensor)),
            Source::Input | Source::Node(_) => None,
        };
        let constants = graph.values().iter().map(|value| constant(&value.source)).collect();
        Self { graph: graph.clone(), constants, last_use: last_uses(graph) }
    }

    async fn evaluate(&self, arguments: Vec<Value>, batch: usize) -> Result<Vec<Buffer>, EngineError> {
        let graph = &self.graph;
        let mut live = self.constants.clone();
        for (input, argument) in graph.inputs().iter().zip(arguments) {
            live[input.index()] = Some(argument);
        }
        for (position, node) in graph.nodes().iter().enumerate() {
            // Messages are heard between operators, not only between runs: a large network takes its time here.
            breathe().await;
            let results = self.step(node, position, &mut live, batch)?;
            for (output, result) in node.outputs.iter().zip(results) {
                live[output.index()] = Some(result);
            }
        }
        let missing = || EngineError::ArgumentCount { expected: graph.inputs().len(), found: 0 };
        let result = |value: crate::graph::ValueId| {
            let found = live[value.index()].clone().ok_or_else(missing)?;
            let shape = found.shape().to_vec();
            Ok(Buffer::new(&shape, graph.ty(value).dtype, Rc::new(found)))
        };
        graph.outputs().iter().map(|output| result(output.value)).collect()
    }

    /// Results of one node; arguments that nobody reads later are taken, so that their memory can be written over.
    fn step(
        &self,
        node: &Node,
        position: usize,
        live: &mut [Option<Value>],
        batch: usize,
    ) -> Result<Vec<Value>, EngineError> {
        let at = |source| EngineError::Op { node: node.name.clone(), source };
        let mut inputs: Vec<Value> = node.inputs.iter().filter_map(|i| live[i.index()].clone()).collect();
        for input in &node.inputs {
            if self.last_use[input.index()] == Some(position) {
                live[input.index()] = None;
            }
        }
        let shapes: Vec<Vec<usize>> = node.outputs.iter().map(|o| self.graph.ty(*o).at(batch)).collect();
        if let Some(results) = fast(&node.op, &mut inputs, &shapes).map_err(at)? {
            return Ok(results.into_iter().map(Value::Single).collect());
        }
        let arrays: Vec<Array> = inputs.iter().map(Value::to_array).collect();
        let results = node.op.rules().eval(&arrays, batch).map_err(at)?;
        let types = node.outputs.iter().map(|o| self.graph.ty(*o).dtype);
        Ok(results.into_iter().zip(types).map(|(array, dtype)| Value::of_array(array, dtype)).collect())
    }
}

impl Compiled for Evaluator {
    fn run(&self, inputs: &[&Buffer], batch: usize) -> Pending<'_, Vec<Buffer>> {
        let arguments: Result<Vec<Value>, EngineError> = inputs.iter().map(|b| b.storage::<Value>().cloned()).collect();
        Box::pin(async move { self.evaluate(arguments?, batch).await })
    }
}

/// Results of an operator in f32, of the shapes that were inferred; `None` where there is no faster way than the plain one.
fn fast(op: &Op, inputs: &mut Vec<Value>, shapes: &[Vec<usize>]) -> Result<Option<Vec<Tensor>>, OpError> {
    let Some(shape) = shapes.first() else { return Ok(None) };
    // Sizes of zero are rare enough to be left to the plain evaluation.
    let whole = inputs.iter().all(|value| !value.shape().contains(&0)) && !shape.contains(&0);
    if !whole {
        return Ok(None);
    }
    if let (Op::Gather(op), [Value::Single(x), Value::Other(indices)]) = (op, inputs.as_slice()) {
        return layout::gather(op, x, indices, shape);
    }
    let Some(mut singles) = value::all_single(inputs) else { return Ok(None) };
    let results = match (op, singles.as_mut_slice()) {
        (Op::StitchGrad(_), [dy, x]) => product::stitch_grad(dy, x, shapes)?,
        (op, singles) => alone(op, singles, shape)?.map(|y| vec![y]),
    };
    if results.is_none() {
        *inputs = singles.into_iter().map(Value::Single).collect();
    }
    Ok(results)
}

/// The one result of an operator on f32 tensors. An argument is only written over where there is a result.
fn alone(op: &Op, arguments: &mut [Tensor], shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    match (op, arguments) {
        (Op::Conv(op), [x, w]) => conv::conv(op, x, w, None, shape),
        (Op::Conv(op), [x, w, bias]) => conv::conv(op, x, w, Some(bias), shape),
        (Op::MatMul(_), [a, b]) => product::matmul(a, b, shape),
        (Op::Stitch(_), [x, w, bias]) => product::stitch(x, w, bias, shape),
        (op, [x]) => match pointwise::unary(op, x)? {
            Some(y) => Ok(Some(y)),
            None => layout::one(op, x, shape),
        },
        (Op::Concat(op), parts) => layout::concat(op, parts, shape),
        (op, [a, b]) => pointwise::binary(op, a, b, shape),
        _ => Ok(None),
    }
}
