//! Expand: repeats axes of size 1, and new leading axes, up to a shape. <https://onnx.ai/onnx/operators/onnx__Expand.html>
//!
//! Shapes: `x` broadcasts to `y` of the given shape. Gradient: `dy` summed over the repeated axes.

use ndarray::IxDyn;

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{args, binary};
use crate::ops::{Applied, Derivative, Example, Export, ExportInput, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, Shape, TensorType, fixed_shape, show_shape};

/// Repetition up to a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expand {
    /// The shape of the result.
    pub shape: Shape,
}

crate::ops::role::part!(Expand: Affine, Other, Broadcast);

/// Reader of `Expand` nodes. ONNX broadcasts both ways: the result may be larger than the given shape.
pub const ONNX: &[Import] = &[("Expand", |n| {
    let target = n.dims_input(1)?;
    let shape = binary::broadcast(&n.ty(0)?.shape, &target).map_err(|e| n.refuse(e))?;
    Ok(vec![n.apply(Expand { shape }, &[0])?])
})];

impl OpRules for Expand {
    fn name(&self) -> &'static str {
        "Expand"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let x = args::type_at(inputs, 0)?;
        if binary::broadcast(&x.shape, &self.shape)? == self.shape {
            Ok(vec![TensorType { dtype: x.dtype, shape: self.shape.clone() }])
        } else {
            Err(OpError::shape(format!("{} does not expand to {}", show_shape(&x.shape), show_shape(&self.shape))))
        }
    }

    fn eval(&self, inputs: &[Array], batch: usize) -> Result<Vec<Array>, OpError> {
        let shape: Vec<usize> = self.shape.iter().map(|d| d.at(batch)).collect();
        let refuse = || OpError::shape(format!("does not expand to {shape:?}"));
        let to = IxDyn(&shape);
        Ok(vec![match args::any(inputs, 0)? {
            Array::Real(a) => Array::Real(a.broadcast(to).ok_or_else(refuse)?.into_owned()),
            Array::Int(a) => Array::Int(a.broadcast(to).ok_or_else(refuse)?.into_owned()),
            Array::Bool(a) => Array::Bool(a.broadcast(to).ok_or_else(refuse)?.into_owned()),
        }])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, _, like, dy| binary::unbroadcast(b, dy, like))
    }

    fn export(&self) -> Export {
        Export::plain("Expand", 1).and_input(ExportInput::Shape(self.shape.clone()))
    }
}

impl OpExamples for Expand {
    fn examples() -> Vec<Example> {
        let to = |sizes: &[usize]| Self { shape: fixed_shape(sizes) };
        vec![
            Example::new("inner axis", to(&[2, 3, 5]), vec![Sample::real(&[2, 1, 5])]),
            Example::new("new axes", to(&[2, 3, 5]), vec![Sample::real(&[])]),
        ]
    }
}
