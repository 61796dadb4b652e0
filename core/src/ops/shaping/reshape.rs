//! Reshape: the same elements, row-major, under another shape. <https://onnx.ai/onnx/operators/onnx__Reshape.html>
//!
//! Shapes: `x` and `y` hold equally many elements for every batch size. Gradient: `dy` reshaped back. ONNX's shape input is
//! known once dimensions are folded, so it is a setting here.

use ndarray::IxDyn;

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::args;
use crate::ops::{Applied, Derivative, Example, Export, ExportInput, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, Dim, Shape, TensorType, fixed_shape, show_shape};

/// Change of shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reshape {
    /// The shape of the result.
    pub shape: Shape,
}

crate::ops::role::part!(Reshape: Passive, Other, Own);

/// Reader of `Reshape` nodes (0 copies a dimension, -1 takes what is left).
pub const ONNX: &[Import] = &[("Reshape", |n| {
    let shape = n.reshape_target(1)?;
    Ok(vec![n.apply(Reshape { shape }, &[0])?])
})];

impl OpRules for Reshape {
    fn name(&self) -> &'static str {
        "Reshape"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let x = args::type_at(inputs, 0)?;
        let result = TensorType { dtype: x.dtype, shape: self.shape.clone() };
        if x.elements().is_some() && x.elements() == result.elements() {
            Ok(vec![result])
        } else {
            let (from, to) = (show_shape(&x.shape), show_shape(&self.shape));
            Err(OpError::shape(format!("{from} and {to} do not hold equally many elements")))
        }
    }

    fn eval(&self, inputs: &[Array], batch: usize) -> Result<Vec<Array>, OpError> {
        let shape: Vec<usize> = self.shape.iter().map(|d| d.at(batch)).collect();
        let refuse = |_| OpError::shape(format!("the elements do not fill {shape:?}"));
        let to = IxDyn(&shape);
        Ok(vec![match args::any(inputs, 0)? {
            Array::Real(a) => {
                Array::Real(a.as_standard_layout().into_owned().into_shape_with_order(to).map_err(refuse)?)
            }
            Array::Int(a) => Array::Int(a.as_standard_layout().into_owned().into_shape_with_order(to).map_err(refuse)?),
            Array::Bool(a) => {
                Array::Bool(a.as_standard_layout().into_owned().into_shape_with_order(to).map_err(refuse)?)
            }
        }])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, _, like, dy| {
            let shape = b.ty(like).shape.clone();
            b.reshape(dy, &shape)
        })
    }

    fn export(&self) -> Export {
        Export::plain("Reshape", 1).and_input(ExportInput::Shape(self.shape.clone()))
    }
}

impl OpExamples for Reshape {
    fn examples() -> Vec<Example> {
        let to = |sizes: &[usize]| Self { shape: fixed_shape(sizes) };
        let flat = Self { shape: vec![Dim::fixed(3), Dim::fixed(20)] };
        vec![
            Example::new("flatten", flat, vec![Sample::real(&[3, 4, 5])]),
            Example::new("to a scalar", to(&[]), vec![Sample::real(&[1, 1])]),
        ]
    }
}
