//! DepthToSpace: every pixel's channels laid out as a block of pixels. <https://onnx.ai/onnx/operators/onnx__DepthToSpace.html>
//!
//! Shapes: `x` [images, block * block * channels, rows, columns], `y` [images, channels, rows * block, columns * block].
//! Gradient: that of the parts, two reshapes around a transpose.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::args;
use crate::ops::family::window::image_size;
use crate::ops::{Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample, export};
use crate::tensor::{Array, Dim, TensorType};

/// Which channel of a pixel goes where in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepthOrder {
    /// ONNX's `DCR`, its default: channel `(row * block + column) * channels + c`.
    DepthColumnRow,
    /// ONNX's `CRD`, PyTorch's pixel shuffle: channel `(c * block + row) * block + column`.
    ColumnRowDepth,
}

/// Channels as blocks of pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepthToSpace {
    /// Pixels along each side of a block.
    pub block: usize,
    /// Order of the channels.
    pub order: DepthOrder,
}

crate::ops::role::part!(DepthToSpace: Passive, ChannelsFirst, First);

/// Reader of `DepthToSpace` nodes.
pub const ONNX: &[Import] = &[("DepthToSpace", |n| {
    let block = block_size(n)?;
    let order = match n.text("mode", "DCR")?.as_str() {
        "DCR" => DepthOrder::DepthColumnRow,
        "CRD" => DepthOrder::ColumnRowDepth,
        other => return Err(n.error(format!("mode `{other}` is neither DCR nor CRD"))),
    };
    Ok(vec![n.apply(DepthToSpace { block, order }, &[0])?])
})];

/// The attribute `blocksize`.
pub(super) fn block_size(n: &crate::onnx::NodeContext<'_>) -> Result<usize, crate::onnx::OnnxError> {
    let given = n.int("blocksize", 0)?;
    let block = usize::try_from(given).ok().filter(|b| (1..=1 << 10).contains(b));
    block.ok_or_else(|| n.error(format!("blocksize must be 1 to 1024, is {given}")))
}

/// `channels` come in whole blocks.
fn channels(op: &DepthToSpace, all: Dim) -> Result<Dim, OpError> {
    let cells = op.block * op.block;
    all.divided_by(Dim::fixed(cells))
        .ok_or_else(|| OpError::shape(format!("{all} channels do not divide into {cells} pixels")))
}

impl OpRules for DepthToSpace {
    fn name(&self) -> &'static str {
        "DepthToSpace"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let x = args::real_type(inputs, 0)?;
        let [rows, columns] = image_size(x)?;
        let size = [Dim::fixed(rows * self.block), Dim::fixed(columns * self.block)];
        let shape = vec![x.shape[0], channels(self, x.shape[1])?, size[0], size[1]];
        Ok(vec![TensorType { dtype: x.dtype, shape }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let x = args::real(inputs, 0)?;
        let &[images, all, rows, columns] = x.shape() else {
            return Err(OpError::shape(format!("needs 4 dimensions, was given {:?}", x.shape())));
        };
        let (block, count) = (self.block, channels(self, Dim::fixed(all))?.fixed);
        let y =
            ndarray::Array4::from_shape_fn((images, count, rows * block, columns * block), |(n, c, row, column)| {
                let (down, across) = (row % block, column % block);
                let channel = match self.order {
                    DepthOrder::DepthColumnRow => (down * block + across) * count + c,
                    DepthOrder::ColumnRowDepth => (c * block + down) * block + across,
                };
                x[[n, channel, row / block, column / block]]
            });
        Ok(vec![Array::Real(y.into_dyn())])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Parts
    }

    fn parts(&self, b: &mut Builder, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
        let shape = b.ty(inputs[0]).shape.clone();
        let refuse = |source| crate::ops::family::kernel_gradient::at("DepthToSpace", source);
        let count = channels(self, shape[1]).map_err(refuse)?;
        let [rows, columns] = image_size(b.ty(inputs[0])).map_err(refuse)?;
        let (block, size) = (Dim::fixed(self.block), [Dim::fixed(rows * self.block), Dim::fixed(columns * self.block)]);
        let (split, order) = match self.order {
            DepthOrder::DepthColumnRow => ([shape[0], block, block, count, shape[2], shape[3]], [0, 3, 4, 1, 5, 2]),
            DepthOrder::ColumnRowDepth => ([shape[0], count, block, block, shape[2], shape[3]], [0, 1, 4, 2, 5, 3]),
        };
        let cells = b.reshape(inputs[0], &split)?;
        let turned = b.transpose(cells, &order)?;
        Ok(Some(vec![b.reshape(turned, &[shape[0], count, size[0], size[1]])?]))
    }

    fn export(&self) -> Export {
        let mode = match self.order {
            DepthOrder::DepthColumnRow => "DCR",
            DepthOrder::ColumnRowDepth => "CRD",
        };
        let block = Attribute::Int(export::ints(&[self.block])[0]);
        Export::with("DepthToSpace", 1, vec![("blocksize", block), ("mode", Attribute::Text(mode.to_owned()))])
    }
}

impl OpExamples for DepthToSpace {
    fn examples() -> Vec<Example> {
        let op = |block, order| Self { block, order };
        vec![
            Example::new("depth first", op(2, DepthOrder::DepthColumnRow), vec![Sample::real(&[2, 8, 3, 2])]),
            Example::new("pixel shuffle", op(3, DepthOrder::ColumnRowDepth), vec![Sample::real(&[1, 18, 1, 2])]),
        ]
    }
}
