//! Operators on two arguments that broadcast against each other: `y = f(a, b)`.

use ndarray::{ArrayD, IxDyn, Zip};

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::family::args;
use crate::ops::{Example, Op, OpError, Sample};
use crate::tensor::{Array, Dim, Shape, TensorType, show_shape};

/// The shape of `a` against `b`: aligned at the last axis, sizes equal or 1.
pub(crate) fn broadcast(a: &[Dim], b: &[Dim]) -> Result<Shape, OpError> {
    let rank = a.len().max(b.len());
    let at = |s: &[Dim], i: usize| (i + s.len()).checked_sub(rank).map_or(Dim::ONE, |k| s[k]);
    (0..rank)
        .map(|i| match (at(a, i), at(b, i)) {
            (x, y) if x == y => Ok(x),
            (Dim::ONE, y) => Ok(y),
            (x, Dim::ONE) => Ok(x),
            _ => Err(OpError::Shape(format!("{} does not broadcast with {}", show_shape(a), show_shape(b)))),
        })
        .collect()
}

/// Two real arguments of one element type; the result has it too.
pub(crate) fn infer(inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
    args::arity(inputs, 2)?;
    let (a, b) = (args::type_at(inputs, 0)?, args::type_at(inputs, 1)?);
    if a.dtype != b.dtype {
        return Err(OpError::Shape(format!(
            "both inputs must hold the same elements, hold {} and {}",
            a.dtype, b.dtype
        )));
    }
    Ok(vec![TensorType { dtype: a.dtype, shape: broadcast(&a.shape, &b.shape)? }])
}

/// `f` over two arrays, broadcast.
pub(crate) fn zip<A: Clone, B: Clone, C>(
    a: &ArrayD<A>,
    b: &ArrayD<B>,
    f: impl Fn(&A, &B) -> C,
) -> Result<ArrayD<C>, OpError> {
    let dims = |s: &[usize]| s.iter().copied().map(Dim::fixed).collect::<Vec<_>>();
    let shape: Vec<usize> = broadcast(&dims(a.shape()), &dims(b.shape()))?.into_iter().map(|d| d.fixed).collect();
    let refuse = || OpError::Shape(format!("{:?} does not broadcast with {:?}", a.shape(), b.shape()));
    let wide_a = a.broadcast(IxDyn(&shape)).ok_or_else(refuse)?;
    let wide_b = b.broadcast(IxDyn(&shape)).ok_or_else(refuse)?;
    Ok(Zip::from(&wide_a).and(&wide_b).map_collect(f))
}

/// A formula over two real arrays.
pub(crate) fn eval(inputs: &[Array], f: impl Fn(f64, f64) -> f64) -> Result<Vec<Array>, OpError> {
    let (a, b) = (args::real(inputs, 0)?, args::real(inputs, 1)?);
    Ok(vec![Array::Real(zip(a, b, |x, y| f(*x, *y))?)])
}

/// Sums `gradient` over the axes along which an argument of type `ty` was broadcast.
pub(crate) fn unbroadcast(b: &mut Builder, gradient: ValueId, like: ValueId) -> Result<ValueId, GraphError> {
    let ty = b.ty(like).clone();
    b.sum_to(gradient, &ty)
}

/// Reads a node with any number of inputs as a chain: `op(op(first, second), third)`.
pub(crate) fn chain(n: &mut NodeContext<'_>, op: &Op) -> Result<ValueId, OnnxError> {
    let mut result = n.input(0)?;
    let count = n.inputs.len();
    for index in 1..count {
        let next = n.input(index)?;
        result = if index + 1 == count {
            n.apply_to(op.clone(), &[result, next])?[0]
        } else {
            n.b.apply1(op.clone(), &[result, next]).map_err(|e| n.wrap(e))?
        };
    }
    Ok(result)
}

/// As [`chain`], for a node whose last step is another.
pub(crate) fn chain_unnamed(n: &mut NodeContext<'_>, op: &Op) -> Result<ValueId, OnnxError> {
    let mut result = n.input(0)?;
    for index in 1..n.inputs.len() {
        let next = n.input(index)?;
        result = n.b.apply1(op.clone(), &[result, next]).map_err(|e| n.wrap(e))?;
    }
    Ok(result)
}

/// Cases for a formula with arguments drawn from these ranges: equal shapes, broadcasting both ways, scalars.
pub(crate) fn examples(op: impl Into<Op>, first: (f64, f64), second: (f64, f64)) -> Vec<Example> {
    let op: Op = op.into();
    let draw = |shape: &[usize], range: (f64, f64)| Sample::within(shape, range.0, range.1);
    let case = |label, a: &[usize], b: &[usize]| Example::new(label, op.clone(), vec![draw(a, first), draw(b, second)]);
    vec![
        case("equal shapes", &[2, 3, 5], &[2, 3, 5]),
        case("broadcast both ways", &[4, 1, 5], &[3, 1]),
        case("scalar first", &[], &[3, 5]),
        case("scalar second", &[7], &[]),
    ]
}
