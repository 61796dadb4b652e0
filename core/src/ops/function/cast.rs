//! Cast: the same elements as another type. <https://onnx.ai/onnx/operators/onnx__Cast.html>
//!
//! Shapes: `x`, `y` any. Real to integer truncates; to truth is `x != 0`. Gradient: `dy` cast back between real types,
//! else zero.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::args;
use crate::ops::{Applied, Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, DType, TensorType};

/// Change of element type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
    /// The type of the result.
    pub to: DType,
}

crate::ops::role::part!(Cast: Affine, InPlace, Broadcast);

/// Reader of `Cast` nodes.
pub const ONNX: &[Import] = &[("Cast", |n| {
    let to = n.dtype_attribute("to")?;
    // Both are for floats of 8 bits and fewer, which are no type of ours.
    n.irrelevant(&["saturate", "round_mode"]);
    Ok(vec![n.apply(Cast { to }, &[0])?])
})];

impl OpRules for Cast {
    fn name(&self) -> &'static str {
        "Cast"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        Ok(vec![args::type_at(inputs, 0)?.with_dtype(self.to)])
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "casting is the purpose")]
    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let real = self.to.is_real();
        let result = match (args::any(inputs, 0)?, self.to) {
            (Array::Real(a), DType::I64) => Array::Int(a.mapv(|x| x as i64)),
            (Array::Real(a), DType::Bool) => Array::Bool(a.mapv(|x| x != 0.0)),
            (Array::Int(a), DType::Bool) => Array::Bool(a.mapv(|x| x != 0)),
            (Array::Int(a), _) if real => Array::Real(a.mapv(|x| x as f64)),
            (Array::Bool(a), DType::I64) => Array::Int(a.mapv(i64::from)),
            (Array::Bool(a), _) if real => Array::Real(a.mapv(|x| f64::from(u8::from(x)))),
            (same, _) => same.clone(),
        };
        Ok(vec![result])
    }

    fn derivative(&self) -> Derivative {
        if self.to.is_real() { Derivative::Rule } else { Derivative::Zero }
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let from = b.ty(node.inputs[0]).dtype;
        match node.upstream[0] {
            Some(dy) if from.is_real() => Ok(vec![Some(b.cast(dy, from)?)]),
            _ => Ok(vec![None]),
        }
    }

    fn export(&self) -> Export {
        // TensorProto.DataType of the ONNX specification.
        let code = match self.to {
            DType::F32 => 1,
            DType::I64 => 7,
            DType::Bool => 9,
            DType::F64 => 11,
        };
        Export::with("Cast", 1, vec![("to", Attribute::Int(code))])
    }
}

impl OpExamples for Cast {
    fn examples() -> Vec<Example> {
        vec![
            Example::new("to f64", Self { to: DType::F64 }, vec![Sample::real(&[3, 4])]),
            Example::new("to integer", Self { to: DType::I64 }, vec![Sample::distinct(&[3, 4])]),
            Example::new("truth to f32", Self { to: DType::F32 }, vec![Sample::Bool { shape: vec![5] }]),
        ]
    }
}
