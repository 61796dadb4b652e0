//! Transpose: axes in another order. <https://onnx.ai/onnx/operators/onnx__Transpose.html>
//!
//! Shapes: axis `i` of `y` is axis `order[i]` of `x`. Gradient: the inverse order applied to `dy`.

use ndarray::IxDyn;

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::args;
use crate::ops::{
    Applied, Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample, export,
};
use crate::tensor::{Array, TensorType};

/// Permutation of axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transpose {
    /// Which axis of the argument each axis of the result is.
    pub order: Vec<usize>,
}

crate::ops::role::part!(Transpose: Passive, Other, Own);

/// Reader of `Transpose` nodes (no `perm`: all axes reversed).
pub const ONNX: &[Import] = &[("Transpose", |n| {
    let rank = n.ty(0)?.rank();
    let order = match n.ints("perm")? {
        Some(perm) => n.axes(&perm, rank)?,
        None => (0..rank).rev().collect(),
    };
    Ok(vec![n.apply(Transpose { order }, &[0])?])
})];

impl OpRules for Transpose {
    fn name(&self) -> &'static str {
        "Transpose"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let x = args::type_at(inputs, 0)?;
        let mut sorted = self.order.clone();
        sorted.sort_unstable();
        if sorted.iter().copied().ne(0..x.rank()) {
            let (order, rank) = (&self.order, x.rank());
            return Err(OpError::shape(format!("order {order:?} does not name each of {rank} axes once")));
        }
        Ok(vec![TensorType { dtype: x.dtype, shape: self.order.iter().map(|i| x.shape[*i]).collect() }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let order = IxDyn(&self.order);
        Ok(vec![match args::any(inputs, 0)? {
            Array::Real(a) => Array::Real(a.view().permuted_axes(order).as_standard_layout().into_owned()),
            Array::Int(a) => Array::Int(a.view().permuted_axes(order).as_standard_layout().into_owned()),
            Array::Bool(a) => Array::Bool(a.view().permuted_axes(order).as_standard_layout().into_owned()),
        }])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let mut inverse = vec![0; self.order.len()];
        for (to, from) in self.order.iter().enumerate() {
            inverse[*from] = to;
        }
        node.each_wanted(b, |b, _, _, dy| b.transpose(dy, &inverse))
    }

    fn export(&self) -> Export {
        Export::with("Transpose", 1, vec![("perm", Attribute::Ints(export::ints(&self.order)))])
    }
}

impl OpExamples for Transpose {
    fn examples() -> Vec<Example> {
        vec![
            Example::new("cycle", Self { order: vec![2, 0, 1] }, vec![Sample::real(&[2, 3, 5])]),
            Example::new("swap", Self { order: vec![1, 0] }, vec![Sample::real(&[7, 1])]),
        ]
    }
}
