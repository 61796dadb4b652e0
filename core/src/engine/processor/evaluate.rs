//! Walks a graph's steps, in f32 where there is a fast way, else by the operators' plain evaluation.

use super::kernels::conv::Plan;
use super::kernels::finish::Finish;
use super::kernels::product;
use super::scratch::Scratch;
use super::steps::{After, Ready, Step, steps};
use super::value::{self, Value};
use super::{layout, pointwise, reductions};
use crate::engine::EngineError;
use crate::graph::{Graph, Source};
use crate::ops::{Op, OpError};
use crate::platform::breathe;
use crate::tensor::{Array, Tensor};

/// A graph ready to run.
pub(super) struct Evaluator {
    graph: Graph,
    steps: Vec<Step>,
    constants: Vec<Option<Value>>,
}

impl Evaluator {
    pub(super) fn new(graph: &Graph) -> Self {
        let constant = |source: &Source| match source {
            Source::Constant(tensor) => Some(Value::of_tensor(tensor)),
            Source::Input | Source::Node(_) => None,
        };
        let constants = graph.values().iter().map(|value| constant(&value.source)).collect();
        Self { graph: graph.clone(), steps: steps(graph), constants }
    }

    /// Results for so many images.
    pub(super) async fn evaluate(
        &self,
        arguments: Vec<Value>,
        batch: usize,
        scratch: &mut Scratch,
    ) -> Result<Vec<Value>, EngineError> {
        let graph = &self.graph;
        let mut live = self.constants.clone();
        for (input, argument) in graph.inputs().iter().zip(arguments) {
            live[input.index()] = Some(argument);
        }
        for step in &self.steps {
            // Messages are heard between operators, not only between runs: a large network takes its time here.
            breathe().await;
            let results = self.step(step, &mut live, batch, scratch)?;
            for (output, result) in step.outputs.iter().zip(results) {
                live[output.index()] = Some(result);
            }
            step.last.iter().for_each(|value| live[value.index()] = None);
        }
        let missing = || EngineError::ArgumentCount { expected: graph.inputs().len(), found: 0 };
        graph.outputs().iter().map(|output| live[output.value.index()].clone().ok_or_else(missing)).collect()
    }

    /// Results of one step; arguments that nobody reads later are taken, so that their memory can be written over.
    fn step(
        &self,
        step: &Step,
        live: &mut [Option<Value>],
        batch: usize,
        scratch: &mut Scratch,
    ) -> Result<Vec<Value>, EngineError> {
        let node = &self.graph.nodes()[step.node];
        let at = |source| EngineError::Op { node: node.name.clone(), source };
        let mut inputs: Vec<Value> = step.inputs.iter().filter_map(|i| live[i.index()].clone()).collect();
        step.last.iter().for_each(|value| live[value.index()] = None);
        let shapes: Vec<Vec<usize>> = step.outputs.iter().map(|o| self.graph.ty(*o).at(batch)).collect();
        let results = fast(&node.op, &step.ready, &mut inputs, &shapes, scratch).map_err(at)?;
        let results = match results {
            Some(results) => results.iter().map(Value::of_tensor).collect(),
            None => {
                let arrays: Vec<Array> = self.plain(step, &inputs);
                let results = node.op.rules().eval(&arrays, batch).map_err(at)?;
                let types = step.outputs.iter().map(|o| self.graph.ty(*o).dtype);
                results.into_iter().zip(types).map(|(array, dtype)| Value::of_array(array, dtype)).collect()
            }
        };
        inputs.into_iter().for_each(|input| scratch.give(input));
        Ok(results)
    }

    /// Arguments as the oracle takes them; what a step would have read transposed is transposed.
    fn plain(&self, step: &Step, inputs: &[Value]) -> Vec<Array> {
        let mut arrays: Vec<Array> = inputs.iter().map(Value::to_array).collect();
        if let (Ready::Turned, Some(Array::Real(right))) = (&step.ready, arrays.get_mut(1)) {
            let rank = right.ndim();
            right.swap_axes(rank - 2, rank - 1);
        }
        arrays
    }
}

/// Results of an operator in f32, of the shapes that were inferred; `None` where there is no faster way than the plain one.
fn fast(
    op: &Op,
    ready: &Ready,
    inputs: &mut Vec<Value>,
    shapes: &[Vec<usize>],
    scratch: &mut Scratch,
) -> Result<Option<Vec<Tensor>>, OpError> {
    let Some(shape) = shapes.first() else { return Ok(None) };
    // Sizes of zero are rare enough to be left to the plain evaluation.
    let whole = inputs.iter().all(|value| !value.shape().contains(&0)) && !shape.contains(&0);
    if !whole && !matches!(ready, Ready::Conv(..)) {
        return Ok(None);
    }
    if let (Op::Gather(op), [Value::Single(x), Value::Other(indices)]) = (op, inputs.as_slice()) {
        return layout::gather(op, x, indices, shape);
    }
    let Some(mut singles) = value::all_single(inputs) else { return Ok(None) };
    let results = match (op, ready, singles.as_mut_slice()) {
        (_, Ready::Conv(plan, after), singles) => convolved(plan, *after, singles, shape, scratch)?.map(|y| vec![y]),
        (Op::StitchGrad(_), _, [dy, x]) => product::stitch_grad((dy, x), shapes, scratch)?,
        (Op::MatMul(_), ready, [a, b]) => {
            let panels = if let Ready::Product(panels) = ready { Some(panels) } else { None };
            let how = (panels, matches!(ready, Ready::Turned));
            product::matmul((a, b), how, shape, scratch)?.map(|y| vec![y])
        }
        (Op::ReduceSum(op), Ready::Widened, [x]) => reductions::widened(x, &op.axes, shape)?.map(|y| vec![y]),
        (op, _, singles) => alone(op, singles, shape, scratch)?.map(|y| vec![y]),
    };
    inputs.extend(singles.into_iter().map(Value::Single));
    Ok(results)
}

/// A convolution with what finishes it.
fn convolved(
    plan: &Plan,
    after: After,
    arguments: &[Tensor],
    shape: &[usize],
    scratch: &mut Scratch,
) -> Result<Option<Tensor>, OpError> {
    let extra = usize::from(after.residual) + usize::from(after.mask);
    let (own, extra) = arguments.split_at(arguments.len().saturating_sub(extra));
    let mut extra = extra.iter();
    let residual = slice(if after.residual { extra.next() } else { None });
    let finish = Finish { bias: slice(own.get(2)), residual, rectify: after.rectify, mask: slice(extra.next()) };
    let mut y = scratch.take(shape.iter().product());
    plan.run(slice(own.first()), &mut y, &finish, scratch);
    Tensor::f32(shape, y).map(Some).map_err(|error| OpError::shape(error.to_string()))
}

/// The elements of a tensor of f32.
fn slice(tensor: Option<&Tensor>) -> &[f32] {
    tensor.and_then(|tensor| tensor.as_f32().ok()).unwrap_or_default()
}

/// The one result of an operator on f32 tensors. An argument is only written over where there is a result.
fn alone(op: &Op, arguments: &mut [Tensor], shape: &[usize], scratch: &mut Scratch) -> Result<Option<Tensor>, OpError> {
    match (op, arguments) {
        (Op::Conv(op), [x, w, bias @ ..]) => {
            let Some(plan) = Plan::new(op, x.shape(), w, shape) else { return Ok(None) };
            let mut y = scratch.take(shape.iter().product());
            let finish = Finish { bias: slice(bias.first()), ..Finish::default() };
            plan.run(slice(Some(x)), &mut y, &finish, scratch);
            Tensor::f32(shape, y).map(Some).map_err(|error| OpError::shape(error.to_string()))
        }
        (Op::Stitch(_), [x, w, bias]) => product::stitch([x, w, bias], shape, scratch),
        (op, [x]) => match pointwise::unary(op, x, scratch)? {
            Some(y) => Ok(Some(y)),
            None => match reductions::folded(op, x, shape)? {
                Some(y) => Ok(Some(y)),
                None => layout::one(op, x, shape, scratch),
            },
        },
        (Op::Concat(op), parts) => layout::concat(op, parts, shape),
        (op, [a, b]) => pointwise::binary(op, (a, b), shape, scratch),
        _ => Ok(None),
    }
}
