//! ReduceMean: `y = mean over axes of x`. <https://onnx.ai/onnx/operators/onnx__ReduceMean.html>
//!
//! Shapes: the axes vanish, or stay at size 1 with `keep_dims`. Gradient: `dy / count` repeated along the axes.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::reduce::{self, Reduce, reduce_rules};
use crate::ops::{Example, Import, OpExamples, Sample};

/// Mean along axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReduceMean {
    /// Axes that are folded.
    pub axes: Vec<usize>,
    /// Whether they stay at size 1.
    pub keep_dims: bool,
}

crate::ops::role::part!(ReduceMean: Passive, Other, Own);

/// Reader of `ReduceMean` nodes.
pub const ONNX: &[Import] = &[("ReduceMean", |n| {
    let (axes, keep_dims) = n.reduction()?;
    Ok(vec![n.apply(ReduceMean { axes, keep_dims }, &[0])?])
})];

impl Reduce for ReduceMean {
    const NAME: &'static str = "ReduceMean";

    fn axes(&self) -> &[usize] {
        &self.axes
    }

    fn fold(&self, group: &[f64]) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
        let count = group.len() as f64;
        group.iter().sum::<f64>() / count
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let count = reduce::count(b, x, &self.axes)?;
        b.div(dy, count)
    }
}

reduce_rules!(ReduceMean);

impl OpExamples for ReduceMean {
    fn examples() -> Vec<Example> {
        reduce::examples(Sample::real, |axes, keep_dims| Self { axes: axes.to_vec(), keep_dims })
    }
}
