//! A network of a fixed batch as one that takes any number of images, each put through alone.
//!
//! A batch of B is thought to hold B copies of one image. As long as operators treat the rows of a batch alike, one of the copies is
//! computed: `[B, b, ...]` is `[N, b, ...]` for N images. Where they do not, every image gets all its copies, one image's behind the
//! other's along the first axis: `[a, b, ...]` becomes `[a N, b, ...]`. An operator that treats positions of the first axis alike works on
//! that as it is; others are told to work one axis further in, on `[N, a, b, ...]`. Where B rows come out again, the first is the image's.
//! Whether that holds for the network is tried afterwards, see `batch`.

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
    /// `[B, ...]` as `[N, ...]`: one row for each image, which stands for B equal ones.
    Row(ValueId),
    /// Whole for each image, along the first axis.
    Each(ValueId),
}

/// The network for any number of images; `None` where an operator has no form for that.
///
/// # Errors
/// [`GraphError`] where a form does not type: our bug, named with the node.
pub(super) fn alone(fixed: &Graph) -> Result<Option<Graph>, GraphError> {
    let (input, output) = (fixed.inputs()[0], fixed.outputs()[0].clone());
    let Some(batch) = fixed.ty(input).shape.first().and_then(|dim| dim.known()) else { return Ok(None) };
    let mut b = Builder::new();
    let mut all: Vec<Option<Form>> = vec![None; fixed.values().len()];
    all[input.index()] = Some(Form::Row(b.input(&fixed.value(input).name, free(fixed.ty(input)))));
    for node in fixed.nodes() {
        let arguments: Vec<Form> = node.inputs.iter().filter_map(|i| given(&mut b, fixed, &mut all, *i)).collect();
        let applied = Applied { graph: fixed, node, arguments, batch };
        let Some(results) = applied.results(&mut b)? else { return Ok(None) };
        for (value, result) in node.outputs.iter().zip(results) {
            all[value.index()] = Some(result);
        }
    }
    let ty = fixed.ty(output.value);
    let logits = match all[output.value.index()] {
        Some(Form::Row(rows)) => rows,
        // A batch of one was dropped on the way.
        Some(Form::Each(whole)) if batch == 1 && ty.rank() == 1 => split(&mut b, whole, ty, 1)?,
        _ => return Ok(None),
    };
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
    let shape = b.ty(image).shape.clone();
    let with = |count: Dim| [&[Dim::BATCH, count], &shape[1..]].concat();
    let single = b.reshape(image, &with(Dim::ONE))?;
    let many = b.expand(single, &with(Dim::fixed(batch)))?;
    let flat = [&[Dim { batch, fixed: 0 }], &shape[1..]].concat();
    b.reshape(many, &flat)
}

/// The first of the B rows of each image, of `[B N, ...]`.
fn first_row(b: &mut Builder, whole: ValueId, ty: &TensorType) -> Result<ValueId, GraphError> {
    if ty.shape[0] == Dim::ONE {
        return Ok(whole);
    }
    let split = split(b, whole, ty, ty.rank())?;
    let first = b.slice(split, 1, Dim::fixed(0), Dim::ONE)?;
    b.reshape(first, &free(ty).shape)
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

/// A node with its arguments for N images, of a network whose batch is `batch`.
struct Applied<'a> {
    graph: &'a Graph,
    node: &'a Node,
    arguments: Vec<Form>,
    batch: usize,
}

impl Applied<'_> {
    /// The node's results for N images.
    fn results(&self, b: &mut Builder) -> Result<Option<Vec<Form>>, GraphError> {
        let values: Vec<ValueId> =
            self.arguments.iter().map(|(Form::Shared(v) | Form::Row(v) | Form::Each(v))| *v).collect();
        let names: Vec<String> = self.node.outputs.iter().map(|o| self.graph.value(*o).name.clone()).collect();
        if self.arguments.iter().all(|argument| matches!(argument, Form::Shared(_))) {
            let shared = b.apply_named(&self.node.name, self.node.op.clone(), &values, &names)?;
            return Ok(Some(shared.into_iter().map(Form::Shared).collect()));
        }
        let rows = self.node.outputs.iter().map(|o| self.rows(self.graph.ty(*o))).collect::<Option<Vec<TensorType>>>();
        if let Some(types) = rows.filter(|_| self.arguments.iter().all(|argument| !matches!(argument, Form::Each(_)))) {
            let op = self.sized(&types[0]);
            if self.works_on(b, &op, &values, &types) {
                let results = b.apply_named(&self.node.name, op, &values, &names)?;
                return Ok(Some(results.into_iter().map(Form::Row).collect()));
            }
        }
        self.whole(b, &names)
    }

    /// The results where every image has all its copies.
    fn whole(&self, b: &mut Builder, names: &[String]) -> Result<Option<Vec<Form>>, GraphError> {
        let types = self.node.outputs.iter().map(|o| merged(self.graph.ty(*o))).collect::<Option<Vec<TensorType>>>();
        let Some(types) = types else { return Ok(None) };
        let scope = format!("{}/parts", self.node.name);
        b.set_scope(&scope);
        let mut arguments = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            arguments.push(match argument {
                Form::Row(value) => Form::Each(repeated(b, *value, self.batch)?),
                other => *other,
            });
        }
        let values: Vec<ValueId> =
            arguments.iter().map(|(Form::Shared(v) | Form::Row(v) | Form::Each(v))| *v).collect();
        let op = self.sized(&types[0]);
        let results = if self.works_on(b, &op, &values, &types) {
            b.apply_named(&self.node.name, op, &values, names)?
        } else {
            let Some(op) = self.further_in() else { return Ok(None) };
            let mut inner = Vec::with_capacity(values.len());
            for (index, argument) in arguments.iter().enumerate() {
                inner.push(self.argument(b, index, *argument)?);
            }
            let mut results = b.apply(op, &inner)?;
            for (result, ty) in results.iter_mut().zip(&types) {
                *result = b.reshape(*result, &ty.shape)?;
            }
            results
        };
        let mut all = Vec::with_capacity(results.len());
        for (result, output) in results.into_iter().zip(&self.node.outputs) {
            let ty = self.graph.ty(*output);
            let rows = self.rows(ty).is_some();
            all.push(if rows { Form::Row(first_row(b, result, ty)?) } else { Form::Each(result) });
        }
        b.set_scope("");
        Ok(Some(all))
    }

    /// `[B, ...]` as `[N, ...]`.
    fn rows(&self, ty: &TensorType) -> Option<TensorType> {
        (ty.rank() >= 2 && ty.shape[0] == Dim::fixed(self.batch)).then(|| free(ty))
    }

    /// The operator with sizes of its own as the result has them: a row-major reshape of each copy is one of all.
    fn sized(&self, result: &TensorType) -> Op {
        match &self.node.op {
            Op::Reshape(_) => ops::reshape::Reshape { shape: result.shape.clone() }.into(),
            op => op.clone(),
        }
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
            Form::Each(value) | Form::Row(value) => split(b, value, &ty, axes),
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
