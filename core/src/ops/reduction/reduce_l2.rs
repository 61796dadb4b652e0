//! ReduceL2: `y = sqrt(sum over axes of x^2)`. <https://onnx.ai/onnx/operators/onnx__ReduceL2.html>
//!
//! Shapes: the axes vanish, or stay at size 1 with `keep_dims`. Gradient: `dx = dy * x / y`, and 0 where the
//! norm `y` is 0.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::reduce::{self, Reduce, reduce_rules};
use crate::ops::{Example, Import, OpExamples, Sample};

/// Euclidean norm along axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReduceL2 {
    /// Axes that are folded.
    pub axes: Vec<usize>,
    /// Whether they stay at size 1.
    pub keep_dims: bool,
}

crate::ops::role::part!(ReduceL2: Layer, Other, Own);

/// Reader of `ReduceL2` nodes.
pub const ONNX: &[Import] = &[("ReduceL2", |n| {
    let (axes, keep_dims) = n.reduction()?;
    Ok(vec![n.apply(ReduceL2 { axes, keep_dims }, &[0])?])
})];

impl Reduce for ReduceL2 {
    const NAME: &'static str = "ReduceL2";

    fn axes(&self) -> &[usize] {
        &self.axes
    }

    fn fold(&self, group: &[f64]) -> f64 {
        group.iter().map(|x| x * x).sum::<f64>().sqrt()
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let (zero, one) = (b.scalar_like(0.0, y), b.scalar_like(1.0, y));
        // Where the norm is 0 all of x is 0: divided by 1 instead it stays 0, and no NaN is made.
        let vanishes = b.equal(y, zero)?;
        let divisor = b.select(vanishes, one, y)?;
        let factor = b.div(dy, divisor)?;
        b.mul(x, factor)
    }
}

reduce_rules!(ReduceL2);

impl OpExamples for ReduceL2 {
    fn examples() -> Vec<Example> {
        reduce::examples(Sample::real, |axes, keep_dims| Self { axes: axes.to_vec(), keep_dims })
    }
}
