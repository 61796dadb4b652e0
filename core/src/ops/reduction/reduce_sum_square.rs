//! ReduceSumSquare: `y = sum over axes of x^2`. <https://onnx.ai/onnx/operators/onnx__ReduceSumSquare.html>
//!
//! Shapes: the axes vanish, or stay at size 1 with `keep_dims`. Gradient: `dx = 2 x dy`, `dy` repeated along
//! the axes.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::reduce::{self, Reduce, reduce_rules};
use crate::ops::{Example, Import, OpExamples, Sample};

/// Sum of squares along axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReduceSumSquare {
    /// Axes that are folded.
    pub axes: Vec<usize>,
    /// Whether they stay at size 1.
    pub keep_dims: bool,
}

crate::ops::role::part!(ReduceSumSquare: Layer, Other, Own);

/// Reader of `ReduceSumSquare` nodes.
pub const ONNX: &[Import] = &[("ReduceSumSquare", |n| {
    let (axes, keep_dims) = n.reduction()?;
    Ok(vec![n.apply(ReduceSumSquare { axes, keep_dims }, &[0])?])
})];

impl Reduce for ReduceSumSquare {
    const NAME: &'static str = "ReduceSumSquare";

    fn axes(&self) -> &[usize] {
        &self.axes
    }

    fn fold(&self, group: &[f64]) -> f64 {
        group.iter().map(|x| x * x).sum()
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let twice = b.scale(dy, 2.0)?;
        b.mul(x, twice)
    }
}

reduce_rules!(ReduceSumSquare);

impl OpExamples for ReduceSumSquare {
    fn examples() -> Vec<Example> {
        reduce::examples(Sample::real, |axes, keep_dims| Self { axes: axes.to_vec(), keep_dims })
    }
}
