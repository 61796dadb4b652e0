//! Where: `y = c ? a : b`, all three broadcast. <https://onnx.ai/onnx/operators/onnx__Where.html>
//!
//! Shapes: truth values `c`, and `a`, `b` of one element type, broadcast to `y`. Gradient: `dy` goes to the side that was
//! taken, zero to the other, summed over broadcast axes. (The file is not named `where`, a keyword.)

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{args, binary};
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, DType, TensorType};

/// Choice between two tensors, element by element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Where;

crate::ops::role::part!(Where: Affine, InPlace, Broadcast);

/// Reader of `Where` nodes.
pub const ONNX: &[Import] = &[("Where", |n| Ok(vec![n.apply(Where, &[0, 1, 2])?]))];

impl OpRules for Where {
    fn name(&self) -> &'static str {
        "Where"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 3)?;
        let condition = args::typed(inputs, 0, DType::Bool)?;
        let sides = binary::infer(&inputs[1..])?;
        Ok(vec![TensorType { dtype: sides[0].dtype, shape: binary::broadcast(&condition.shape, &sides[0].shape)? }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let condition = args::truth(inputs, 0)?;
        if let [_, Array::Int(a), Array::Int(b)] = inputs {
            let pairs = binary::zip(a, b, |x, y| (*x, *y))?;
            return Ok(vec![Array::Int(binary::zip(condition, &pairs, |c, (x, y)| if *c { *x } else { *y })?)]);
        }
        let pairs = binary::zip(args::real(inputs, 1)?, args::real(inputs, 2)?, |x, y| (*x, *y))?;
        Ok(vec![Array::Real(binary::zip(condition, &pairs, |c, (x, y)| if *c { *x } else { *y })?)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, index, like, dy| {
            let zero = b.scalar_like(0.0, dy);
            let taken = match index {
                1 => b.select(node.inputs[0], dy, zero)?,
                _ => b.select(node.inputs[0], zero, dy)?,
            };
            binary::unbroadcast(b, taken, like)
        })
    }

    fn export(&self) -> Export {
        Export::plain("Where", 3)
    }
}

impl OpExamples for Where {
    fn examples() -> Vec<Example> {
        let mask = |shape: &[usize]| Sample::Bool { shape: shape.to_vec() };
        vec![
            Example::new("equal shapes", Self, vec![mask(&[3, 5]), Sample::real(&[3, 5]), Sample::real(&[3, 5])]),
            Example::new("broadcast", Self, vec![mask(&[4, 1, 5]), Sample::real(&[3, 1]), Sample::real(&[])]),
        ]
    }
}
