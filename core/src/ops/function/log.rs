//! Log: `y = ln(x)`; minus infinity at 0, NaN below. <https://onnx.ai/onnx/operators/onnx__Log.html>
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy / x`; where `x` and `dy` are both 0 it is 0, as the logarithm of a masked share has no
//! influence.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::limit;
use crate::ops::family::unary::{self, Unary, unary_rules};
use crate::ops::{Example, Import, OpExamples};

/// The natural logarithm of every element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log;

crate::ops::role::part!(Log: Activation, InPlace, Broadcast);

/// Reader of `Log` nodes.
pub const ONNX: &[Import] = &[("Log", |n| Ok(vec![n.apply(Log, &[0])?]))];

impl Unary for Log {
    const NAME: &'static str = "Log";
    const RANGE: (f64, f64) = (0.2, 4.0);

    fn f(&self, x: f64) -> f64 {
        x.ln()
    }

    fn gradient(&self, b: &mut Builder, x: ValueId, _y: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let divisor = limit::divisor(b, x, dy)?;
        b.div(dy, divisor)
    }
}

unary_rules!(Log);

impl OpExamples for Log {
    fn examples() -> Vec<Example> {
        unary::examples(&[Self])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::gradients;
    use crate::engine::reference::{Precision, evaluate};
    use crate::tensor::{Array, TensorType};

    /// `sum(weight * ln(x))` by `x`: a weight of 0 gives 0 also where the slope is infinite, any other weight the slope.
    #[test]
    fn what_has_no_weight_has_no_gradient() {
        let mut b = Builder::new();
        let ty = TensorType::f32(&[3]);
        let (x, weight) = (b.input("x", ty.clone()), b.input("weight", ty));
        let log = b.log(x).unwrap();
        // `Clip` keeps minus infinity out of the sum, as losses do.
        let log = b.clip(log, -100.0, 100.0).unwrap();
        let weighted = b.mul(log, weight).unwrap();
        let slope = gradients(&mut b, weighted, &[x]).unwrap()[0].unwrap();
        b.output("slope", slope);
        let of = |v: [f64; 3]| Array::Real(ndarray::arr1(&v).into_dyn());
        let found = evaluate(&b.finish(), &[of([0.0, 0.5, 2.0]), of([1.0, 0.0, 3.0])], 1, Precision::Double).unwrap();
        assert_eq!(found, [of([0.0, 0.0, 1.5])]);
    }
}
