//! Concat: tensors one after the other along an axis. <https://onnx.ai/onnx/operators/onnx__Concat.html>
//!
//! Shapes: all arguments agree but along the axis, where sizes add up. Gradient: each argument's slice of `dy`.

use ndarray::Axis;

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{args, each};
use crate::ops::{
    Applied, Derivative, Example, Export, ExportInput, Import, OnnxNode, OpError, OpExamples, OpRules, Sample,
};
use crate::tensor::{Array, Dim, TensorType};

/// Any number of tensors, joined along one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concat {
    /// The axis that grows.
    pub axis: usize,
}

crate::ops::role::part!(Concat: Layer, InOrder, Own);

/// Reader of `Concat` nodes.
pub const ONNX: &[Import] = &[("Concat", |n| {
    let rank = n.ty(0)?.rank();
    let axis = n.axis(n.int("axis", 1)?, rank)?;
    let all: Vec<usize> = (0..n.inputs.len()).collect();
    Ok(vec![n.apply(Concat { axis }, &all)?])
})];

impl OpRules for Concat {
    fn name(&self) -> &'static str {
        "Concat"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        let first = args::type_at(inputs, 0)?;
        each::axis_within(self.axis, first.rank())?;
        let mut joined = first.clone();
        joined.shape[self.axis] = Dim::fixed(0);
        for input in inputs {
            let mut rest = input.clone();
            if rest.rank() == joined.rank() {
                rest.shape[self.axis] = joined.shape[self.axis];
            }
            if rest != joined {
                return Err(OpError::shape(format!("{first} and {input} do not join along axis {}", self.axis)));
            }
            joined.shape[self.axis] = joined.shape[self.axis].plus(input.shape[self.axis]);
        }
        Ok(vec![joined])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let mut joined = args::any(inputs, 0)?.clone();
        each::axis_within(self.axis, joined.shape().len())?;
        let refuse = |e: ndarray::ShapeError| OpError::shape(format!("inputs do not join: {e}"));
        for input in &inputs[1..] {
            joined = each::same_kind!(&joined, input, |a, b| {
                ndarray::concatenate(Axis(self.axis), &[a.view(), b.view()]).map_err(refuse)
            });
        }
        Ok(vec![joined])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let sizes: Vec<Dim> = node.inputs.iter().map(|i| b.ty(*i).shape[self.axis]).collect();
        node.each_wanted(b, |b, index, _, dy| {
            let start = sizes[..index].iter().fold(Dim::fixed(0), |sum, d| sum.plus(*d));
            b.slice(dy, self.axis, start, sizes[index])
        })
    }

    fn export(&self) -> Export {
        let inputs = vec![ExportInput::ArgumentsFrom(0)];
        Export::Node(OnnxNode { op_type: "Concat", attributes: vec![each::axis_attribute(self.axis)], inputs })
    }
}

impl OpExamples for Concat {
    fn examples() -> Vec<Example> {
        let three = vec![Sample::real(&[2, 1, 3]), Sample::real(&[2, 4, 3]), Sample::real(&[2, 2, 3])];
        vec![
            Example::new("three, inner axis", Self { axis: 1 }, three),
            Example::new("two, first axis", Self { axis: 0 }, vec![Sample::real(&[3, 2]), Sample::real(&[1, 2])]),
            Example::new("one", Self { axis: 1 }, vec![Sample::real(&[2, 3])]),
        ]
    }
}
