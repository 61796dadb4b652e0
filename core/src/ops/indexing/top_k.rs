//! TopK: the `k` largest or smallest elements along an axis, in order, and where they were.
//! <https://onnx.ai/onnx/operators/onnx__TopK.html>
//!
//! Shapes: `x` any; `values` and integer `indices` as `x` with `k` positions along the axis. Among equals the lower index comes
//! first. Gradient: `dvalues` back at the positions they came from: `dx = sum over k of dvalues_k * OneHot(indices_k)`.

use ndarray::{ArrayD, Axis, IxDyn};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::export;
use crate::ops::family::args;
use crate::ops::one_hot::OneHot;
use crate::ops::{
    Applied, Attribute, Derivative, Example, Export, ExportInput, Import, OpError, OpExamples, OpRules, Sample,
};
use crate::tensor::{Array, DType, Dim, Tensor, TensorType};

/// The first few elements in sorted order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopK {
    /// How many.
    pub k: usize,
    /// The axis that is sorted.
    pub axis: usize,
    /// The largest, else the smallest.
    pub largest: bool,
}

crate::ops::role::part!(TopK: Layer, Other, Own);

/// Reader of `TopK` nodes: `k` is an attribute before opset 10, an input since. What need not be sorted is sorted too.
pub const ONNX: &[Import] = &[("TopK", |n| {
    let rank = n.ty(0)?.rank();
    let k = match n.ints_input(1)? {
        Some(k) => k.first().copied().unwrap_or_default(),
        None => n.int("k", 0)?,
    };
    let k = usize::try_from(k).map_err(|_| n.error(format!("k must not be negative, is {k}")))?;
    let axis = n.int("axis", -1)?;
    // In order is one of the orders that 0 allows.
    n.irrelevant(&["sorted"]);
    let op = TopK { k, axis: n.axis(axis, rank)?, largest: n.int("largest", 1)? == 1 };
    let x = n.input(0)?;
    n.apply_to(op, &[x])
})];

impl OpRules for TopK {
    fn name(&self) -> &'static str {
        "TopK"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let mut values = args::real_type(inputs, 0)?.clone();
        let Some(dim) = values.shape.get_mut(self.axis) else {
            return Err(OpError::shape(format!("axis {} is not among the {} of {values}", self.axis, values.rank())));
        };
        let size = args::known(*dim, "the axis that is sorted")?;
        if self.k > size {
            return Err(OpError::shape(format!("asks for {} of {size} elements", self.k)));
        }
        *dim = Dim::fixed(self.k);
        let indices = values.with_dtype(DType::I64);
        Ok(vec![values, indices])
    }

    #[expect(clippy::cast_possible_wrap, reason = "sizes are far below 2^63")]
    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (x, axis) = (args::real(inputs, 0)?, Axis(self.axis));
        let mut shape = x.shape().to_vec();
        shape[self.axis] = self.k;
        let mut values = ArrayD::zeros(IxDyn(&shape));
        let mut indices = ArrayD::zeros(IxDyn(&shape));
        let rows = values.lanes_mut(axis).into_iter().zip(indices.lanes_mut(axis));
        for (row, (mut values, mut indices)) in x.lanes(axis).into_iter().zip(rows) {
            let mut order: Vec<usize> = (0..row.len()).collect();
            // Adding 0 makes -0 and 0 equal; a total order keeps NaN from confusing the sort, which is stable.
            let rank = |i: &usize| row[*i] + 0.0;
            order.sort_by(|i, j| {
                let ascending = rank(i).total_cmp(&rank(j));
                if self.largest { ascending.reverse() } else { ascending }
            });
            for (place, from) in order.into_iter().take(self.k).enumerate() {
                values[place] = row[from];
                indices[place] = from as i64;
            }
        }
        Ok(vec![Array::Real(values), Array::Int(indices)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, _, x, dy| {
            let TensorType { dtype, shape } = b.ty(x).clone();
            // The position axis goes right behind the axis of the k: [.., k, position, ..].
            let (depth, axis) = (shape[self.axis].fixed, self.axis + 1);
            let from = b.apply1(OneHot { depth, axis, on: 1.0, off: 0.0, dtype }, &[node.outputs[1]])?;
            let mut tall = b.ty(dy).shape.clone();
            tall.insert(axis, Dim::ONE);
            let tall = b.reshape(dy, &tall)?;
            let spread = b.mul(tall, from)?;
            b.reduce_sum(spread, &[self.axis], false)
        })
    }

    fn export(&self) -> Export {
        let axis = Attribute::Int(export::ints(&[self.axis])[0]);
        let largest = Attribute::Int(i64::from(self.largest));
        Export::with("TopK", 1, vec![("axis", axis), ("largest", largest)])
            .and_input(ExportInput::Constant(Tensor::indices(&export::ints(&[self.k]))))
    }
}

impl OpExamples for TopK {
    fn examples() -> Vec<Example> {
        let top = |k, axis, largest| Self { k, axis, largest };
        vec![
            Example::new("largest of the last axis", top(3, 1, true), vec![Sample::distinct(&[4, 7])]),
            Example::new("smallest of a middle axis", top(2, 1, false), vec![Sample::distinct(&[2, 5, 3])]),
            Example::new("all of one", top(1, 0, true), vec![Sample::distinct(&[1])]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;

    #[test]
    fn the_lower_index_comes_first_among_equals() {
        let x = Array::Real(arr1(&[1.0, 3.0, 3.0, 0.0, -0.0]).into_dyn());
        let top = |k, largest| TopK { k, axis: 0, largest }.eval(std::slice::from_ref(&x), 1).unwrap()[1].clone();
        assert_eq!(top(3, true), Array::Int(arr1(&[1, 2, 0]).into_dyn()));
        assert_eq!(top(2, false), Array::Int(arr1(&[3, 4]).into_dyn()));
    }
}
