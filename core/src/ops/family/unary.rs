//! Operators that change every element by itself: `y = f(x)`, same shape, same element type.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::args;
use crate::ops::{Applied, Derivative, Example, OpError, Sample};
use crate::tensor::{Array, TensorType};

/// What an element-by-element operator says of itself; [`unary_rules!`](crate::ops::family::unary::unary_rules) does the rest.
pub(crate) trait Unary {
    /// ONNX's name.
    const NAME: &'static str;
    /// Where examples are drawn from: inside the domain, spread over every branch.
    const RANGE: (f64, f64) = (-3.0, 3.0);

    /// The formula.
    fn f(&self, x: f64) -> f64;

    /// Derivative of the loss by `x`, from `dy`; `None` when it is zero almost everywhere.
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    fn gradient(&self, b: &mut Builder, x: ValueId, y: ValueId, dy: ValueId) -> Result<ValueId, GraphError>;
}

/// Same shape and type as the one real argument.
pub(crate) fn infer(inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
    args::arity(inputs, 1)?;
    Ok(vec![args::real_type(inputs, 0)?.clone()])
}

/// Applies the formula to every element.
pub(crate) fn eval(op: &impl Unary, inputs: &[Array]) -> Result<Vec<Array>, OpError> {
    Ok(vec![Array::Real(args::real(inputs, 0)?.mapv(|x| op.f(x)))])
}

/// The rule, in the shape that the reverse walk wants.
pub(crate) fn backward(
    op: &impl Unary,
    b: &mut Builder,
    node: &Applied<'_>,
) -> Result<Vec<Option<ValueId>>, GraphError> {
    let Some(dy) = node.upstream[0] else {
        return Ok(vec![None]);
    };
    Ok(vec![Some(op.gradient(b, node.inputs[0], node.outputs[0], dy)?)])
}

/// Cases: odd sizes, one element, values on every branch and none within 0.01 of 0, where many have a kink.
pub(crate) fn examples<T: Unary + Clone + Into<crate::ops::Op>>(ops: &[T]) -> Vec<Example> {
    let (low, high) = T::RANGE;
    ops.iter()
        .flat_map(|op| {
            let spread = if low < 0.0 && high > 0.0 {
                Sample::distinct(&[3, 5, 7])
            } else {
                Sample::within(&[3, 5, 7], low, high)
            };
            [
                Example::new("spread", op.clone(), vec![spread]),
                Example::new("one element", op.clone(), vec![Sample::within(&[1], high * 0.3, high * 0.6)]),
            ]
        })
        .collect()
}

/// The derivative of every operator of this family.
pub(crate) const DERIVATIVE: Derivative = Derivative::Rule;

/// Implements `OpRules` for a [`Unary`] operator; `$export` is an expression in `self`.
macro_rules! unary_rules {
    ($ty:ty, |$op:ident| $export:expr) => {
        impl $crate::ops::OpRules for $ty {
            fn name(&self) -> &'static str {
                <Self as $crate::ops::family::unary::Unary>::NAME
            }
            fn infer(
                &self,
                inputs: &[$crate::tensor::TensorType],
            ) -> Result<Vec<$crate::tensor::TensorType>, $crate::ops::OpError> {
                $crate::ops::family::unary::infer(inputs)
            }
            fn eval(
                &self,
                inputs: &[$crate::tensor::Array],
                _batch: usize,
            ) -> Result<Vec<$crate::tensor::Array>, $crate::ops::OpError> {
                $crate::ops::family::unary::eval(self, inputs)
            }
            fn derivative(&self) -> $crate::ops::Derivative {
                $crate::ops::family::unary::DERIVATIVE
            }
            fn backward(
                &self,
                b: &mut $crate::graph::Builder,
                node: &$crate::ops::Applied<'_>,
            ) -> Result<Vec<Option<$crate::graph::ValueId>>, $crate::graph::GraphError> {
                $crate::ops::family::unary::backward(self, b, node)
            }
            fn export(&self) -> $crate::ops::Export {
                let $op = self;
                $export
            }
        }
    };
    ($ty:ty) => {
        $crate::ops::family::unary::unary_rules!($ty, |_op| $crate::ops::Export::plain(
            <$ty as $crate::ops::family::unary::Unary>::NAME,
            1
        ));
    };
}
pub(crate) use unary_rules;
