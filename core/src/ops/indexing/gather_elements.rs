//! GatherElements: one position along an axis for every element. <https://onnx.ai/onnx/operators/onnx__GatherElements.html>
//!
//! Shapes: `x` any, `indices` and `y` of the same rank and no larger than `x` but along the axis; for axis 1 of three
//! `y[i, j, k] = x[i, indices[i, j, k], k]`. Gradient: `dy` added up where it was picked from.

use ndarray::{ArrayD, Dimension, IxDyn};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{args, each};
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, DType, TensorType};

/// One position along an axis per element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatherElements {
    /// The axis that indices point into.
    pub axis: usize,
}

crate::ops::role::part!(GatherElements: Layer, Other, Own);

/// Reader of `GatherElements` nodes.
pub const ONNX: &[Import] = &[("GatherElements", |n| {
    let rank = n.ty(0)?.rank();
    let axis = n.axis(n.int("axis", 0)?, rank)?;
    Ok(vec![n.apply(GatherElements { axis }, &[0, 1])?])
})];

/// `indices` can point into `x` along `axis`.
pub(super) fn check(x: &TensorType, indices: &TensorType, axis: usize) -> Result<(), OpError> {
    each::axis_within(axis, x.rank())?;
    let inside = |i: usize| i == axis || each::fits(indices.shape[i], x.shape[i]);
    if indices.rank() == x.rank() && (0..x.rank()).all(inside) {
        Ok(())
    } else {
        Err(OpError::shape(format!("indices {indices} do not point into {x} along axis {axis}")))
    }
}

/// Where in `x` each element of `indices` points, in row-major order.
pub(super) fn targets(sizes: &[usize], indices: &ArrayD<i64>, axis: usize) -> Result<Vec<IxDyn>, OpError> {
    if indices.ndim() != sizes.len() || axis >= sizes.len() {
        return Err(OpError::shape(format!("indices {:?} do not point into {sizes:?}", indices.shape())));
    }
    let target = |(mut at, index): (IxDyn, &i64)| {
        at[axis] = each::position(*index, sizes[axis])?;
        let inside = at.slice().iter().zip(sizes).all(|(i, size)| i < size);
        if inside {
            Ok(at)
        } else {
            Err(OpError::shape(format!("indices {:?} are larger than {sizes:?}", indices.shape())))
        }
    };
    indices.indexed_iter().map(target).collect()
}

impl OpRules for GatherElements {
    fn name(&self) -> &'static str {
        "GatherElements"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 2)?;
        let (x, indices) = (args::type_at(inputs, 0)?, args::typed(inputs, 1, DType::I64)?);
        check(x, indices, self.axis)?;
        Ok(vec![indices.with_dtype(x.dtype)])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (x, indices) = (args::any(inputs, 0)?, args::int(inputs, 1)?);
        let targets = targets(x.shape(), indices, self.axis)?;
        let refuse = |e: ndarray::ShapeError| OpError::shape(e.to_string());
        let shape = IxDyn(indices.shape());
        Ok(vec![each::each_kind!(x, |a| {
            ArrayD::from_shape_vec(shape, targets.iter().map(|at| a[at]).collect()).map_err(refuse)
        })])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (Some(dy), true) = (node.upstream[0], node.wanted[0]) else {
            return Ok(vec![None, None]);
        };
        let zeros = b.zeros_like(node.inputs[0])?;
        Ok(vec![Some(b.scatter_elements(zeros, node.inputs[1], dy, self.axis, true)?), None])
    }

    fn export(&self) -> Export {
        Export::with("GatherElements", 2, vec![each::axis_attribute(self.axis)])
    }
}

impl OpExamples for GatherElements {
    fn examples() -> Vec<Example> {
        let at = |shape: &[usize], high| Sample::Int { shape: shape.to_vec(), low: 0, high };
        vec![
            Example::new("last axis", Self { axis: 1 }, vec![Sample::real(&[3, 5]), at(&[3, 2], 5)]),
            Example::new("first axis, fewer columns", Self { axis: 0 }, vec![Sample::real(&[4, 3]), at(&[6, 2], 4)]),
            Example::new("one list", Self { axis: 0 }, vec![Sample::real(&[7]), at(&[4], 7)]),
        ]
    }
}
