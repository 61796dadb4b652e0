//! MatMul: `y = a @ b` over the last two axes, leading axes broadcast. <https://onnx.ai/onnx/operators/onnx__MatMul.html>
//!
//! Shapes: `a` [..., rows, inner], `b` [..., inner, columns], `y` [..., rows, columns].
//! Gradient: `da = dy @ b^T`, `db = a^T @ dy`, summed over broadcast axes.

use ndarray::{ArrayD, Ix2, IxDyn};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{args, binary};
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, TensorType};

/// Matrix product; both arguments have at least two axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatMul;

crate::ops::role::part!(MatMul: Layer, Other, Own, Product);

/// Reader of `MatMul` nodes; an argument with one axis is a row on the left, a column on the right.
pub const ONNX: &[Import] = &[("MatMul", |n| Ok(vec![n.matmul(0, 1)?]))];

impl OpRules for MatMul {
    fn name(&self) -> &'static str {
        "MatMul"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 2)?;
        let (a, b) = (args::real_type(inputs, 0)?, args::real_type(inputs, 1)?);
        let (Some((inner_a, lead_a)), Some((columns, lead_b))) = (a.shape.split_last(), b.shape.split_last()) else {
            return Err(OpError::shape("needs at least two axes on both sides"));
        };
        let (Some((rows, lead_a)), Some((inner_b, lead_b))) = (lead_a.split_last(), lead_b.split_last()) else {
            return Err(OpError::shape("needs at least two axes on both sides"));
        };
        if inner_a != inner_b || a.dtype != b.dtype {
            return Err(OpError::shape(format!("{a} and {b} do not multiply: inner sizes or elements differ")));
        }
        let mut shape = binary::broadcast(lead_a, lead_b)?;
        shape.extend([*rows, *columns]);
        Ok(vec![TensorType { dtype: a.dtype, shape }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        Ok(vec![Array::Real(product(args::real(inputs, 0)?, args::real(inputs, 1)?)?)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, index, like, dy| {
            let other = b.transpose_last(node.inputs[1 - index])?;
            let gradient = if index == 0 { b.matmul(dy, other)? } else { b.matmul(other, dy)? };
            binary::unbroadcast(b, gradient, like)
        })
    }

    fn export(&self) -> Export {
        Export::plain("MatMul", 2)
    }
}

/// Matrix by matrix over the broadcast leading axes.
fn product(a: &ArrayD<f64>, b: &ArrayD<f64>) -> Result<ArrayD<f64>, OpError> {
    let refuse = |_| OpError::shape(format!("{:?} and {:?} do not multiply", a.shape(), b.shape()));
    let (rank_a, rank_b) = (a.ndim(), b.ndim());
    if rank_a < 2 || rank_b < 2 || a.shape()[rank_a - 1] != b.shape()[rank_b - 2] {
        return Err(OpError::shape(format!("{:?} and {:?} do not multiply", a.shape(), b.shape())));
    }
    let (rows, inner, columns) = (a.shape()[rank_a - 2], a.shape()[rank_a - 1], b.shape()[rank_b - 1]);
    let dims = |s: &[usize]| s.iter().copied().map(crate::tensor::Dim::fixed).collect::<Vec<_>>();
    let lead = binary::broadcast(&dims(&a.shape()[..rank_a - 2]), &dims(&b.shape()[..rank_b - 2]))?;
    let lead: Vec<usize> = lead.iter().map(|d| d.fixed).collect();
    let wide = |x: &ArrayD<f64>, tail: [usize; 2]| {
        let shape: Vec<usize> = lead.iter().copied().chain(tail).collect();
        let flat = [lead.iter().product::<usize>(), tail[0], tail[1]];
        let all = x.broadcast(IxDyn(&shape)).map(|v| v.as_standard_layout().into_owned());
        all.ok_or_else(|| OpError::shape("leading axes do not broadcast"))?.into_shape_with_order(flat).map_err(refuse)
    };
    let (left, right) = (wide(a, [rows, inner])?, wide(b, [inner, columns])?);
    let mut values = Vec::new();
    for (x, y) in left.outer_iter().zip(right.outer_iter()) {
        let (x, y) = (x.into_dimensionality::<Ix2>().map_err(refuse)?, y.into_dimensionality::<Ix2>().map_err(refuse)?);
        values.extend(x.dot(&y));
    }
    let shape: Vec<usize> = lead.iter().copied().chain([rows, columns]).collect();
    ArrayD::from_shape_vec(shape, values).map_err(refuse)
}

impl OpExamples for MatMul {
    fn examples() -> Vec<Example> {
        vec![
            Example::new("matrices", Self, vec![Sample::real(&[3, 5]), Sample::real(&[5, 4])]),
            Example::new("batches", Self, vec![Sample::real(&[2, 3, 5]), Sample::real(&[2, 5, 1])]),
            Example::new("broadcast", Self, vec![Sample::real(&[2, 1, 3, 5]), Sample::real(&[4, 5, 2])]),
        ]
    }
}
