//! GroupNormalization: groups of channels of every image by their own statistics, then a scale and bias for each channel.
//! <https://onnx.ai/onnx/operators/onnx__GroupNormalization.html>
//!
//! Shapes: `x`, `y` [images, channels, positions..]; `scale`, `bias` `[channels]` (opset 18 has them for groups: the reader
//! repeats them). Gradient: that of the parts.

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::family::statistics::{per_channel, standardised};
use crate::ops::instance_normalization::{check, eval};
use crate::ops::{Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample, export};
use crate::tensor::{Array, Dim, TensorType};

/// Normalisation of groups of channels. Arguments: x, scale, bias.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupNormalization {
    /// Channels come in so many groups.
    pub groups: usize,
    /// Added to the variance.
    pub epsilon: f32,
}

crate::ops::role::part!(GroupNormalization: Affine, ChannelsFirst, First);

/// Reader of `GroupNormalization` nodes.
pub const ONNX: &[Import] = &[("GroupNormalization", |n| {
    let epsilon = n.float("epsilon", 1e-5)?;
    // Statistics are taken as exactly as the engine computes.
    n.irrelevant(&["stash_type"]);
    let groups = usize::try_from(n.int("num_groups", 0)?).unwrap_or(0);
    let channels = n.ty(0)?.shape.get(1).and_then(|d| d.known());
    let (x, scale, bias) = (n.input(0)?, n.input(1)?, n.input(2)?);
    let channels = channels.filter(|c| groups > 0 && c % groups == 0);
    let channels = channels.ok_or_else(|| n.error(format!("the channels do not come in {groups} groups")))?;
    let (scale, bias) = (repeated(n, scale, groups, channels)?, repeated(n, bias, groups, channels)?);
    n.apply_to(GroupNormalization { groups, epsilon }, &[x, scale, bias])
})];

/// One number for each group as one for each channel; from opset 21 on they are that already.
fn repeated(n: &mut NodeContext<'_>, value: ValueId, groups: usize, channels: usize) -> Result<ValueId, OnnxError> {
    if n.info.opset >= 21 || n.b.ty(value).shape == [Dim::fixed(channels)] {
        return Ok(value);
    }
    let column = n.b.reshape(value, &[Dim::fixed(groups), Dim::ONE]).map_err(|e| n.wrap(e))?;
    let wide = n.b.expand(column, &[Dim::fixed(groups), Dim::fixed(channels / groups)]).map_err(|e| n.wrap(e))?;
    n.b.reshape(wide, &[Dim::fixed(channels)]).map_err(|e| n.wrap(e))
}

impl OpRules for GroupNormalization {
    fn name(&self) -> &'static str {
        "GroupNormalization"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        let channels = check(inputs)?;
        if self.groups == 0 || channels % self.groups != 0 {
            return Err(OpError::shape(format!("{channels} channels do not come in {} groups", self.groups)));
        }
        Ok(vec![inputs[0].clone()])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let channels = inputs.first().and_then(|x| x.shape().get(1)).copied().unwrap_or(0);
        eval(inputs, channels / self.groups.max(1), self.epsilon)
    }

    fn derivative(&self) -> Derivative {
        Derivative::Parts
    }

    fn parts(&self, b: &mut Builder, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
        let ty = b.ty(inputs[0]).clone();
        let together = ty.shape[1].divided_by(Dim::fixed(self.groups)).unwrap_or(Dim::ONE);
        let mut split = ty.shape.clone();
        split.splice(1..2, [Dim::fixed(self.groups), together]);
        let grouped = b.reshape(inputs[0], &split)?;
        let axes: Vec<usize> = (2..split.len()).collect();
        let normal = standardised(b, grouped, &axes, self.epsilon)?;
        let normal = b.reshape(normal, &ty.shape)?;
        Ok(Some(vec![per_channel(b, normal, inputs[1], inputs[2])?]))
    }

    fn export(&self) -> Export {
        let groups = Attribute::Int(export::ints(&[self.groups])[0]);
        let attributes = vec![("num_groups", groups), ("epsilon", Attribute::Float(self.epsilon))];
        Export::with("GroupNormalization", 3, attributes)
    }
}

impl OpExamples for GroupNormalization {
    fn examples() -> Vec<Example> {
        let r = Sample::real;
        vec![
            Example::new("two groups", Self { groups: 2, epsilon: 1e-5 }, vec![r(&[2, 4, 2, 3]), r(&[4]), r(&[4])]),
            Example::new("one group", Self { groups: 1, epsilon: 0.1 }, vec![r(&[1, 3, 2, 1]), r(&[3]), r(&[3])]),
        ]
    }
}
