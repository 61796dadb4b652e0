//! ReduceSum: `y = sum over axes of x`. <https://onnx.ai/onnx/operators/onnx__ReduceSum.html>
//!
//! Shapes: the axes vanish, or stay at size 1 with `keep_dims`. Gradient: `dy` repeated along the axes.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::reduce;
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, TensorType};

/// Sum along axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReduceSum {
    /// Axes that are folded.
    pub axes: Vec<usize>,
    /// Whether they stay at size 1.
    pub keep_dims: bool,
}

crate::ops::role::part!(ReduceSum: Passive, Other, Own);

/// Reader of `ReduceSum` nodes.
pub const ONNX: &[Import] = &[("ReduceSum", |n| {
    let (axes, keep_dims) = n.reduction()?;
    Ok(vec![n.apply(ReduceSum { axes, keep_dims }, &[0])?])
})];

impl OpRules for ReduceSum {
    fn name(&self) -> &'static str {
        "ReduceSum"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        reduce::infer(inputs, &self.axes, self.keep_dims)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        reduce::eval(inputs, &self.axes, self.keep_dims, |group| group.iter().sum())
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, _, like, dy| {
            let wide = reduce::restore_axes(b, dy, like, &self.axes)?;
            let shape = b.ty(like).shape.clone();
            b.expand(wide, &shape)
        })
    }

    fn export(&self) -> Export {
        reduce::onnx("ReduceSum", &self.axes, self.keep_dims)
    }
}

impl OpExamples for ReduceSum {
    fn examples() -> Vec<Example> {
        reduce::examples(Sample::real, |axes, keep_dims| Self { axes: axes.to_vec(), keep_dims })
    }
}
