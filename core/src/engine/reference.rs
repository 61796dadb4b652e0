//! The oracle: every node by its operator's plain evaluation, one after the other.

use std::rc::Rc;

use super::memory::Demand;
use super::{Buffer, Compiled, Engine, EngineError, EngineInfo, Pending, Program};
use crate::graph::{Graph, Source};
use crate::tensor::{Array, DType, Tensor};

/// Memory that a tensor takes here, in sizes of f32: f64, as an argument and as a result that is rounded.
const COPIES: u64 = 4;

/// How the oracle rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// After every operator, f32 results are rounded to f32, as any f32 engine stores them.
    AsTyped,
    /// Everything stays in f64: for differences and closed forms.
    Double,
}

/// The reference engine.
#[derive(Clone, Debug)]
pub struct Reference {
    info: EngineInfo,
    precision: Precision,
}

impl Reference {
    /// An engine that rounds so.
    #[must_use]
    pub fn new(precision: Precision) -> Self {
        let device = "processor, one thread, plain loops".to_owned();
        Self {
            info: EngineInfo { engine: "reference", device, threads: 1, accelerated: false, notes: Vec::new() },
            precision,
        }
    }
}

impl Engine for Reference {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn add_note(&mut self, note: String) {
        self.info.notes.push(note);
    }

    fn compile(&self, graph: &Graph) -> Pending<'_, Program> {
        let evaluator = Evaluator { graph: graph.clone(), precision: self.precision };
        let demand = Demand::of(graph, COPIES);
        let fits = demand.check(1);
        let mut program = Program::new(graph, Box::new(evaluator));
        program.demand = Some(demand);
        Box::pin(async move { fits.map(|()| program) })
    }

    fn upload(&self, tensor: &Tensor) -> Pending<'_, Buffer> {
        let buffer = Buffer::new(tensor.shape(), tensor.dtype(), Rc::new(tensor.to_array()));
        Box::pin(async move { Ok(buffer) })
    }

    fn read(&self, buffer: &Buffer) -> Pending<'_, Tensor> {
        let dtype = match (buffer.dtype(), self.precision) {
            (DType::F32, Precision::Double) => DType::F64,
            (dtype, _) => dtype,
        };
        let tensor = buffer.storage::<Array>().map(|array| array.to_tensor(dtype));
        Box::pin(async move { tensor })
    }
}

struct Evaluator {
    graph: Graph,
    precision: Precision,
}

impl Compiled for Evaluator {
    fn run(&self, inputs: &[&Buffer], batch: usize) -> Pending<'_, Vec<Buffer>> {
        let arguments: Result<Vec<Array>, EngineError> = inputs.iter().map(|b| b.storage::<Array>().cloned()).collect();
        let results = arguments.and_then(|arguments| evaluate(&self.graph, &arguments, batch, self.precision));
        Box::pin(async move {
            let results = results?;
            let buffers = results.into_iter().zip(self.graph.outputs()).map(|(array, output)| {
                let shape = array.shape().to_vec();
                Buffer::new(&shape, self.graph.ty(output.value).dtype, Rc::new(array))
            });
            Ok(buffers.collect())
        })
    }
}

/// Results of `graph` on `arguments`, one per input, with `batch` images.
///
/// # Errors
/// [`EngineError::Op`] naming the node when an operator refuses its arguments.
pub fn evaluate(
    graph: &Graph,
    arguments: &[Array],
    batch: usize,
    precision: Precision,
) -> Result<Vec<Array>, EngineError> {
    let mut live: Vec<Option<Array>> = graph
        .values()
        .iter()
        .map(|v| match &v.source {
            Source::Constant(tensor) => Some(tensor.to_array()),
            Source::Input | Source::Node(_) => None,
        })
        .collect();
    for (input, argument) in graph.inputs().iter().zip(arguments) {
        live[input.index()] = Some(argument.clone());
    }
    let last_use = last_uses(graph);
    for (position, node) in graph.nodes().iter().enumerate() {
        let at = |source| EngineError::Op { node: node.name.clone(), source };
        let inputs: Vec<Array> = node.inputs.iter().filter_map(|i| live[i.index()].clone()).collect();
        let results = node.op.rules().eval(&inputs, batch).map_err(at)?;
        for (output, result) in node.outputs.iter().zip(results) {
            let round = precision == Precision::AsTyped && graph.ty(*output).dtype == DType::F32;
            live[output.index()] = Some(if round { result.rounded_to_f32() } else { result });
        }
        for input in &node.inputs {
            if last_use[input.index()] == Some(position) {
                live[input.index()] = None;
            }
        }
    }
    let missing = || EngineError::ArgumentCount { expected: graph.inputs().len(), found: arguments.len() };
    graph.outputs().iter().map(|o| live[o.value.index()].clone().ok_or_else(missing)).collect()
}

/// The last node that reads each value; `None` for values that nobody reads or that are results.
pub(super) fn last_uses(graph: &Graph) -> Vec<Option<usize>> {
    let mut last = vec![None; graph.values().len()];
    for (position, node) in graph.nodes().iter().enumerate() {
        for input in &node.inputs {
            last[input.index()] = Some(position);
        }
    }
    for output in graph.outputs() {
        last[output.value.index()] = None;
    }
    last
}
