//! Operators that fold some axes into one number: `y = fold over axes of x`.

use ndarray::{ArrayD, Axis};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::args;
use crate::ops::{Attribute, Example, Export, ExportInput, Op, OpError, Sample, export};
use crate::tensor::{Array, Dim, Tensor, TensorType};

/// The shape after folding `axes`.
pub fn infer(
    inputs: &[TensorType],
    axes: &[usize],
    keep_dims: bool,
) -> Result<Vec<TensorType>, OpError> {
    args::arity(inputs, 1)?;
    let x = args::real_type(inputs, 0)?;
    if let Some(axis) = axes.iter().find(|a| **a >= x.rank()) {
        return Err(OpError::shape(format!(
            "axis {axis} is not among the {} of {x}",
            x.rank()
        )));
    }
    let kept =
        x.shape
            .iter()
            .enumerate()
            .filter_map(|(i, d)| match (axes.contains(&i), keep_dims) {
                (true, true) => Some(Dim::ONE),
                (true, false) => None,
                (false, _) => Some(*d),
            });
    Ok(vec![TensorType {
        dtype: x.dtype,
        shape: kept.collect(),
    }])
}

/// Folds every group of elements along `axes` by `f`, which sees them in row-major order.
pub fn eval(
    inputs: &[Array],
    axes: &[usize],
    keep_dims: bool,
    f: impl Fn(&[f64]) -> f64,
) -> Result<Vec<Array>, OpError> {
    let x = args::real(inputs, 0)?;
    let kept: Vec<usize> = (0..x.ndim()).filter(|i| !axes.contains(i)).collect();
    let order: Vec<usize> = kept.iter().chain(axes).copied().collect();
    let outer: Vec<usize> = kept.iter().map(|i| x.shape()[*i]).collect();
    let group = axes.iter().map(|i| x.shape()[*i]).product::<usize>().max(1);
    let rows = x
        .view()
        .permuted_axes(order)
        .as_standard_layout()
        .into_owned()
        .into_raw_vec_and_offset()
        .0;
    let folded: Vec<f64> = rows.chunks(group).map(f).collect();
    let mut result =
        ArrayD::from_shape_vec(outer, folded).map_err(|e| OpError::shape(e.to_string()))?;
    if keep_dims {
        let mut sorted = axes.to_vec();
        sorted.sort_unstable();
        for axis in sorted {
            result.insert_axis_inplace(Axis(axis));
        }
    }
    Ok(vec![Array::Real(result)])
}

/// `value`, shaped like the reduction's result, with the folded axes back at size 1.
pub fn restore_axes(
    b: &mut Builder,
    value: ValueId,
    x: ValueId,
    axes: &[usize],
) -> Result<ValueId, GraphError> {
    let mut shape = b.ty(x).shape.clone();
    for axis in axes {
        shape[*axis] = Dim::ONE;
    }
    b.reshape(value, &shape)
}

/// The ONNX node: axes are an input since opset 18 (13 for the sum).
pub fn onnx(op_type: &'static str, axes: &[usize], keep_dims: bool) -> Export {
    Export::with(
        op_type,
        1,
        vec![("keepdims", Attribute::Int(i64::from(keep_dims)))],
    )
    .and_input(ExportInput::Constant(Tensor::indices(&export::ints(axes))))
}

/// Cases: last axis, inner axes, all axes, with and without kept dimensions.
pub fn examples<T: Into<Op>>(
    sample: impl Fn(&[usize]) -> Sample,
    op: impl Fn(&[usize], bool) -> T,
) -> Vec<Example> {
    vec![
        Example::new("last axis", op(&[2], false), vec![sample(&[2, 3, 5])]),
        Example::new(
            "inner axes, kept",
            op(&[1, 2], true),
            vec![sample(&[2, 3, 4, 2])],
        ),
        Example::new("all axes", op(&[0, 1], false), vec![sample(&[3, 4])]),
    ]
}
