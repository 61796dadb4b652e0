//! SpaceToDepth: blocks of pixels as channels of one pixel. <https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html>
//!
//! Shapes: `x` [images, channels, rows * block, columns * block], `y` [images, block * block * channels, rows, columns] with
//! channel `(row * block + column) * channels + c`. Gradient: that of the parts, two reshapes around a transpose.

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::depth_to_space::block_size;
use crate::ops::family::args;
use crate::ops::family::window::image_size;
use crate::ops::reshape::Reshape;
use crate::ops::{Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample, export};
use crate::tensor::{Array, Dim, TensorType};

/// Blocks of pixels as channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaceToDepth {
    /// Pixels along each side of a block.
    pub block: usize,
}

crate::ops::role::part!(SpaceToDepth: Passive, ChannelsFirst, First);

/// Reader of `SpaceToDepth` nodes.
pub const ONNX: &[Import] = &[("SpaceToDepth", |n| {
    let block = block_size(n)?;
    match n.text("mode", "DCR")?.as_str() {
        "DCR" => Ok(vec![n.apply(SpaceToDepth { block }, &[0])?]),
        "CRD" => channels_first(n, block),
        other => Err(n.error(format!("mode `{other}` is neither DCR nor CRD"))),
    }
})];

/// `CRD`: channel `(c * block + row) * block + column`.
fn channels_first(n: &mut NodeContext<'_>, block: usize) -> Result<Vec<ValueId>, OnnxError> {
    let (x, channels) = (n.input(0)?, n.ty(0)?.shape.get(1).copied().unwrap_or(Dim::ONE));
    let made = n.b.apply1(SpaceToDepth { block }, &[x]).map_err(|e| n.wrap(e))?;
    let shape = n.b.ty(made).shape.clone();
    let apart = [shape[0], Dim::fixed(block * block), channels, shape[2], shape[3]];
    let apart = n.b.reshape(made, &apart).map_err(|e| n.wrap(e))?;
    let turned = n.b.transpose(apart, &[0, 2, 1, 3, 4]).map_err(|e| n.wrap(e))?;
    n.apply_to(Reshape { shape }, &[turned])
}

impl OpRules for SpaceToDepth {
    fn name(&self) -> &'static str {
        "SpaceToDepth"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let x = args::real_type(inputs, 0)?;
        let [rows, columns] = image_size(x)?;
        if self.block == 0 || rows % self.block != 0 || columns % self.block != 0 {
            return Err(OpError::shape(format!("{rows} x {columns} pixels do not come in blocks of {}", self.block)));
        }
        let cells = Dim::fixed(self.block * self.block);
        let channels = x.shape[1].times(cells).ok_or_else(|| OpError::shape("the channels have no count"))?;
        let size = [Dim::fixed(rows / self.block), Dim::fixed(columns / self.block)];
        Ok(vec![TensorType { dtype: x.dtype, shape: vec![x.shape[0], channels, size[0], size[1]] }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (x, block) = (args::real(inputs, 0)?, self.block.max(1));
        let &[images, count, rows, columns] = x.shape() else {
            return Err(OpError::shape(format!("needs 4 dimensions, was given {:?}", x.shape())));
        };
        let sizes = (images, count * block * block, rows / block, columns / block);
        let y = ndarray::Array4::from_shape_fn(sizes, |(n, channel, row, column)| {
            let cell = channel / count;
            x[[n, channel % count, row * block + cell / block, column * block + cell % block]]
        });
        Ok(vec![Array::Real(y.into_dyn())])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Parts
    }

    fn parts(&self, b: &mut Builder, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
        let ty = b.ty(inputs[0]).clone();
        let refuse = |source| crate::ops::family::kernel_gradient::at("SpaceToDepth", source);
        let target = self.infer(std::slice::from_ref(&ty)).map_err(refuse)?.remove(0).shape;
        let block = Dim::fixed(self.block);
        let cells = b.reshape(inputs[0], &[ty.shape[0], ty.shape[1], target[2], block, target[3], block])?;
        let turned = b.transpose(cells, &[0, 3, 5, 1, 2, 4])?;
        Ok(Some(vec![b.reshape(turned, &target)?]))
    }

    fn export(&self) -> Export {
        Export::with("SpaceToDepth", 1, vec![("blocksize", Attribute::Int(export::ints(&[self.block])[0]))])
    }
}

impl OpExamples for SpaceToDepth {
    fn examples() -> Vec<Example> {
        vec![
            Example::new("halves", Self { block: 2 }, vec![Sample::real(&[2, 3, 4, 6])]),
            Example::new("one pixel is left", Self { block: 3 }, vec![Sample::real(&[1, 2, 3, 3])]),
        ]
    }
}
