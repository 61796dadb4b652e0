//! ScatterElements: puts elements at, or adds them to, one position along an axis each.
//! <https://onnx.ai/onnx/operators/onnx__ScatterElements.html>
//!
//! Shapes: `x`, `y` any; `indices` and `updates` of the same rank and no larger than `x` but along the axis; for axis 1 of
//! three `y[i, indices[i, j, k], k]` becomes (`add`: grows by) `updates[i, j, k]`. Gradient: `dx = dy`, zero where it was
//! overwritten; `dupdates` = `dy` gathered at the indices. Overwriting one position twice is undefined in ONNX; the last
//! in row-major order wins here.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{args, each};
use crate::ops::gather_elements::{check, targets};
use crate::ops::{Applied, Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, DType, Tensor, TensorType};

/// Elements put at, or added to, positions along one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScatterElements {
    /// The axis that indices point into.
    pub axis: usize,
    /// Add to what is there instead of replacing it.
    pub add: bool,
}

crate::ops::role::part!(ScatterElements: Layer, Other, Own);

/// Reader of `ScatterElements` nodes, and of `Scatter`, its older name.
pub const ONNX: &[Import] = &[("ScatterElements", read), ("Scatter", read)];

fn read(n: &mut crate::onnx::NodeContext<'_>) -> Result<Vec<ValueId>, crate::onnx::OnnxError> {
    let rank = n.ty(0)?.rank();
    let axis = n.axis(n.int("axis", 0)?, rank)?;
    let add = match n.text("reduction", "none")?.as_str() {
        "none" => false,
        "add" => true,
        other => return Err(n.error(format!("reduction `{other}` is not supported; `none` and `add` are"))),
    };
    Ok(vec![n.apply(ScatterElements { axis, add }, &[0, 1, 2])?])
}

impl OpRules for ScatterElements {
    fn name(&self) -> &'static str {
        "ScatterElements"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 3)?;
        let (x, indices) = (args::type_at(inputs, 0)?, args::typed(inputs, 1, DType::I64)?);
        let updates = args::type_at(inputs, 2)?;
        check(x, indices, self.axis)?;
        if *updates != indices.with_dtype(x.dtype) {
            return Err(OpError::shape(format!(
                "updates {updates} must be shaped like the indices and typed like {x}"
            )));
        }
        if self.add && x.dtype == DType::Bool {
            return Err(OpError::shape("adds numbers, was given truth values"));
        }
        Ok(vec![x.clone()])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (mut y, indices) = (args::any(inputs, 0)?.clone(), args::int(inputs, 1)?);
        let targets = targets(y.shape(), indices, self.axis)?;
        let updates = args::any(inputs, 2)?;
        match (&mut y, updates) {
            (Array::Real(y), Array::Real(u)) if self.add => targets.iter().zip(u).for_each(|(at, u)| y[at] += u),
            (Array::Int(y), Array::Int(u)) if self.add => {
                targets.iter().zip(u).for_each(|(at, u)| y[at] = y[at].wrapping_add(*u));
            }
            (Array::Real(y), Array::Real(u)) => targets.iter().zip(u).for_each(|(at, u)| y[at] = *u),
            (Array::Int(y), Array::Int(u)) => targets.iter().zip(u).for_each(|(at, u)| y[at] = *u),
            (Array::Bool(y), Array::Bool(u)) if !self.add => targets.iter().zip(u).for_each(|(at, u)| y[at] = *u),
            _ => return Err(OpError::shape("updates must be typed like the tensor they go to")),
        }
        Ok(vec![y])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let mut gradients = vec![None; 3];
        let Some(dy) = node.upstream[0] else {
            return Ok(gradients);
        };
        let indices = node.inputs[1];
        if node.wanted[0] {
            gradients[0] = Some(if self.add {
                dy
            } else {
                let zeros = b.zeros_like(node.inputs[2])?;
                b.scatter_elements(dy, indices, zeros, self.axis, false)?
            });
        }
        if node.wanted[2] {
            gradients[2] = Some(b.gather_elements(dy, indices, self.axis)?);
        }
        Ok(gradients)
    }

    fn export(&self) -> Export {
        let reduction = if self.add { "add" } else { "none" };
        let attributes = vec![each::axis_attribute(self.axis), ("reduction", Attribute::Text(reduction.to_owned()))];
        Export::with("ScatterElements", 3, attributes)
    }
}

impl OpExamples for ScatterElements {
    fn examples() -> Vec<Example> {
        let at = |shape: &[usize], high| Sample::Int { shape: shape.to_vec(), low: 0, high };
        let apart = Tensor::i64(&[2, 2], vec![4, 1, 0, -3]).map_or_else(|_| at(&[2, 2], 1), Sample::Fixed);
        vec![
            Example::new(
                "add, positions met twice",
                Self { axis: 0, add: true },
                vec![Sample::real(&[3, 4]), at(&[5, 3], 3), Sample::real(&[5, 3])],
            ),
            Example::new(
                "replace",
                Self { axis: 1, add: false },
                vec![Sample::real(&[2, 5]), apart, Sample::real(&[2, 2])],
            ),
        ]
    }
}
