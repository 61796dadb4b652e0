//! Conv: `y[n, o, p] = bias[o] + sum over c, k of x[n, c, p * stride + k * dilation - pad] * w[o, c, k]` over images.
//! <https://onnx.ai/onnx/operators/onnx__Conv.html>
//!
//! Shapes: `x` [images, channels, rows, columns], `w` [outputs, channels/groups, kernel rows, kernel columns], `bias` `[outputs]`
//! (may be left out), `y` [images, outputs, rows', columns']. Channels of group `g` make outputs of group `g` alone.
//! Gradient: `dx` is the transposed convolution of `dy` with `w`; `dw` a convolution of `x` with `dy` (see
//! `family/kernel_gradient.rs`); `dbias` the sum of `dy` over images and positions.

mod volume;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayD, ArrayView2, ArrayViewMut2, IxDyn};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::conv_transpose::ConvTranspose;
use crate::ops::family::kernel_gradient::{at, kernel_gradient};
use crate::ops::family::window::{self, Window, image_shape, image_size, sizes4};
use crate::ops::family::{args, each};
use crate::ops::{
    Applied, Attribute, Derivative, Example, Export, ExportInput, Import, OnnxNode, OpError, OpExamples, OpRules,
    Sample, export,
};
use crate::tensor::{Array, Dim, TensorType};

/// Convolution over the last two of four axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Steps of the window down and across.
    pub strides: [usize; 2],
    /// Distance between neighbouring cells of the kernel down and across.
    pub dilations: [usize; 2],
    /// Zeros at top, left, bottom, right.
    pub pads: [usize; 4],
    /// Channels come in so many groups that do not see each other.
    pub groups: usize,
}

crate::ops::role::part!(Conv: Layer, ChannelsFirst, Own, Kernel);

/// Reader of `Conv` nodes over images, over signals as images of one row, and over volumes slice by slice.
pub const ONNX: &[Import] = &[("Conv", |n| {
    if n.ty(0)?.rank() == 5 {
        return volume::read(n);
    }
    let ((x, spatial), (w, _)) = (window::as_image(n, 0)?, window::as_image(n, 1)?);
    let kernel = image_size(n.b.ty(w)).map_err(|e| n.refuse(e))?;
    let image = image_size(n.b.ty(x)).map_err(|e| n.refuse(e))?;
    let Window { strides, dilations, pads, .. } = window::read(n, kernel, image, spatial)?;
    let groups = usize::try_from(n.int("group", 1)?).map_err(|_| n.error("needs at least one group"))?;
    let inputs: Vec<ValueId> = [x, w].into_iter().chain(n.maybe(2)?).collect();
    Ok(vec![window::finish(n, Conv { strides, dilations, pads, groups }, &inputs, spatial)?])
})];

impl Default for Conv {
    /// Stride 1, no border, one group.
    fn default() -> Self {
        Self { strides: [1; 2], dilations: [1; 2], pads: [0; 4], groups: 1 }
    }
}

impl Conv {
    /// The window that a kernel of this size makes.
    const fn window(&self, kernel: [usize; 2]) -> Window {
        Window { kernel, strides: self.strides, dilations: self.dilations, pads: self.pads }
    }

    /// Derivative by the images: `dy` spread back through the same window.
    fn image_gradient(&self, b: &mut Builder, x: ValueId, w: ValueId, dy: ValueId) -> Result<ValueId, GraphError> {
        let size = |b: &Builder, v| image_size(b.ty(v)).map_err(|e| at("Conv", e));
        let (image, count, window) = (size(b, x)?, size(b, dy)?, self.window(size(b, w)?));
        let reached = window.image(count, [0; 2]).map_err(|e| at("Conv", e))?;
        // Rows that no window reached: fewer than a stride of them.
        let output_padding = [image[0] - reached[0].min(image[0]), image[1] - reached[1].min(image[1])];
        let (strides, dilations, pads, groups) = (self.strides, self.dilations, self.pads, self.groups);
        b.conv_transpose(dy, w, ConvTranspose { strides, dilations, pads, output_padding, groups })
    }
}

impl OpRules for Conv {
    fn name(&self) -> &'static str {
        "Conv"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        let (x, w) = (args::real_type(inputs, 0)?, args::type_at(inputs, 1)?);
        let (image, kernel) = (image_size(x)?, image_size(w)?);
        let groups = Dim::fixed(self.groups);
        if w.dtype != x.dtype || w.shape[1].times(groups) != Some(x.shape[1]) {
            return Err(OpError::shape(format!("images {x} and kernel {w} do not fit with {} groups", self.groups)));
        }
        if w.shape[0].divided_by(groups).is_none() {
            return Err(OpError::shape(format!("{} outputs do not come in {} groups", w.shape[0], self.groups)));
        }
        bias(inputs, w.shape[0])?;
        let count = self.window(kernel).positions(image, false)?;
        Ok(vec![TensorType { dtype: x.dtype, shape: image_shape(x.shape[0], w.shape[0], count) }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (x, w) = (args::real(inputs, 0)?.as_standard_layout(), args::real(inputs, 1)?.as_standard_layout());
        let ([images, channels, rows, columns], [outputs, per_group, down, across]) =
            (sizes4(x.shape())?, sizes4(w.shape())?);
        let window = self.window([down, across]);
        let count = window.positions([rows, columns], false)?;
        let (places, inner) = (count[0] * count[1], per_group * down * across);
        if self.groups == 0 || per_group * self.groups != channels || outputs % self.groups != 0 {
            return Err(OpError::shape(format!("{channels} channels, {outputs} outputs, {} groups", self.groups)));
        }
        let mut y = start(inputs, [images, outputs, count[0], count[1]])?;
        let (group_in, group_out) = (per_group * rows * columns, outputs / self.groups * places);
        if let (Some(x), Some(w), Some(y)) = (x.as_slice(), w.as_slice(), y.as_slice_mut()) {
            // Image by image, group by group: both lie one after the other.
            let pieces = x.chunks_exact(group_in.max(1)).zip(y.chunks_exact_mut(group_out.max(1)));
            let kernels = w.chunks_exact((outputs / self.groups * inner).max(1)).cycle();
            for ((pixels, results), kernel) in pieces.zip(kernels) {
                let patches = window.columns(pixels, [rows, columns], count);
                let refuse = |e: ndarray::ShapeError| OpError::shape(e.to_string());
                let kernel = ArrayView2::from_shape((outputs / self.groups, inner), kernel).map_err(refuse)?;
                let mut results =
                    ArrayViewMut2::from_shape((outputs / self.groups, places), results).map_err(refuse)?;
                general_mat_mul(1.0, &kernel, &patches, 1.0, &mut results);
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
            0 => self.image_gradient(b, x, w, dy),
            1 => {
                let kernel = image_size(b.ty(w)).map_err(|e| at("Conv", e))?;
                kernel_gradient(b, self.window(kernel), self.groups, x, dy)
            }
            _ => b.reduce_sum(dy, &[0, 2, 3], false),
        })
    }

    fn export(&self) -> Export {
        let mut attributes = self.window([1; 2]).attributes();
        attributes.push(group_attribute(self.groups));
        Export::Node(OnnxNode { op_type: "Conv", attributes, inputs: vec![ExportInput::ArgumentsFrom(0)] })
    }
}

/// The attribute `group`.
pub(super) fn group_attribute(groups: usize) -> (&'static str, Attribute) {
    ("group", Attribute::Int(export::ints(&[groups])[0]))
}

/// Two or three arguments, the third a bias for `outputs`.
pub(super) fn bias(inputs: &[TensorType], outputs: Dim) -> Result<(), OpError> {
    match inputs {
        [_, _] => Ok(()),
        [x, _, bias] if *bias == TensorType::new(x.dtype, &[outputs]) => Ok(()),
        [x, _, bias] => Err(OpError::shape(format!("the bias must be {}[{outputs}], is {bias}", x.dtype))),
        _ => Err(OpError::Arity { expected: "2 or 3".to_owned(), found: inputs.len() }),
    }
}

/// Results before anything is added: the bias, or zeros.
pub(super) fn start(inputs: &[Array], sizes: [usize; 4]) -> Result<ArrayD<f64>, OpError> {
    let zeros = ArrayD::zeros(IxDyn(&sizes));
    if inputs.len() < 3 {
        return Ok(zeros);
    }
    let bias = args::real(inputs, 2)?;
    let column = bias.to_shape((bias.len(), 1, 1)).map_err(|e| OpError::shape(e.to_string()))?;
    let wide = column.broadcast(zeros.raw_dim());
    wide.map(|b| b.as_standard_layout().into_owned())
        .ok_or_else(|| OpError::shape(format!("bias {}", each::show(&inputs[2]))))
}

impl OpExamples for Conv {
    fn examples() -> Vec<Example> {
        let uneven = Self { strides: [2, 1], dilations: [1, 2], pads: [0, 2, 1, 3], groups: 2 };
        let depthwise = Self { pads: [1; 4], groups: 3, ..Self::default() };
        let skips = Self { strides: [3, 2], ..Self::default() };
        let halving = Self { strides: [2; 2], pads: [1; 4], ..Self::default() };
        let r = Sample::real;
        vec![
            Example::new("plain", Self::default(), vec![r(&[2, 3, 5, 4]), r(&[4, 3, 3, 2])]),
            Example::new(
                "same size, with bias",
                Self { pads: [1; 4], ..Self::default() },
                vec![r(&[2, 2, 3, 5]), r(&[3, 2, 3, 3]), r(&[3])],
            ),
            Example::new("all settings uneven", uneven, vec![r(&[2, 4, 6, 5]), r(&[6, 2, 3, 2]), r(&[6])]),
            Example::new("depthwise", depthwise, vec![r(&[2, 3, 4, 4]), r(&[3, 1, 3, 3])]),
            Example::new("rows that no window reaches", skips, vec![r(&[1, 2, 6, 6]), r(&[2, 2, 2, 3])]),
            Example::new("halving", halving, vec![r(&[2, 2, 6, 6]), r(&[3, 2, 3, 3])]),
            Example::new("one pixel", Self::default(), vec![r(&[1, 1, 1, 1]), r(&[1, 1, 1, 1])]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, sum by sum.
    fn by_definition(op: &Conv, x: &ArrayD<f64>, w: &ArrayD<f64>, sizes: &[usize]) -> ArrayD<f64> {
        let (per_out, per_in) = (w.shape()[0] / op.groups, w.shape()[1]);
        ArrayD::from_shape_fn(IxDyn(sizes), |at| {
            let mut sum = 0.0;
            for (k, weight) in w.indexed_iter().filter(|(k, _)| k[0] == at[1]) {
                let row = (at[2] * op.strides[0] + k[2] * op.dilations[0]).wrapping_sub(op.pads[0]);
                let column = (at[3] * op.strides[1] + k[3] * op.dilations[1]).wrapping_sub(op.pads[1]);
                let channel = at[1] / per_out * per_in + k[1];
                sum += weight * x.get(IxDyn(&[at[0], channel, row, column])).copied().unwrap_or(0.0);
            }
            sum
        })
    }

    #[test]
    fn is_what_the_formula_says() {
        for example in Conv::examples() {
            let inputs: Vec<Array> = (0..2).map(|i| example.inputs[i].draw(7, i as u64)).collect();
            let types: Vec<TensorType> = example.inputs[..2].iter().map(Sample::ty).collect();
            let sizes = example.op.rules().infer(&types).unwrap()[0].known().unwrap();
            let y = example.op.rules().eval(&inputs, 1).unwrap().remove(0);
            let (crate::ops::Op::Conv(op), [Array::Real(x), Array::Real(w)], Array::Real(y)) =
                (&example.op, &inputs[..], y)
            else {
                panic!("a convolution of real numbers");
            };
            let expected = by_definition(op, x, w, &sizes);
            assert!((y - expected).iter().all(|d| d.abs() < 1e-12), "{}", example.label);
        }
    }
}
