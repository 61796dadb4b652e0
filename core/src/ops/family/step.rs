//! Element-by-element operators that are constant between jumps: `y = f(x)`, same shape. Their derivative is zero almost
//! everywhere.

/// What such an operator says of itself; [`step_rules!`](crate::ops::family::step::step_rules) does the rest.
pub(crate) trait Step {
    /// ONNX's name.
    const NAME: &'static str;

    /// The formula.
    fn f(x: f64) -> f64;
}

/// Implements `OpRules` and `OpExamples` for a [`Step`] operator.
macro_rules! step_rules {
    ($ty:ty) => {
        impl $crate::ops::OpRules for $ty {
            fn name(&self) -> &'static str {
                <Self as $crate::ops::family::step::Step>::NAME
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
                let x = $crate::ops::family::args::real(inputs, 0)?;
                Ok(vec![$crate::tensor::Array::Real(x.mapv(<Self as $crate::ops::family::step::Step>::f))])
            }
            fn derivative(&self) -> $crate::ops::Derivative {
                $crate::ops::Derivative::Zero
            }
            fn export(&self) -> $crate::ops::Export {
                $crate::ops::Export::plain(<Self as $crate::ops::family::step::Step>::NAME, 1)
            }
        }

        impl $crate::ops::OpExamples for $ty {
            fn examples() -> Vec<$crate::ops::Example> {
                vec![$crate::ops::Example::new("spread", Self, vec![$crate::ops::Sample::distinct(&[2, 4])])]
            }
        }
    };
}
pub(crate) use step_rules;
