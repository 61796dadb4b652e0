//! What Softmax and its logarithm share: settings, shapes, and how old files mean the axis.

use ndarray::{ArrayViewMut1, Axis};

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::family::{args, unary};
use crate::ops::{Attribute, Example, Export, Op, OpError, Sample, export};
use crate::tensor::{Array, Dim, TensorType};

/// Same shape and type as the one real argument, which has that axis.
pub(crate) fn infer(inputs: &[TensorType], axis: usize) -> Result<Vec<TensorType>, OpError> {
    let result = unary::infer(inputs)?;
    if axis < result[0].rank() {
        Ok(result)
    } else {
        Err(OpError::shape(format!("axis {axis} is not among the {} of {}", result[0].rank(), result[0])))
    }
}

/// Rewrites every row along `axis`.
pub(crate) fn eval(
    inputs: &[Array],
    axis: usize,
    rewrite: impl Fn(ArrayViewMut1<'_, f64>),
) -> Result<Vec<Array>, OpError> {
    let mut y = args::real(inputs, 0)?.clone();
    y.lanes_mut(Axis(axis)).into_iter().for_each(rewrite);
    Ok(vec![Array::Real(y)])
}

/// The largest element, without which exponentials do not overflow.
pub(crate) fn largest(row: &ArrayViewMut1<'_, f64>) -> f64 {
    row.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// Reads a node. Before opset 13 the axis (default 1) splits the shape into rows and one long axis that is normalised as a
/// whole; since, it (default -1) is the only axis that is.
pub(crate) fn read<T: Into<Op>>(n: &mut NodeContext<'_>, op: impl Fn(usize) -> T) -> Result<Vec<ValueId>, OnnxError> {
    let x = n.ty(0)?;
    let old = n.info.opset < 13;
    let axis = n.int("axis", if old { 1 } else { -1 })?;
    let axis = n.axis(axis, x.rank())?;
    if !old || axis + 1 == x.rank() {
        return Ok(vec![n.apply(op(axis), &[0])?]);
    }
    let product = |dims: &[Dim]| dims.iter().try_fold(Dim::ONE, |all, d| all.times(*d));
    let (Some(rows), Some(columns)) = (product(&x.shape[..axis]), product(&x.shape[axis..])) else {
        return Err(n.error(format!("{x} cannot be flattened at axis {axis}: the batch appears twice")));
    };
    let value = n.input(0)?;
    let flat = n.b.reshape(value, &[rows, columns]).map_err(|e| n.wrap(e))?;
    let result = n.b.apply1(op(1), &[flat]).map_err(|e| n.wrap(e))?;
    if x.rank() == 2 {
        return Ok(vec![result]);
    }
    n.apply_to(crate::ops::reshape::Reshape { shape: x.shape }, &[result])
}

/// The ONNX node.
pub(crate) fn onnx(op_type: &'static str, axis: usize) -> Export {
    Export::with(op_type, 1, vec![("axis", Attribute::Int(export::ints(&[axis])[0]))])
}

/// Cases: last axis, a middle axis, one element.
pub(crate) fn examples<T: Into<Op>>(op: impl Fn(usize) -> T) -> Vec<Example> {
    vec![
        Example::new("last axis", op(1), vec![Sample::real(&[3, 7])]),
        Example::new("middle axis", op(1), vec![Sample::real(&[2, 5, 3])]),
        Example::new("one element", op(0), vec![Sample::real(&[1])]),
    ]
}
