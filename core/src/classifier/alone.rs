//! A network of a fixed batch as one that takes any number of images, each put through alone.
//!
//! Every value that depends on the image gets one copy of itself for each of N images, the copies one behind the other along its first
//! axis: `[a, b, ...]` becomes `[a N, b, ...]`. An operator that treats positions of the first axis alike works on that as it is; others
//! are told to work one axis further in, on `[N, a, b, ...]`. A batch of B is filled with B copies of one image, and the first row of the
//! result is that image's.

use crate::engine::tiling;
use crate::graph::{Builder, Graph, GraphError, Node, ValueId};
use crate::ops::expand::Expand;
use crate::ops::transpose::Transpose;
use crate::ops::{self, Op};
use crate::tensor::{Dim, Shape, TensorType};

/// A value of the network for N images.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// The same for all images.
    Shared(ValueId),
    /// One for each, along the first axis.
    Each(ValueId),
}

/// The network for any number of images; `None` where an operator has no form for that.
///
/// # Errors
/// [`GraphError`] where a form does not type: our bug, named with the node.
pub(super) fn alone(fixed: &Graph) -> Result<Option<Graph>, GraphError> {
    let (input, output) = (fixed.inputs()[0], fixed.outputs()[0].clone());
    let Some(own) = fixed.ty(input).known() else { return Ok(None) };
    let batch = own.first().copied().unwrap_or(1);
    let mut b = Builder::new();
    let mut all: Vec<Option<Form>> = vec![None; fixed.values().len()];
    let image = b.input(&fixed.value(input).name, free(fixed.ty(input)));
    all[input.index()] = Some(Form::Each(repeated(&mut b, image, batch)?));
    for node in fixed.nodes() {
        let arguments: Vec<Form> = node.inputs.iter().filter_map(|i| given(&mut b, fixed, &mut all, *i)).collect();
        let applied = Applied { graph: fixed, node, arguments };
        let Some(results) = applied.results(&mut b)? else { return Ok(None) };
        for (value, result) in node.outputs.iter().zip(results) {
            all[value.index()] = Some(result);
        }
    }
    let Some(Form::Each(rows)) = all[output.value.index()] else { return Ok(None) };
    let Some(logits) = first_row(&mut b, rows, fixed.ty(output.value), batch)? else { return Ok(None) };
    b.output(&output.name, logits);
    Ok(Some(b.finish()))
}

/// `[B, ...]` as `[N, ...]`.
fn free(ty: &TensorType) -> TensorType {
    let shape: Shape = std::iter::once(Dim::BATCH).chain(ty.shape.iter().skip(1).copied()).collect();
    TensorType::new(ty.dtype, &shape)
}

/// `[N, ...]` as `[B N, ...]`, each image B times.
fn repeated(b: &mut Builder, image: ValueId, batch: usize) -> Result<ValueId, GraphError> {
    if batch == 1 {
        return Ok(image);
    }
    b.set_scope("/image/parts");
    let shape = b.ty(image).shape.clone();
    let with = |count: Dim| [&[Dim::BATCH, count], &shape[1..]].concat();
    let single = b.reshape(image, &with(Dim::ONE))?;
    let many = b.expand(single, &with(Dim::fixed(batch)))?;
    let flat = [&[Dim { batch, fixed: 0 }], &shape[1..]].concat();
    let flat = b.reshape(many, &flat)?;
    b.set_scope("");
    Ok(flat)
}

/// The row of each image: of `[B, K]` the first, or `[K]` itself where a batch of one was dropped on the way.
fn first_row(b: &mut Builder, rows: ValueId, ty: &TensorType, batch: usize) -> Result<Option<ValueId>, GraphError> {
    b.set_scope("/logits/parts");
    let fitting = if ty.rank() >= 2 { ty.shape[0] == Dim::fixed(batch) } else { batch == 1 && ty.rank() == 1 };
    if !fitting {
        return Ok(None);
    }
    let split = split(b, rows, ty, ty.rank())?;
    if ty.rank() == 1 {
        return Ok(Some(split));
    }
    let first = b.slice(split, 1, Dim::fixed(0), Dim::ONE)?;
    let shape: Shape = std::iter::once(Dim::BATCH).chain(ty.shape.iter().skip(1).copied()).collect();
    Ok(Some(b.reshape(first, &shape)?))
}

/// A value in the new graph; constants are copied when they are first met.
fn given(b: &mut Builder, graph: &Graph, all: &mut [Option<Form>], value: ValueId) -> Option<Form> {
    if all[value.index()].is_none() {
        let tensor = graph.constant(value)?.clone();
        all[value.index()] = Some(Form::Shared(b.named_constant(&graph.value(value).name, tensor)));
    }
    all[value.index()]
}

/// The type that a value has for N images.
fn merged(ty: &TensorType) -> Option<TensorType> {
    let known = ty.known()?;
    let first = known.first().copied().unwrap_or(1);
    let shape: Shape =
        std::iter::once(Dim { batch: first, fixed: 0 }).chain(known.iter().skip(1).copied().map(Dim::fixed)).collect();
    Some(TensorType::new(ty.dtype, &shape))
}

/// A value of `ty` for N images as `[N, 1, ..., its own axes]`, with so many axes behind N.
fn split(b: &mut Builder, value: ValueId, ty: &TensorType, axes: usize) -> Result<ValueId, GraphError> {
    let ones = std::iter::repeat_n(Dim::ONE, axes.saturating_sub(ty.rank()));
    let shape: Shape = std::iter::once(Dim::BATCH).chain(ones).chain(ty.shape.iter().copied()).collect();
    b.reshape(value, &shape)
}

/// A node with its arguments for N images.
struct Applied<'a> {
    graph: &'a Graph,
    node: &'a Node,
    arguments: Vec<Form>,
}

impl Applied<'_> {
    /// The node's results for N images.
    fn results(&self, b: &mut Builder) -> Result<Option<Vec<Form>>, GraphError> {
        let values: Vec<ValueId> = self.arguments.iter().map(|(Form::Shared(v) | Form::Each(v))| *v).collect();
        let names: Vec<String> = self.node.outputs.iter().map(|o| self.graph.value(*o).name.clone()).collect();
        if self.arguments.iter().all(|argument| matches!(argument, Form::Shared(_))) {
            let shared = b.apply_named(&self.node.name, self.node.op.clone(), &values, &names)?;
            return Ok(Some(shared.into_iter().map(Form::Shared).collect()));
        }
        let types = self.node.outputs.iter().map(|o| merged(self.graph.ty(*o))).collect::<Option<Vec<TensorType>>>();
        let Some(types) = types else { return Ok(None) };
        let op = match &self.node.op {
            // A row-major reshape of each copy is one of all.
            Op::Reshape(_) => ops::reshape::Reshape { shape: types[0].shape.clone() }.into(),
            op => op.clone(),
        };
        if self.works_on(b, &op, &values, &types) {
            let results = b.apply_named(&self.node.name, op, &values, &names)?;
            return Ok(Some(results.into_iter().map(Form::Each).collect()));
        }
        let Some(op) = self.further_in() else { return Ok(None) };
        let mut inner = Vec::with_capacity(values.len());
        for (index, argument) in self.arguments.iter().enumerate() {
            inner.push(self.argument(b, index, *argument)?);
        }
        b.set_scope(&format!("{}/parts", self.node.name));
        let results = b.apply(op, &inner)?;
        b.set_scope("");
        let mut all = Vec::with_capacity(results.len());
        for (result, ty) in results.into_iter().zip(&types) {
            all.push(Form::Each(b.reshape(result, &ty.shape)?));
        }
        Ok(Some(all))
    }

    /// Whether the operator treats the copies alike as they lie, and gives them in the same order.
    fn works_on(&self, b: &Builder, op: &Op, values: &[ValueId], types: &[TensorType]) -> bool {
        let mut trial = Builder::new();
        let inputs: Vec<ValueId> = values
            .iter()
            .map(|value| match b.graph().constant(*value) {
                Some(tensor) => trial.constant(tensor.clone()),
                None => trial.input("x", b.ty(*value).clone()),
            })
            .collect();
        let Ok(results) = trial.apply(op.clone(), &inputs) else { return false };
        let same = results.iter().zip(types).all(|(result, ty)| trial.ty(*result) == ty);
        results.iter().for_each(|result| trial.output("y", *result));
        same && (matches!(op, Op::Reshape(_)) || tiling::cut_by_images(&trial.finish()).is_some())
    }

    /// Axes of the widest argument.
    fn axes(&self) -> usize {
        self.node.inputs.iter().map(|i| self.graph.ty(*i).rank()).max().unwrap_or(0)
    }

    /// An argument with its copies along an axis of their own.
    fn argument(&self, b: &mut Builder, index: usize, argument: Form) -> Result<ValueId, GraphError> {
        let ty = self.graph.ty(self.node.inputs[index]).clone();
        let axes = match &self.node.op {
            Op::Expand(op) => op.shape.len(),
            op if broadcasts(op) => self.axes(),
            _ => ty.rank(),
        };
        match argument {
            Form::Each(value) => split(b, value, &ty, axes),
            // What is joined must have as many copies.
            Form::Shared(value) if joins(&self.node.op) => {
                let shape: Shape = std::iter::once(Dim::BATCH).chain(ty.shape.iter().copied()).collect();
                let single = [&[Dim::ONE], ty.shape.as_slice()].concat();
                let single = b.reshape(value, &single)?;
                b.expand(single, &shape)
            }
            Form::Shared(value) => Ok(value),
        }
    }

    /// The operator one axis further in.
    fn further_in(&self) -> Option<Op> {
        let all = |axes: &[usize]| axes.iter().map(|axis| axis + 1).collect::<Vec<_>>();
        let shared = |index: usize| matches!(self.arguments.get(index), Some(Form::Shared(_)));
        Some(match self.node.op.clone() {
            Op::Transpose(op) => Transpose { order: [vec![0], all(&op.order)].concat() }.into(),
            Op::ReduceSum(op) => ops::reduce_sum::ReduceSum { axes: all(&op.axes), ..op }.into(),
            Op::ReduceMean(op) => ops::reduce_mean::ReduceMean { axes: all(&op.axes), ..op }.into(),
            Op::ReduceMax(op) => ops::reduce_max::ReduceMax { axes: all(&op.axes), ..op }.into(),
            Op::ReduceL2(op) => ops::reduce_l2::ReduceL2 { axes: all(&op.axes), ..op }.into(),
            Op::ReduceSumSquare(op) => ops::reduce_sum_square::ReduceSumSquare { axes: all(&op.axes), ..op }.into(),
            Op::Softmax(op) => ops::softmax::Softmax { axis: op.axis + 1 }.into(),
            Op::LogSoftmax(op) => ops::log_softmax::LogSoftmax { axis: op.axis + 1 }.into(),
            Op::Concat(op) => ops::concat::Concat { axis: op.axis + 1 }.into(),
            Op::Slice(op) => ops::slice::Slice { axis: op.axis + 1, ..op }.into(),
            Op::Gather(op) if shared(1) => ops::gather::Gather { axis: op.axis + 1 }.into(),
            Op::Expand(op) => Expand { shape: [vec![Dim::BATCH], op.shape].concat() }.into(),
            Op::Pad(op) => {
                let none = vec![Dim::fixed(0)];
                let (before, after) = ([none.clone(), op.before].concat(), [none, op.after].concat());
                ops::pad::Pad { before, after, value: op.value }.into()
            }
            op if broadcasts(&op) => op,
            _ => return None,
        })
    }
}

/// Operators that broadcast all their arguments against each other, aligned at the last axis.
fn broadcasts(op: &Op) -> bool {
    matches!(
        op,
        Op::Add(_)
            | Op::Sub(_)
            | Op::Mul(_)
            | Op::Div(_)
            | Op::Pow(_)
            | Op::Min(_)
            | Op::Max(_)
            | Op::Where(_)
            | Op::Greater(_)
            | Op::Less(_)
            | Op::Equal(_)
            | Op::And(_)
            | Op::Or(_)
            | Op::MatMul(_)
    )
}

const fn joins(op: &Op) -> bool {
    matches!(op, Op::Concat(_))
}
