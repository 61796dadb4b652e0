//! ConvTranspose: `y[n, o, p * stride + k * dilation - pad] += x[n, c, p] * w[c, o, k]`, plus `bias[o]`.
//! <https://onnx.ai/onnx/operators/onnx__ConvTranspose.html>
//!
//! Shapes: `x` [images, channels, rows, columns], `w` [channels, outputs/groups, kernel rows, kernel columns], `bias` `[outputs]`
//! (may be left out), `y` [images, outputs, rows', columns'] with
//! `rows' = (rows - 1) * stride + (kernel - 1) * dilation + 1 + output padding - pads`.
//! Gradient: `dx` is the convolution of `dy` with `w`; `dw` a convolution of `dy` with `x`.

use ndarray::ArrayView2;

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::conv::{Conv, bias, group_attribute, start};
use crate::ops::family::args;
use crate::ops::family::kernel_gradient::{at, kernel_gradient};
use crate::ops::family::window::{self, Window, image_shape, image_size, sizes4};
use crate::ops::{
    Applied, Attribute, Derivative, Example, Export, ExportInput, Import, OnnxNode, OpError, OpExamples, OpRules,
    Sample, export,
};
use crate::tensor::{Array, Dim, TensorType};

/// Transposed convolution over the last two of four axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvTranspose {
    /// Steps between the results of neighbouring positions, down and across.
    pub strides: [usize; 2],
    /// Distance between neighbouring cells of the kernel down and across.
    pub dilations: [usize; 2],
    /// Rows and columns cut at top, left, bottom, right.
    pub pads: [usize; 4],
    /// Rows and columns added at bottom and right, which only the bias reaches if the kernel does not.
    pub output_padding: [usize; 2],
    /// Channels come in so many groups that do not see each other.
    pub groups: usize,
}

crate::ops::role::part!(ConvTranspose: Layer, ChannelsFirst, First, TransposedKernel);

/// Reader of `ConvTranspose` nodes over images, or over signals as images of one row.
pub const ONNX: &[Import] = &[("ConvTranspose", |n| {
    let ((x, spatial), (w, _)) = (window::as_image(n, 0)?, window::as_image(n, 1)?);
    let kernel = image_size(n.b.ty(w)).map_err(|e| n.refuse(e))?;
    let image = image_size(n.b.ty(x)).map_err(|e| n.refuse(e))?;
    let read = window::read(n, kernel, image, spatial)?;
    let mut output_padding = window::pair(n, "output_padding", spatial, 0)?;
    let pads = wanted_pads(n, &read, image, &mut output_padding)?;
    let groups = usize::try_from(n.int("group", 1)?).map_err(|_| n.error("needs at least one group"))?;
    let inputs: Vec<ValueId> = [x, w].into_iter().chain(n.maybe(2)?).collect();
    let op = ConvTranspose { strides: read.strides, dilations: read.dilations, pads, output_padding, groups };
    Ok(vec![window::finish(n, op, &inputs, spatial)?])
})];

/// Pads that lead to the `output_shape` asked for, or to `rows * stride` for `auto_pad` SAME; else those given.
fn wanted_pads(
    n: &NodeContext<'_>,
    window: &Window,
    image: [usize; 2],
    extra: &mut [usize; 2],
) -> Result<[usize; 4], OnnxError> {
    let mode = n.text("auto_pad", "NOTSET")?;
    let target = match n.ints("output_shape")? {
        Some(sizes) => {
            // Some files give only the last axes, some all four.
            let last = sizes.iter().rev().take(2).map(|s| usize::try_from(*s).unwrap_or(0)).collect::<Vec<_>>();
            [last.get(1).copied().filter(|_| sizes.len() > 1).unwrap_or(1), last.first().copied().unwrap_or(0)]
        }
        None if mode.starts_with("SAME") => [image[0] * window.strides[0], image[1] * window.strides[1]],
        None => return Ok(window.pads),
    };
    let mut pads = [0; 4];
    for axis in 0..2 {
        let whole = (image[axis].max(1) - 1) * window.strides[axis] + window.span(axis) + extra[axis];
        let Some(total) = whole.checked_sub(target[axis]) else {
            // More than the windows reach: the rest lies behind them.
            let missing = target[axis] - whole;
            if missing > window::LARGEST_STEP {
                return Err(n.error(format!("makes {whole} rows or columns, {} are asked for", target[axis])));
            }
            extra[axis] += missing;
            continue;
        };
        let before = if mode == "SAME_UPPER" { total / 2 } else { total.div_ceil(2) };
        (pads[axis], pads[axis + 2]) = (before, total - before);
    }
    Ok(pads)
}

impl Default for ConvTranspose {
    /// Stride 1, nothing cut or added, one group.
    fn default() -> Self {
        Self { strides: [1; 2], dilations: [1; 2], pads: [0; 4], output_padding: [0; 2], groups: 1 }
    }
}

impl ConvTranspose {
    const fn window(&self, kernel: [usize; 2]) -> Window {
        Window { kernel, strides: self.strides, dilations: self.dilations, pads: self.pads }
    }

    /// Derivative by `x`: the convolution that this one transposes, without positions that output padding alone made.
    fn input_gradient(&self, b: &mut Builder, x: ValueId, w: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let (strides, dilations, pads, groups) = (self.strides, self.dilations, self.pads, self.groups);
        let mut dx = b.conv(dy, w, Conv { strides, dilations, pads, groups })?;
        for axis in 2..4 {
            let len = b.ty(x).shape[axis];
            dx = b.slice(dx, axis, Dim::fixed(0), len)?;
        }
        Ok(dx)
    }
}

impl OpRules for ConvTranspose {
    fn name(&self) -> &'static str {
        "ConvTranspose"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        let (x, w) = (args::real_type(inputs, 0)?, args::type_at(inputs, 1)?);
        let (input, kernel) = (image_size(x)?, image_size(w)?);
        let groups = Dim::fixed(self.groups);
        if w.dtype != x.dtype || w.shape[0] != x.shape[1] || x.shape[1].divided_by(groups).is_none() {
            return Err(OpError::shape(format!("images {x} and kernel {w} do not fit with {} groups", self.groups)));
        }
        let outputs = w.shape[1].times(groups).ok_or_else(|| OpError::shape("outputs have no count"))?;
        bias(inputs, outputs)?;
        let image = self.window(kernel).image(input, self.output_padding)?;
        Ok(vec![TensorType { dtype: x.dtype, shape: image_shape(x.shape[0], outputs, image) }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (x, w) = (args::real(inputs, 0)?.as_standard_layout(), args::real(inputs, 1)?.as_standard_layout());
        let ([images, channels, rows, columns], [_, per_group, down, across]) =
            (sizes4(x.shape())?, sizes4(w.shape())?);
        let window = self.window([down, across]);
        let image = window.image([rows, columns], self.output_padding)?;
        if self.groups == 0 || w.shape()[0] != channels || channels % self.groups != 0 {
            return Err(OpError::shape(format!("{channels} channels, kernel {:?}, {} groups", w.shape(), self.groups)));
        }
        let (inner, seen) = (channels / self.groups, per_group * down * across);
        let mut y = start(inputs, [images, per_group * self.groups, image[0], image[1]])?;
        if let (Some(x), Some(w), Some(y)) = (x.as_slice(), w.as_slice(), y.as_slice_mut()) {
            let group_out = (per_group * image[0] * image[1]).max(1);
            let pieces = x.chunks_exact((inner * rows * columns).max(1)).zip(y.chunks_exact_mut(group_out));
            let kernels = w.chunks_exact((inner * seen).max(1)).cycle();
            for ((signal, pixels), kernel) in pieces.zip(kernels) {
                let refuse = |e: ndarray::ShapeError| OpError::shape(e.to_string());
                let kernel = ArrayView2::from_shape((inner, seen), kernel).map_err(refuse)?;
                let signal = ArrayView2::from_shape((inner, rows * columns), signal).map_err(refuse)?;
                window.add_columns(&kernel.t().dot(&signal), pixels, image, [rows, columns]);
            }
        }
        Ok(vec![Array::Real(y)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, w) = (node.inputs[0], node.inputs[1]);
        node.each_wanted(b, |b, index, _, dy| match index {
            0 => self.input_gradient(b, x, w, dy),
            1 => {
                let kernel = image_size(b.ty(w)).map_err(|e| at("ConvTranspose", e))?;
                kernel_gradient(b, self.window(kernel), self.groups, dy, x)
            }
            _ => b.reduce_sum(dy, &[0, 2, 3], false),
        })
    }

    fn export(&self) -> Export {
        let mut attributes = self.window([1; 2]).attributes();
        attributes.push(group_attribute(self.groups));
        attributes.push(("output_padding", Attribute::Ints(export::ints(&self.output_padding))));
        Export::Node(OnnxNode { op_type: "ConvTranspose", attributes, inputs: vec![ExportInput::ArgumentsFrom(0)] })
    }
}

impl OpExamples for ConvTranspose {
    fn examples() -> Vec<Example> {
        let uneven = Self { strides: [3, 2], dilations: [1, 2], pads: [0, 1, 2, 1], output_padding: [2, 1], groups: 2 };
        let doubling = Self { strides: [2; 2], pads: [1; 4], output_padding: [1; 2], ..Self::default() };
        let r = Sample::real;
        vec![
            Example::new("plain", Self::default(), vec![r(&[2, 3, 2, 4]), r(&[3, 2, 3, 2])]),
            Example::new("doubling, with bias", doubling, vec![r(&[2, 2, 3, 2]), r(&[2, 3, 3, 3]), r(&[3])]),
            Example::new("all settings uneven", uneven, vec![r(&[2, 4, 3, 3]), r(&[4, 3, 3, 2])]),
            Example::new("one pixel", Self::default(), vec![r(&[1, 1, 1, 1]), r(&[1, 1, 1, 1])]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_transpose_of_the_convolution() {
        // <conv(a, w), b> = <a, conv_transpose(b, w)> for every setting.
        for example in ConvTranspose::examples().into_iter().filter(|e| e.inputs.len() == 2) {
            let crate::ops::Op::ConvTranspose(op) = &example.op else { panic!("a transposed convolution") };
            let (b, w) = (example.inputs[0].draw(1, 0), example.inputs[1].draw(1, 1));
            let Array::Real(spread) = op.eval(&[b.clone(), w.clone()], 1).unwrap().remove(0) else { panic!("real") };
            let Array::Real(a) = Sample::real(spread.shape()).draw(2, 0) else { panic!("real") };
            let conv = Conv { strides: op.strides, dilations: op.dilations, pads: op.pads, groups: op.groups };
            let (Array::Real(seen), Array::Real(b)) =
                (conv.eval(&[Array::Real(a.clone()), w], 1).unwrap().remove(0), b)
            else {
                panic!("real")
            };
            assert!(((&seen * &b).sum() - (&a * &spread).sum()).abs() < 1e-9, "{}", example.label);
        }
    }
}
