//! Pow: `y = a ^ e`, broadcast. <https://onnx.ai/onnx/operators/onnx__Pow.html>
//!
//! Shapes: `a`, `e` broadcast against each other to `y`. Gradient: `da = dy * e * a^(e-1)`, where `e = 0` gives 0 even at
//! `a = 0`; `de = dy * y * ln(a)` where `a > 0` and 0 elsewhere; summed over broadcast axes.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::binary;
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, Tensor, TensorType};

/// Base to the power of an exponent, both real.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pow;

crate::ops::role::part!(Pow: Activation, InPlace, Broadcast);

/// Reader of `Pow` nodes; the exponent may have another element type, which does not show in the result.
pub const ONNX: &[Import] = &[("Pow", |n| {
    let (base, exponent) = (n.input(0)?, n.input(1)?);
    let dtype = n.b.ty(base).dtype;
    let exponent = n.b.cast(exponent, dtype).map_err(|e| n.wrap(e))?;
    n.apply_to(Pow, &[base, exponent])
})];

impl OpRules for Pow {
    fn name(&self) -> &'static str {
        "Pow"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        crate::ops::family::args::real_type(inputs, 0)?;
        binary::infer(inputs)
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        binary::eval(inputs, f64::powf)
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (base, exponent) = (node.inputs[0], node.inputs[1]);
        node.each_wanted(b, |b, index, like, dy| {
            let slope = if index == 0 { by_base(b, base, exponent)? } else { by_exponent(b, base, exponent)? };
            let gradient = b.mul(dy, slope)?;
            binary::unbroadcast(b, gradient, like)
        })
    }

    fn export(&self) -> Export {
        Export::plain("Pow", 2)
    }
}

/// `e * a^(e-1)`. The usual exponents 1 and 2 need no power; an exponent 0 is lifted to 1 under the power, so that 0 times
/// an infinity never arises, in no derivative either.
fn by_base(b: &mut Builder, base: ValueId, exponent: ValueId) -> Result<ValueId, GraphError> {
    let constant = b.graph().constant(exponent).filter(|t| t.len() == 1).map(Tensor::to_f64);
    match constant.as_deref() {
        Some([1.0]) => return Ok(b.scalar_like(1.0, base)),
        Some([2.0]) => return b.scale(base, 2.0),
        _ => {}
    }
    let (zero, one) = (b.scalar_like(0.0, exponent), b.scalar_like(1.0, exponent));
    let is_zero = b.equal(exponent, zero)?;
    let lifted = b.select(is_zero, one, exponent)?;
    let lower = b.shift(lifted, -1.0)?;
    let power = b.apply1(Pow, &[base, lower])?;
    b.mul(exponent, power)
}

/// `a^e * ln(a)` where `a > 0`. A base that is not positive is replaced by 1, whose logarithm is 0.
fn by_exponent(b: &mut Builder, base: ValueId, exponent: ValueId) -> Result<ValueId, GraphError> {
    let one = b.scalar_like(1.0, base);
    let positive = b.is_positive(base)?;
    let safe = b.select(positive, base, one)?;
    let logarithm = b.log(safe)?;
    let power = b.apply1(Pow, &[safe, exponent])?;
    b.mul(power, logarithm)
}

impl OpExamples for Pow {
    fn examples() -> Vec<Example> {
        let exponent = |value: f32| Sample::Fixed(Tensor::scalar(value));
        let mut cases = binary::examples(Self, (0.3, 2.0), (-2.0, 2.5));
        for (label, value) in [("square", 2.0), ("cube", 3.0), ("first power", 1.0), ("zeroth power", 0.0)] {
            cases.push(Example::new(label, Self, vec![Sample::distinct(&[3, 5]), exponent(value)]));
        }
        cases
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::gradients;
    use crate::engine::reference::{Precision, evaluate};
    use crate::tensor::DType;

    /// Slopes by base and by exponent at one point.
    fn slopes(base: f64, exponent: f64) -> [f64; 2] {
        let mut b = Builder::new();
        let ty = TensorType { dtype: DType::F64, shape: Vec::new() };
        let inputs = [b.input("base", ty.clone()), b.input("exponent", ty)];
        let y = b.apply1(Pow, &inputs).unwrap();
        for (name, slope) in ["by base", "by exponent"].iter().zip(gradients(&mut b, y, &inputs).unwrap()) {
            b.output(name, slope.unwrap());
        }
        let scalar = |x: f64| Array::Real(ndarray::arr0(x).into_dyn());
        let results = evaluate(&b.finish(), &[scalar(base), scalar(exponent)], 1, Precision::Double).unwrap();
        [0, 1].map(|i| results[i].to_tensor(DType::F64).to_f64()[0])
    }

    #[test]
    fn slopes_at_the_edges_are_finite() {
        assert_eq!(slopes(0.0, 0.0), [0.0, 0.0]);
        assert_eq!(slopes(0.0, 1.0), [1.0, 0.0]);
        assert_eq!(slopes(-2.0, 3.0), [12.0, 0.0]);
    }
}
