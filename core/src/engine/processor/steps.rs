//! A graph as steps: what follows a convolution is done while its sums are still in registers, weights are packed once.

use super::kernels::conv::Plan;
use super::kernels::panels::Panels;
use super::kernels::product::packed_right;
use crate::graph::{Graph, Node, ValueId};
use crate::ops::Op;
use crate::tensor::DType;

/// One node, or a convolution with the nodes that finish its sums.
pub(super) struct Step {
    /// The node's place in the graph; that of the convolution.
    pub node: usize,
    /// The node's arguments; behind them the residual and the mask where there are any.
    pub inputs: Vec<ValueId>,
    pub outputs: Vec<ValueId>,
    pub ready: Ready,
    /// Values that nobody reads later.
    pub last: Vec<ValueId>,
}

/// What was made of a step beforehand.
pub(super) enum Ready {
    Nothing,
    /// A convolution with constant weights.
    Conv(Box<Plan>, After),
    /// A product with a constant matrix.
    Product(Panels),
    /// A product whose right side lies transposed.
    Turned,
    /// A sum in f64 of what is f32: the cast before it need not be made.
    Widened,
}

/// What is done to a convolution's sums: a residual is added, they are rectified, a rectifier's gradient is masked, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct After {
    pub residual: bool,
    pub rectify: bool,
    pub mask: bool,
}

/// The steps of a graph, each after those it uses.
pub(super) fn steps(graph: &Graph) -> Vec<Step> {
    let uses = Uses::of(graph);
    let mut taken = vec![false; graph.nodes().len()];
    let mut placed: Vec<(usize, Step)> = Vec::new();
    for (index, node) in graph.nodes().iter().enumerate() {
        if taken[index] {
            continue;
        }
        let mut step = Step {
            node: index,
            inputs: node.inputs.clone(),
            outputs: node.outputs.clone(),
            ready: Ready::Nothing,
            last: Vec::new(),
        };
        let mut place = index;
        match (&node.op, plan(graph, node)) {
            (_, Some(plan)) => {
                let (after, end) = uses.follow(graph, &mut step, &mut taken);
                place = end.unwrap_or(index);
                step.ready = Ready::Conv(Box::new(plan), after);
            }
            (Op::MatMul(_), None) => product(graph, &mut step),
            (Op::ReduceSum(_), None) => widened(graph, &mut step),
            _ => {}
        }
        placed.push((place, step));
    }
    placed.sort_by_key(|(place, _)| *place);
    let mut steps: Vec<Step> = placed.into_iter().map(|(_, step)| step).collect();
    prune(graph, &mut steps);
    steps
}

/// A convolution whose weights and image size are known.
fn plan(graph: &Graph, node: &Node) -> Option<Plan> {
    let (Op::Conv(op), [x, w, ..]) = (&node.op, node.inputs.as_slice()) else { return None };
    let single = node.inputs.iter().all(|input| graph.ty(*input).dtype == DType::F32);
    let w = graph.constant(*w).filter(|_| single)?;
    Plan::new(op, &graph.ty(*x).at(1), w, &graph.ty(*node.outputs.first()?).at(1))
}

/// A product whose right side is a constant, or a transpose that need not be made.
fn product(graph: &Graph, step: &mut Step) {
    let Some(right) = step.inputs.get(1).copied() else { return };
    if graph.ty(right).dtype != DType::F32 {
        return;
    }
    if let Some(panels) = graph.constant(right).and_then(packed_right) {
        step.ready = Ready::Product(panels);
        return;
    }
    let Some(Node { op: Op::Transpose(op), inputs, .. }) = graph.producer(right) else { return };
    let rank = op.order.len();
    let turns = rank >= 2 && op.order[rank - 2..] == [rank - 1, rank - 2] && op.order[..rank - 2].is_sorted();
    if turns && op.order[..rank - 2].iter().enumerate().all(|(axis, from)| axis == *from) {
        step.inputs[1] = inputs[0];
        step.ready = Ready::Turned;
    }
}

/// A sum in f64 of numbers that were f32 before.
fn widened(graph: &Graph, step: &mut Step) {
    let [value] = step.inputs.as_slice() else { return };
    let Some(Node { op: Op::Cast(_), inputs, .. }) = graph.producer(*value) else { return };
    if graph.ty(*value).dtype == DType::F64 && graph.ty(inputs[0]).dtype == DType::F32 {
        step.inputs[0] = inputs[0];
        step.ready = Ready::Widened;
    }
}

/// Who reads what.
struct Uses {
    /// The nodes that read each value, a node twice where it does so twice.
    readers: Vec<Vec<usize>>,
    shown: Vec<bool>,
}

impl Uses {
    fn of(graph: &Graph) -> Self {
        let mut readers = vec![Vec::new(); graph.values().len()];
        for (index, node) in graph.nodes().iter().enumerate() {
            node.inputs.iter().for_each(|input| readers[input.index()].push(index));
        }
        let mut shown = vec![false; graph.values().len()];
        graph.outputs().iter().for_each(|output| shown[output.value.index()] = true);
        Self { readers, shown }
    }

    /// Takes the nodes that finish a convolution's sums into its step; tells what they do and which is the last.
    fn follow(&self, graph: &Graph, step: &mut Step, taken: &mut [bool]) -> (After, Option<usize>) {
        let (mut after, mut end) = (After::default(), None);
        while let [value] = *step.outputs.as_slice()
            && !self.shown[value.index()]
            && let [reader] = *self.readers[value.index()].as_slice()
            && !taken[reader]
        {
            let node = &graph.nodes()[reader];
            let same = |other: &ValueId| *other != value && graph.ty(*other) == graph.ty(value);
            let other = node.inputs.iter().copied().find(same);
            match (&node.op, other) {
                (Op::Add(_), Some(other)) if after == After::default() => {
                    step.inputs.push(other);
                    after.residual = true;
                }
                (Op::Relu(_), _) if !after.rectify && !after.mask => after.rectify = true,
                (Op::Mul(_), Some(other)) if !after.mask => {
                    let Some(rectified) = mask(graph, other) else { break };
                    step.inputs.push(rectified);
                    after.mask = true;
                }
                _ => break,
            }
            taken[reader] = true;
            step.outputs.clone_from(&node.outputs);
            end = Some(reader);
        }
        (after, end)
    }
}

/// The rectified value whose sign `value` is.
fn mask(graph: &Graph, value: ValueId) -> Option<ValueId> {
    let sign = graph.producer(value).filter(|node| matches!(node.op, Op::Sign(_)))?;
    let rectified = *sign.inputs.first()?;
    graph.producer(rectified).filter(|node| matches!(node.op, Op::Relu(_))).map(|_| rectified)
}

/// Drops steps whose results nobody needs, and notes where each value is read last.
fn prune(graph: &Graph, steps: &mut Vec<Step>) {
    let mut needed = vec![false; graph.values().len()];
    graph.outputs().iter().for_each(|output| needed[output.value.index()] = true);
    let shown = needed.clone();
    let mut kept = Vec::with_capacity(steps.len());
    for mut step in std::mem::take(steps).into_iter().rev() {
        if !step.outputs.iter().any(|output| needed[output.index()]) {
            continue;
        }
        for input in &step.inputs {
            if !needed[input.index()] && !step.last.contains(input) {
                step.last.push(*input);
            }
        }
        step.inputs.iter().for_each(|input| needed[input.index()] = true);
        // A result that is only one of several and that nobody reads goes at once.
        step.last.extend(step.outputs.iter().filter(|output| !needed[output.index()]));
        kept.push(step);
    }
    debug_assert!(kept.iter().all(|step| step.last.iter().all(|value| !shown[value.index()])));
    kept.reverse();
    *steps = kept;
}
