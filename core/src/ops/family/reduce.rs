//! Operators that fold some axes into one number: `y = fold over axes of x`.

use ndarray::{ArrayD, Axis};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::args;
use crate::ops::{Applied, Attribute, Example, Export, ExportInput, Op, OpError, Sample, export};
use crate::tensor::{Array, Dim, Tensor, TensorType};

/// The shape after folding `axes`.
pub(crate) fn infer(inputs: &[TensorType], axes: &[usize], keep_dims: bool) -> Result<Vec<TensorType>, OpError> {
    args::arity(inputs, 1)?;
    let x = args::real_type(inputs, 0)?;
    if let Some(axis) = axes.iter().find(|a| **a >= x.rank()) {
        return Err(OpError::shape(format!("axis {axis} is not among the {} of {x}", x.rank())));
    }
    let kept = x.shape.iter().enumerate().filter_map(|(i, d)| match (axes.contains(&i), keep_dims) {
        (true, true) => Some(Dim::ONE),
        (true, false) => None,
        (false, _) => Some(*d),
    });
    Ok(vec![TensorType { dtype: x.dtype, shape: kept.collect() }])
}

/// Folds every group of elements along `axes` by `f`, which sees them in row-major order.
pub(crate) fn eval(
    inputs: &[Array],
    axes: &[usize],
    keep_dims: bool,
    f: impl Fn(&[f64]) -> f64,
) -> Result<Vec<Array>, OpError> {
    let x = args::real(inputs, 0)?;
    let kept: Vec<usize> = (0..x.ndim()).filter(|i| !axes.contains(i)).collect();
    let order: Vec<usize> = kept.iter().chain(axes).copied().collect();
    let outer: Vec<usize> = kept.iter().map(|i| x.shape()[*i]).collect();
    let group: usize = axes.iter().map(|i| x.shape()[*i]).product();
    let rows = x.view().permuted_axes(order).as_standard_layout().into_owned().into_raw_vec_and_offset().0;
    // Nothing folded is what `f` makes of nothing: a sum of 0, a maximum of minus infinity.
    let folded: Vec<f64> =
        if group == 0 { vec![f(&[]); outer.iter().product()] } else { rows.chunks(group).map(f).collect() };
    let mut result = ArrayD::from_shape_vec(outer, folded).map_err(|e| OpError::shape(e.to_string()))?;
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
pub(crate) fn restore_axes(b: &mut Builder, value: ValueId, x: ValueId, axes: &[usize]) -> Result<ValueId, GraphError> {
    let mut shape = b.ty(x).shape.clone();
    for axis in axes {
        shape[*axis] = Dim::ONE;
    }
    b.reshape(value, &shape)
}

/// The ONNX node: axes are an input since opset 18 (13 for the sum).
pub(crate) fn onnx(op_type: &'static str, axes: &[usize], keep_dims: bool) -> Export {
    let mut attributes = vec![("keepdims", Attribute::Int(i64::from(keep_dims)))];
    if axes.is_empty() {
        // Without this ONNX reads "no axes" as "all axes".
        attributes.push(("noop_with_empty_axes", Attribute::Int(1)));
    }
    Export::with(op_type, 1, attributes).and_input(ExportInput::Constant(Tensor::indices(&export::ints(axes))))
}

/// What a reduction says of itself; [`reduce_rules!`](crate::ops::family::reduce::reduce_rules) does the rest.
pub(crate) trait Reduce {
    /// ONNX's name.
    const NAME: &'static str;

    /// Axes that are folded.
    fn axes(&self) -> &[usize];

    /// One result from the elements that are folded into it.
    fn fold(&self, group: &[f64]) -> f64;

    /// Derivative of the loss by `x`, from `y` and `dy` with the folded axes at size 1; of a shape that expands to `x`'s.
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    fn gradient(&self, b: &mut Builder, x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError>;
}

/// The rule, in the shape that the reverse walk wants.
pub(crate) fn backward(
    op: &impl Reduce,
    b: &mut Builder,
    node: &Applied<'_>,
) -> Result<Vec<Option<ValueId>>, GraphError> {
    node.each_wanted(b, |b, _, x, dy| {
        let dy = restore_axes(b, dy, x, op.axes())?;
        let y = restore_axes(b, node.outputs[0], x, op.axes())?;
        let gradient = op.gradient(b, x, y, dy)?;
        let shape = b.ty(x).shape.clone();
        b.expand(gradient, &shape)
    })
}

/// Number of elements of `x` that are folded into one, as a value that broadcasts: a constant unless it depends on the
/// batch.
pub(crate) fn count(b: &mut Builder, x: ValueId, axes: &[usize]) -> Result<ValueId, GraphError> {
    let shape = b.ty(x).shape.clone();
    let sizes: Option<usize> = axes.iter().map(|a| shape[*a].known()).product();
    if let Some(size) = sizes {
        #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
        return Ok(b.scalar_like(size as f64, x));
    }
    let one = b.scalar_like(1.0, x);
    let ones = b.expand(one, &shape)?;
    b.reduce_sum(ones, axes, true)
}

/// Implements `OpRules` for a [`Reduce`] operator.
macro_rules! reduce_rules {
    ($ty:ty) => {
        impl $crate::ops::OpRules for $ty {
            fn name(&self) -> &'static str {
                <Self as $crate::ops::family::reduce::Reduce>::NAME
            }
            fn infer(
                &self,
                inputs: &[$crate::tensor::TensorType],
            ) -> Result<Vec<$crate::tensor::TensorType>, $crate::ops::OpError> {
                $crate::ops::family::reduce::infer(inputs, &self.axes, self.keep_dims)
            }
            fn eval(
                &self,
                inputs: &[$crate::tensor::Array],
                _batch: usize,
            ) -> Result<Vec<$crate::tensor::Array>, $crate::ops::OpError> {
                use $crate::ops::family::reduce::Reduce as _;
                $crate::ops::family::reduce::eval(inputs, &self.axes, self.keep_dims, |group| self.fold(group))
            }
            fn derivative(&self) -> $crate::ops::Derivative {
                $crate::ops::Derivative::Rule
            }
            fn backward(
                &self,
                b: &mut $crate::graph::Builder,
                node: &$crate::ops::Applied<'_>,
            ) -> Result<Vec<Option<$crate::graph::ValueId>>, $crate::graph::GraphError> {
                $crate::ops::family::reduce::backward(self, b, node)
            }
            fn export(&self) -> $crate::ops::Export {
                $crate::ops::family::reduce::onnx(
                    <Self as $crate::ops::family::reduce::Reduce>::NAME,
                    &self.axes,
                    self.keep_dims,
                )
            }
        }
    };
}
pub(crate) use reduce_rules;

/// Cases: last axis, inner axes, all axes, with and without kept dimensions.
pub(crate) fn examples<T: Into<Op>>(
    sample: impl Fn(&[usize]) -> Sample,
    op: impl Fn(&[usize], bool) -> T,
) -> Vec<Example> {
    vec![
        Example::new("last axis", op(&[2], false), vec![sample(&[2, 3, 5])]),
        Example::new("inner axes, kept", op(&[1, 2], true), vec![sample(&[2, 3, 4, 2])]),
        Example::new("all axes", op(&[0, 1], false), vec![sample(&[3, 4])]),
    ]
}
