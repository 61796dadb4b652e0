//! LeakyRelu: `y = x` above 0, `alpha * x` below. <https://onnx.ai/onnx/operators/onnx__LeakyRelu.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy` above 0, `alpha * dy` elsewhere.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Attribute, Example, Export, Import, OpExamples};

/// The rectifier that lets a share of the negative side through.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakyRelu {
    /// Slope below 0.
    pub alpha: f64,
}

crate::ops::role::part!(LeakyRelu: Activation, InPlace, Broadcast);

/// Reader of `LeakyRelu` nodes.
pub const ONNX: &[Import] = &[("LeakyRelu", |n| {
    let alpha = f64::from(n.float("alpha", 0.01)?);
    Ok(vec![n.apply(LeakyRelu { alpha }, &[0])?])
})];

impl Unary for LeakyRelu {
    const NAME: &'static str = "LeakyRelu";

    fn f(&self, x: f64) -> f64 {
        if x < 0.0 { self.alpha * x } else { x }
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let above = b.is_positive(x)?;
        let leak = b.scale(dy, self.alpha)?;
        b.select(above, dy, leak)
    }
}

unary_rules!(LeakyRelu, |op| Export::with("LeakyRelu", 1, vec![("alpha", Attribute::real(op.alpha))]));

impl OpExamples for LeakyRelu {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self { alpha: 0.01 }, Self { alpha: 0.3 }])
    }
}
