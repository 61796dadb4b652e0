//! Clip: `y = min(max(x, low), high)`. <https://onnx.ai/onnx/operators/onnx__Clip.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy` where `low <= x <= high`, else 0. The bounds are settings; a node whose bounds are
//! computed becomes `Max` and `Min`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, NodeInput, OnnxError};
use crate::ops::family::unary::{Unary, unary_rules};
use crate::ops::max::Max;
use crate::ops::min::Min;
use crate::ops::{Attribute, Example, Export, ExportInput, Import, OnnxNode, OpExamples, Sample};
use crate::tensor::Tensor;

/// Limits every element to an interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Smallest result; minus infinity for none.
    pub low: f64,
    /// Largest result; infinity for none. It wins where the bounds contradict each other.
    pub high: f64,
}

crate::ops::role::part!(Clip: Activation, InPlace, Broadcast);

/// Reader of `Clip` nodes: bounds are attributes before opset 11, inputs since.
pub const ONNX: &[Import] = &[("Clip", |n| {
    if n.info.opset < 11 {
        let (low, high) = (n.float("min", f32::MIN)?, n.float("max", f32::MAX)?);
        return Ok(vec![n.apply(Clip { low: f64::from(low), high: f64::from(high) }, &[0])?]);
    }
    match (constant_bound(n, 1, f64::NEG_INFINITY), constant_bound(n, 2, f64::INFINITY)) {
        (Some(low), Some(high)) if n.ty(0)?.dtype.is_real() => Ok(vec![n.apply(Clip { low, high }, &[0])?]),
        _ => computed_bounds(n),
    }
})];

/// The number at input `index`, `default` where it is left out; `None` if it is known only at run time.
fn constant_bound(n: &NodeContext<'_>, index: usize, default: f64) -> Option<f64> {
    match n.given(index) {
        None | Some(NodeInput::Absent) => Some(default),
        Some(NodeInput::Value(_)) => n.numbers_input(index).ok().flatten()?.first().copied(),
        Some(NodeInput::Symbolic(_)) => None,
    }
}

fn computed_bounds(n: &mut NodeContext<'_>) -> Result<Vec<ValueId>, OnnxError> {
    let mut x = n.input(0)?;
    let (low, high) = (n.maybe(1)?, n.maybe(2)?);
    match (low, high) {
        (Some(low), Some(high)) => {
            x = n.b.max(x, low).map_err(|e| n.wrap(e))?;
            n.apply_to(Min, &[x, high])
        }
        (Some(low), None) => n.apply_to(Max, &[x, low]),
        (None, Some(high)) => n.apply_to(Min, &[x, high]),
        (None, None) => Ok(vec![x]),
    }
}

impl Unary for Clip {
    const NAME: &'static str = "Clip";

    fn f(&self, x: f64) -> f64 {
        // Comparisons rather than `clamp`: NaN stays NaN, and contradicting bounds do not panic.
        let raised = if x < self.low { self.low } else { x };
        if raised > self.high { self.high } else { raised }
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let inside = b.equal(x, y)?;
        let zero = b.scalar_like(0.0, dy);
        b.select(inside, dy, zero)
    }
}

unary_rules!(Clip, |op| Export::Node(OnnxNode {
    op_type: "Clip",
    attributes: Vec::<(&'static str, Attribute)>::new(),
    inputs: vec![ExportInput::Argument(0), bound(op.low), bound(op.high)],
}));

/// The bound as ONNX's input.
#[expect(clippy::cast_possible_truncation, reason = "networks are exported in f32")]
fn bound(value: f64) -> ExportInput {
    if value.is_finite() { ExportInput::Constant(Tensor::scalar(value as f32)) } else { ExportInput::Absent }
}

impl OpExamples for Clip {
    fn examples() -> Vec<Example> {
        // Bounds between the values that are drawn: no element is at a kink.
        let case = |label, low, high| Example::new(label, Self { low, high }, vec![Sample::distinct(&[3, 5, 7])]);
        vec![
            case("both bounds", -0.71, 1.13),
            case("from below", 0.0, f64::INFINITY),
            case("from above", f64::NEG_INFINITY, 0.0),
            Example::new("one element", Self { low: 0.0, high: 6.0 }, vec![Sample::within(&[1], 1.0, 2.0)]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_bound_wins_and_nan_stays() {
        let contradictory = Clip { low: 2.0, high: 1.0 };
        assert_eq!([0.0, 1.5, 3.0].map(|x| contradictory.f(x)), [1.0; 3]);
        assert!(contradictory.f(f64::NAN).is_nan());
    }
}
