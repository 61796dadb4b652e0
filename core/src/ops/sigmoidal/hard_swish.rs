//! HardSwish: `y = x * min(max(x / 6 + 1/2, 0), 1)`. <https://onnx.ai/onnx/operators/onnx__HardSwish.html>
//!
//! Shapes: `x`, `y` any. Gradient: that of the parts `x * HardSigmoid(x)`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::composite::{Composite, composite_rules};
use crate::ops::family::unary::Unary as _;
use crate::ops::hard_sigmoid::HardSigmoid;
use crate::ops::{Example, Export, Import, OpExamples, Sample};

/// `Silu` made of straight and parabolic pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HardSwish;

crate::ops::role::part!(HardSwish: Activation, InPlace, Broadcast);

/// Reader of `HardSwish` nodes.
pub const ONNX: &[Import] = &[("HardSwish", |n| Ok(vec![n.apply(HardSwish, &[0])?]))];

/// The gate.
const GATE: HardSigmoid = HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 };

impl Composite for HardSwish {
    const NAME: &'static str = "HardSwish";

    fn f(&self, x: f64) -> f64 {
        x * GATE.f(x)
    }

    fn build(&self, b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
        let gate = b.apply1(GATE, &[x])?;
        b.mul(x, gate)
    }
}

composite_rules!(HardSwish, |_op| Export::plain("HardSwish", 1));

impl OpExamples for HardSwish {
    fn examples() -> Vec<Example> {
        vec![
            Example::new("spread", Self, vec![Sample::within(&[3, 5, 7], -5.0, 5.0)]),
            Example::new("one element", Self, vec![Sample::within(&[1], 0.5, 1.0)]),
        ]
    }
}
