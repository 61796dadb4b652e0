//! PRelu: `y = x` above 0, `slope * x` below. <https://onnx.ai/onnx/operators/onnx__PRelu.html>
//!
//! Shapes: `x`, `y` any; `slope` broadcasts to `x`, as [channels, 1, 1] usually. Gradient: `dx = dy` above 0, `slope * dy`
//! elsewhere; `dslope = dy * min(x, 0)`, summed over broadcast axes.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{args, binary};
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, Dim, TensorType};

/// The rectifier with a learned slope below 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PRelu;

crate::ops::role::part!(PRelu: Activation, InPlace, Broadcast);

/// Reader of `PRelu` nodes.
pub const ONNX: &[Import] = &[("PRelu", |n| {
    let (x, mut slope) = (n.input(0)?, n.input(1)?);
    let (rank, own) = (n.b.ty(x).rank(), n.b.ty(slope).shape.clone());
    if n.info.opset < 7 && own.len() == 1 && rank > 2 && own[0] != Dim::ONE {
        // Operator set 6: one slope for each channel.
        let shape: Vec<Dim> = own.into_iter().chain(std::iter::repeat_n(Dim::ONE, rank - 2)).collect();
        slope = n.b.reshape(slope, &shape).map_err(|e| n.wrap(e))?;
    }
    n.apply_to(PRelu, &[x, slope])
})];

impl OpRules for PRelu {
    fn name(&self) -> &'static str {
        "PRelu"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        let x = args::real_type(inputs, 0)?;
        let y = binary::infer(inputs)?;
        if y[0].shape == x.shape {
            Ok(y)
        } else {
            Err(OpError::shape(format!("the slope {} does not broadcast to {x}", inputs[1])))
        }
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        binary::eval(inputs, |x, slope| if x < 0.0 { slope * x } else { x })
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, slope) = (node.inputs[0], node.inputs[1]);
        node.each_wanted(b, |b, index, like, dy| {
            if index == 0 {
                let above = b.is_positive(x)?;
                let leak = b.mul(dy, slope)?;
                return b.select(above, dy, leak);
            }
            let zero = b.scalar_like(0.0, x);
            let negative_part = b.min(x, zero)?;
            let gradient = b.mul(dy, negative_part)?;
            binary::unbroadcast(b, gradient, like)
        })
    }

    fn export(&self) -> Export {
        Export::plain("PRelu", 2)
    }
}

impl OpExamples for PRelu {
    fn examples() -> Vec<Example> {
        let slope = |shape: &[usize]| Sample::within(shape, -0.3, 0.5);
        vec![
            Example::new("by channel", Self, vec![Sample::distinct(&[2, 3, 5, 1]), slope(&[3, 1, 1])]),
            Example::new("one slope", Self, vec![Sample::distinct(&[3, 5]), slope(&[])]),
            Example::new("slope by element", Self, vec![Sample::distinct(&[7]), slope(&[7])]),
        ]
    }
}
