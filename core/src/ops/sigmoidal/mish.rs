//! Mish: `y = x * tanh(softplus(x))`. <https://onnx.ai/onnx/operators/onnx__Mish.html>
//!
//! Shapes: `x`, `y` any. Gradient: that of the parts.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::composite::{Composite, composite_rules};
use crate::ops::softplus::{Softplus, softplus};
use crate::ops::{Example, Export, Import, OpExamples, Sample};

/// A smooth rectifier that dips below 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mish;

crate::ops::role::part!(Mish: Activation, InPlace, Broadcast);

/// Reader of `Mish` nodes.
pub const ONNX: &[Import] = &[("Mish", |n| Ok(vec![n.apply(Mish, &[0])?]))];

impl Composite for Mish {
    const NAME: &'static str = "Mish";

    fn f(&self, x: f64) -> f64 {
        x * softplus(x).tanh()
    }

    fn build(&self, b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
        let soft = b.apply1(Softplus, &[x])?;
        let gate = b.tanh(soft)?;
        b.mul(x, gate)
    }
}

composite_rules!(Mish, |_op| Export::plain("Mish", 1));

impl OpExamples for Mish {
    fn examples() -> Vec<Example> {
        vec![
            Example::new("spread", Self, vec![Sample::within(&[3, 5, 7], -4.0, 4.0)]),
            Example::new("one element", Self, vec![Sample::within(&[1], 0.5, 1.0)]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_pytorch() {
        // torch.nn.functional.mish(torch.tensor([1.0, -1.0], dtype=torch.float64))
        assert!((Mish.f(1.0) - 0.865_098_388_267_3).abs() < 1e-12);
        assert!((Mish.f(-1.0) + 0.303_401_461_374_1).abs() < 1e-12);
    }
}
