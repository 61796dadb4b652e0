//! Silu: `y = x * sigmoid(alpha * x)`. ONNX calls it Swish, from opset 24 on; older files spell out the product.
//! <https://onnx.ai/onnx/operators/onnx__Swish.html>
//!
//! Shapes: `x`, `y` any. Gradient: that of the parts.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::composite::{Composite, composite_rules};
use crate::ops::sigmoid::sigmoid;
use crate::ops::{Example, Export, Import, OpExamples, Sample};

/// The sigmoid linear unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Silu {
    /// Steepness of the gate; 1 in PyTorch's SiLU.
    pub alpha: f64,
}

crate::ops::role::part!(Silu: Activation, InPlace, Broadcast);

/// Reader of `Swish` nodes.
pub const ONNX: &[Import] = &[("Swish", |n| {
    let alpha = f64::from(n.float("alpha", 1.0)?);
    Ok(vec![n.apply(Silu { alpha }, &[0])?])
})];

impl Composite for Silu {
    const NAME: &'static str = "Silu";

    fn f(&self, x: f64) -> f64 {
        x * sigmoid(self.alpha * x)
    }

    #[expect(clippy::float_cmp, reason = "exactly 1 is the usual setting and needs no product")]
    fn build(&self, b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
        let inner = if self.alpha == 1.0 { x } else { b.scale(x, self.alpha)? };
        let gate = b.sigmoid(inner)?;
        b.mul(x, gate)
    }
}

composite_rules!(Silu, |_op| Export::Parts);

impl OpExamples for Silu {
    fn examples() -> Vec<Example> {
        vec![
            Example::new("spread", Self { alpha: 1.0 }, vec![Sample::within(&[3, 5, 7], -4.0, 4.0)]),
            Example::new("steep, one element", Self { alpha: 1.702 }, vec![Sample::within(&[1], 0.5, 1.0)]),
        ]
    }
}
