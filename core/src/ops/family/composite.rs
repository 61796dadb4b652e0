//! Element-by-element operators that are a few others together: `y = f(x)`, same shape. They stay one operator because
//! engines have one kernel for them and people know them by name; the gradient is that of the parts.

use crate::graph::{Builder, GraphError, ValueId};

/// What such an operator says of itself; [`composite_rules!`](crate::ops::family::composite::composite_rules) does the
/// rest.
pub(crate) trait Composite {
    /// ONNX's name.
    const NAME: &'static str;

    /// The formula.
    fn f(&self, x: f64) -> f64;

    /// The formula in simpler operators.
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    fn build(&self, b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError>;
}

/// Implements `OpRules` for a [`Composite`] operator; the second argument is a closure from the operator to its export.
macro_rules! composite_rules {
    ($ty:ty, |$op:ident| $export:expr) => {
        impl $crate::ops::OpRules for $ty {
            fn name(&self) -> &'static str {
                <Self as $crate::ops::family::composite::Composite>::NAME
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
                use $crate::ops::family::composite::Composite as _;
                let x = $crate::ops::family::args::real(inputs, 0)?;
                Ok(vec![$crate::tensor::Array::Real(x.mapv(|x| self.f(x)))])
            }
            fn derivative(&self) -> $crate::ops::Derivative {
                $crate::ops::Derivative::Parts
            }
            fn parts(
                &self,
                b: &mut $crate::graph::Builder,
                inputs: &[$crate::graph::ValueId],
            ) -> Result<Option<Vec<$crate::graph::ValueId>>, $crate::graph::GraphError> {
                use $crate::ops::family::composite::Composite as _;
                Ok(Some(vec![self.build(b, inputs[0])?]))
            }
            fn export(&self) -> $crate::ops::Export {
                let $op = self;
                $export
            }
        }
    };
}
pub(crate) use composite_rules;
