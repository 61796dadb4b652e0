//! ReduceMax: `y = maximum over axes of x`. <https://onnx.ai/onnx/operators/onnx__ReduceMax.html>
//!
//! Shapes: the axes vanish, or stay at size 1 with `keep_dims`. Gradient: `dy` goes to the largest element, in
//! equal shares to all that tie.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::reduce::{self, Reduce, reduce_rules};
use crate::ops::{Example, Import, OpExamples, Sample};

/// Largest element along axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReduceMax {
    /// Axes that are folded.
    pub axes: Vec<usize>,
    /// Whether they stay at size 1.
    pub keep_dims: bool,
}

crate::ops::role::part!(ReduceMax: Passive, Other, Own);

/// Reader of `ReduceMax` nodes.
pub const ONNX: &[Import] = &[("ReduceMax", |n| {
    let (axes, keep_dims) = n.reduction()?;
    Ok(vec![n.apply(ReduceMax { axes, keep_dims }, &[0])?])
})];

impl Reduce for ReduceMax {
    const NAME: &'static str = "ReduceMax";

    fn axes(&self) -> &[usize] {
        &self.axes
    }

    fn fold(&self, group: &[f64]) -> f64 {
        group.iter().copied().fold(f64::NEG_INFINITY, |top, x| if top.is_nan() || top >= x { top } else { x })
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let (zero, one) = (b.scalar_like(0.0, x), b.scalar_like(1.0, x));
        let is_top = b.equal(x, y)?;
        let mask = b.select(is_top, one, zero)?;
        let ties = b.reduce_sum(mask, &self.axes, true)?;
        let share = b.div(dy, ties)?;
        b.mul(mask, share)
    }
}

reduce_rules!(ReduceMax);

impl OpExamples for ReduceMax {
    fn examples() -> Vec<Example> {
        reduce::examples(Sample::distinct, |axes, keep_dims| Self { axes: axes.to_vec(), keep_dims })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_not_hidden() {
        let op = ReduceMax { axes: vec![0], keep_dims: false };
        assert!(op.fold(&[1.0, f64::NAN, 2.0]).is_nan());
        assert_eq!(op.fold(&[-3.0, -1.0, -2.0]), -1.0);
    }
}
