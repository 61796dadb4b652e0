//! Gather: chosen positions along an axis. <https://onnx.ai/onnx/operators/onnx__Gather.html>
//!
//! Shapes: `x` [outer.., size, inner..], `indices` [picked..], `y` [outer.., picked.., inner..]. Negative indices count from
//! the end. Gradient: `dy` added up where it was picked from.

use ndarray::{ArrayD, Axis};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{args, each};
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, DType, Dim, Tensor, TensorType};

/// Positions along one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gather {
    /// The axis that indices point into.
    pub axis: usize,
}

crate::ops::role::part!(Gather: Passive, InOrder, Own);

/// Reader of `Gather` nodes.
pub const ONNX: &[Import] = &[("Gather", |n| {
    let rank = n.ty(0)?.rank();
    let axis = n.axis(n.int("axis", 0)?, rank)?;
    Ok(vec![n.apply(Gather { axis }, &[0, 1])?])
})];

impl OpRules for Gather {
    fn name(&self) -> &'static str {
        "Gather"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 2)?;
        let (x, indices) = (args::type_at(inputs, 0)?, args::typed(inputs, 1, DType::I64)?);
        each::axis_within(self.axis, x.rank())?;
        let mut shape = x.shape.clone();
        shape.splice(self.axis..=self.axis, indices.shape.iter().copied());
        Ok(vec![TensorType { dtype: x.dtype, shape }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (x, indices) = (args::any(inputs, 0)?, args::int(inputs, 1)?);
        each::axis_within(self.axis, x.shape().len())?;
        Ok(vec![each::each_kind!(x, |a| picked(a, indices, self.axis))])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (Some(dy), true) = (node.upstream[0], node.wanted[0]) else {
            return Ok(vec![None, None]);
        };
        let (x, indices) = (b.ty(node.inputs[0]).clone(), b.ty(node.inputs[1]).clone());
        let count = indices.elements().ok_or_else(|| GraphError::Mismatch {
            what: "indices of a Gather".to_owned(),
            expected: "a count for every batch".to_owned(),
            found: indices.to_string(),
        })?;
        // As many positions as picked along the axis; the same ones for every row and column.
        let mut wide = x.shape.clone();
        wide[self.axis] = count;
        let mut thin = vec![Dim::ONE; x.rank()];
        thin[self.axis] = count;
        let positions = b.reshape(node.inputs[1], &thin)?;
        let positions = b.expand(positions, &wide)?;
        let updates = b.reshape(dy, &wide)?;
        let zeros = b.zeros_like(node.inputs[0])?;
        Ok(vec![Some(b.scatter_elements(zeros, positions, updates, self.axis, true)?), None])
    }

    fn export(&self) -> Export {
        Export::with("Gather", 2, vec![each::axis_attribute(self.axis)])
    }
}

/// The slices of `a` that `indices` name, with the axes of `indices` in place of `axis`.
fn picked<T: Clone>(a: &ArrayD<T>, indices: &ArrayD<i64>, axis: usize) -> Result<ArrayD<T>, OpError> {
    let size = a.shape()[axis];
    let positions = indices.iter().map(|i| each::position(*i, size)).collect::<Result<Vec<_>, _>>()?;
    let mut shape = a.shape().to_vec();
    shape.splice(axis..=axis, indices.shape().iter().copied());
    let rows = a.select(Axis(axis), &positions).as_standard_layout().into_owned();
    rows.into_shape_with_order(shape).map_err(|e| OpError::shape(e.to_string()))
}

impl OpExamples for Gather {
    fn examples() -> Vec<Example> {
        let table = Tensor::i64(&[2, 2], vec![3, 0, -1, 3])
            .map_or(Sample::Int { shape: vec![2, 2], low: 0, high: 4 }, Sample::Fixed);
        let one = Tensor::i64(&[], vec![1]).map_or(Sample::Int { shape: vec![], low: 0, high: 2 }, Sample::Fixed);
        let some = Sample::Int { shape: vec![4], low: 0, high: 3 };
        vec![
            Example::new("a table of positions", Self { axis: 1 }, vec![Sample::real(&[2, 4, 3]), table]),
            Example::new("a scalar takes the axis away", Self { axis: 2 }, vec![Sample::real(&[2, 3, 2]), one]),
            Example::new("rows", Self { axis: 0 }, vec![Sample::real(&[3, 5]), some]),
        ]
    }
}
