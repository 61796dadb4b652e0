//! Gradients where a slope is infinite and nothing arrives: `0 * inf` is 0 there, not NaN.
//!
//! Networks mask classes by minus infinity. Whatever is computed from such a logit has no influence on a loss, so the derivative
//! that arrives at it is exactly 0, and must stay 0 on the way back through the operator that made the infinity. A derivative
//! that is not 0 keeps the infinite slope. Only the slope is replaced, so a gradient can be differentiated again.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::logic::and::And;
use crate::tensor::Tensor;

/// `x` as the divisor of `dy`: 1 where both are 0.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn divisor(b: &mut Builder, x: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
    let (zero, one) = (b.scalar_like(0.0, x), b.scalar_like(1.0, x));
    let infinite = b.equal(x, zero)?;
    let idle = is_zero(b, dy)?;
    let harmless = b.apply1(And, &[infinite, idle])?;
    b.select(harmless, one, x)
}

/// [`divisor`] where `x` is a constant that holds a 0; any other `x` as it is.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn constant_divisor(b: &mut Builder, x: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
    if holds(b, x, |v| v == 0.0) { divisor(b, x, dy) } else { Ok(x) }
}

/// `x` as a factor of `dy`: where it is a constant that holds infinities, 0 in their place where `dy` is 0.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn constant_factor(b: &mut Builder, x: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
    if !holds(b, x, f64::is_infinite) {
        return Ok(x);
    }
    let (zero, most) = (b.scalar_like(0.0, x), b.scalar_like(f64::from(f32::MAX), x));
    let size = b.abs(x)?;
    let infinite = b.greater(size, most)?;
    let idle = is_zero(b, dy)?;
    let harmless = b.apply1(And, &[infinite, idle])?;
    b.select(harmless, zero, x)
}

fn is_zero(b: &mut Builder, dy: ValueId) -> Result<ValueId, GraphError> {
    let zero = b.scalar_like(0.0, dy);
    b.equal(dy, zero)
}

/// Whether `x` is a constant of real numbers with an element of that kind.
fn holds(b: &Builder, x: ValueId, kind: impl Fn(f64) -> bool) -> bool {
    let constant: Option<&Tensor> = b.graph().constant(x).filter(|t| t.dtype().is_real());
    constant.is_some_and(|tensor| tensor.to_f64().into_iter().any(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::gradients;
    use crate::engine::reference::{Precision, evaluate};
    use crate::tensor::{Array, TensorType};

    fn three(v: [f64; 3]) -> Array {
        Array::Real(ndarray::arr1(&v).into_dyn())
    }

    /// The slope of `sum(weight * clip(f(x)))` at `x`, with `f` made of one constant.
    fn slope(
        constant: [f32; 3],
        weight: [f64; 3],
        f: impl Fn(&mut Builder, ValueId, ValueId) -> Result<ValueId, GraphError>,
    ) -> Array {
        let mut b = Builder::new();
        let ty = TensorType::f32(&[3]);
        let (x, weights) = (b.input("x", ty.clone()), b.input("weight", ty));
        let constant = b.constant(Tensor::f32(&[3], constant.to_vec()).unwrap());
        let y = f(&mut b, x, constant).unwrap();
        let y = b.mul(y, weights).unwrap();
        let slope = gradients(&mut b, y, &[x]).unwrap()[0].unwrap();
        b.output("slope", slope);
        evaluate(&b.finish(), &[three([1.0, 1.0, 2.0]), three(weight)], 1, Precision::Double).unwrap().remove(0)
    }

    #[test]
    fn nothing_times_an_infinite_slope_is_nothing() {
        let masks = [f32::NEG_INFINITY, 1.0, 2.0];
        assert_eq!(slope(masks, [0.0, 0.0, 3.0], |b, x, c| b.mul(x, c)), three([0.0, 0.0, 6.0]));
        assert_eq!(slope([0.0, 1.0, 2.0], [0.0, 0.0, 3.0], |b, x, c| b.div(x, c)), three([0.0, 0.0, 1.5]));
    }

    #[test]
    fn what_arrives_keeps_the_infinite_slope() {
        let masks = [f32::NEG_INFINITY, 1.0, 2.0];
        assert_eq!(slope(masks, [1.0; 3], |b, x, c| b.mul(x, c)), three([f64::NEG_INFINITY, 1.0, 2.0]));
    }
}
