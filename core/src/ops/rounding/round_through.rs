//! RoundThrough: `y` = the nearest whole number, halves to even, with the derivative of `y = x`: what Round is inside a quantised
//! network. ONNX writes it as Round.
//!
//! Shapes: `x`, `y` any. Gradient: `dx = dy`, the *straight-through* stand-in of Bengio, Léonard and Courville
//! (arXiv:1308.3432). The derivative of rounding itself is zero almost everywhere, and no attack would find a way through it.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{args, unary};
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, TensorType};

/// Rounding that gradients pass straight through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundThrough;

crate::ops::role::part!(RoundThrough: Activation, InPlace, Broadcast);

/// Nothing is read as it alone; see `quantize_linear.rs`.
pub const ONNX: &[Import] = &[];

impl OpRules for RoundThrough {
    fn name(&self) -> &'static str {
        "RoundThrough"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        unary::infer(inputs)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        Ok(vec![Array::Real(args::real(inputs, 0)?.mapv(f64::round_ties_even))])
    }

    fn derivative(&self) -> Derivative {
        Derivative::StandIn("straight through, as if nothing were rounded")
    }

    fn backward(&self, _b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        Ok(vec![node.upstream[0]])
    }

    fn export(&self) -> Export {
        Export::plain("Round", 1)
    }
}

impl OpExamples for RoundThrough {
    fn examples() -> Vec<Example> {
        vec![Example::new("spread", Self, vec![Sample::distinct(&[3, 5])])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::gradients;
    use crate::engine::reference::{Precision, evaluate};

    #[test]
    fn gradients_pass_straight_through() {
        let mut b = Builder::new();
        let x = b.input("x", TensorType::f32(&[2]));
        let y = b.apply1(RoundThrough, &[x]).unwrap();
        let square = b.square(y).unwrap();
        let loss = b.reduce_sum(square, &[0], false).unwrap();
        let slope = gradients(&mut b, loss, &[x]).unwrap()[0].unwrap();
        b.output("slope", slope);
        let x = Array::Real(ndarray::arr1(&[1.4, 2.5]).into_dyn());
        let found = evaluate(&b.finish(), &[x], 1, Precision::Double).unwrap().remove(0);
        // 2 y, as if y were x; halves are rounded to even.
        assert_eq!(found, Array::Real(ndarray::arr1(&[2.0, 4.0]).into_dyn()));
    }
}
