//! Elu: `y = x` above 0, `alpha * (e^x - 1)` below. <https://onnx.ai/onnx/operators/onnx__Elu.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy` above 0, `dy * (y + alpha)` elsewhere, as there `y + alpha = alpha * e^x`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Attribute, Example, Export, Import, OpExamples};

/// The exponential linear unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Elu {
    /// Minus the value that is approached far below 0.
    pub alpha: f64,
}

crate::ops::role::part!(Elu: Activation, InPlace, Broadcast);

/// Reader of `Elu` nodes.
pub const ONNX: &[Import] = &[("Elu", |n| {
    let alpha = f64::from(n.float("alpha", 1.0)?);
    Ok(vec![n.apply(Elu { alpha }, &[0])?])
})];

impl Unary for Elu {
    const NAME: &'static str = "Elu";

    fn f(&self, x: f64) -> f64 {
        if x < 0.0 { self.alpha * x.exp_m1() } else { x }
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let above = b.is_positive(x)?;
        let slope = b.shift(y, self.alpha)?;
        let below = b.mul(dy, slope)?;
        b.select(above, dy, below)
    }
}

unary_rules!(Elu, |op| Export::with("Elu", 1, vec![("alpha", Attribute::real(op.alpha))]));

impl OpExamples for Elu {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self { alpha: 1.0 }, Self { alpha: 0.4 }])
    }
}
