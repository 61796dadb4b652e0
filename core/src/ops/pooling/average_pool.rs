//! AveragePool: mean under a sliding window. <https://onnx.ai/onnx/operators/onnx__AveragePool.html>
//!
//! Shapes: `x` [images, channels, rows, columns], `y` [images, channels, rows', columns']. The mean is over the pixels seen,
//! or over the border's zeros too with `count_include_pad` (never over what rounding up adds behind the border).
//! Gradient: `dy` divided by the counts, spread by a transposed convolution with a kernel of ones for each channel.

use ndarray::{ArrayD, IxDyn};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::conv_transpose::ConvTranspose;
use crate::ops::family::args;
use crate::ops::family::kernel_gradient::at;
use crate::ops::family::{pool, sliding};
use crate::ops::family::window::{Window, image_shape, image_size, sizes4};
use crate::ops::max_pool::pool_window;
use crate::ops::reshape::Reshape;
use crate::ops::{
    Applied, Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample, export,
};
use crate::tensor::{Array, TensorType};

/// Mean over windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AveragePool {
    /// Cells of the window down and across.
    pub kernel: [usize; 2],
    /// Steps of the window down and across.
    pub strides: [usize; 2],
    /// Border at top, left, bottom, right.
    pub pads: [usize; 4],
    /// Whether a last window that ends outside counts.
    pub ceil_mode: bool,
    /// Whether the border's zeros are part of the mean.
    pub count_include_pad: bool,
}

crate::ops::role::part!(AveragePool: Passive, ChannelsFirst, First);

/// Reader of `AveragePool` nodes. A mean over cells that lie apart is a sum divided by their number; over one axis of
/// positions it is one over images of one row, over three the mean of means.
pub const ONNX: &[Import] = &[("AveragePool", |n| {
    let (x, rank) = (n.input(0)?, n.ty(0)?.rank());
    let count_include_pad = n.int("count_include_pad", 0)? != 0;
    let dense = n.ints("dilations")?.is_none_or(|all| all.iter().all(|d| *d == 1));
    if rank == 4 && dense {
        let (Window { kernel, strides, pads, .. }, ceil_mode) = pool_window(n)?;
        return n.apply_to(AveragePool { kernel, strides, pads, ceil_mode, count_include_pad }, &[x]);
    }
    let mean = pool::every_plane(n, x, &mut |b, x, plane| {
        let Window { kernel, strides, pads, dilations } = plane.window;
        if dilations == [1; 2] {
            return b.apply1(AveragePool { kernel, strides, pads, ceil_mode: plane.ceil, count_include_pad }, &[x]);
        }
        let sums = sliding::sums(b, x, plane.window, plane.count)?;
        let counts = sliding::counts(&plane.window, plane.image, plane.count, count_include_pad);
        let counts = b.constant_like(&plane.count, counts, x)?;
        b.div(sums, counts)
    })?;
    let shape = n.b.ty(mean).shape.clone();
    n.apply_to(Reshape { shape }, &[mean])
})];

impl AveragePool {
    const fn window(&self) -> Window {
        Window { kernel: self.kernel, strides: self.strides, dilations: [1; 2], pads: self.pads }
    }

    /// How many cells each position averages over, positions in row-major order.
    #[must_use]
    pub fn counts(&self, image: [usize; 2], count: [usize; 2]) -> Vec<f64> {
        sliding::counts(&self.window(), image, count, self.count_include_pad)
    }

    /// The transposed convolution that gives every pixel the sum of what the windows over it got.
    fn spread(&self, image: [usize; 2], count: [usize; 2], channels: usize) -> ConvTranspose {
        let (mut pads, mut output_padding) = (self.pads, [0; 2]);
        for axis in 0..2 {
            let reach = (count[axis].max(1) - 1) * self.strides[axis] + self.kernel[axis];
            let inside = pads[axis] + image[axis];
            // Rounding up, windows may end behind the border: more is cut there.
            pads[axis + 2] = pads[axis + 2].max(reach.saturating_sub(inside));
            output_padding[axis] = (inside + pads[axis + 2]).saturating_sub(reach);
        }
        ConvTranspose { strides: self.strides, dilations: [1; 2], pads, output_padding, groups: channels }
    }
}

impl OpRules for AveragePool {
    fn name(&self) -> &'static str {
        "AveragePool"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let x = args::real_type(inputs, 0)?;
        let image = image_size(x)?;
        let count = self.window().positions(image, self.ceil_mode)?;
        self.window().sees_image(image, count)?;
        Ok(vec![TensorType { dtype: x.dtype, shape: image_shape(x.shape[0], x.shape[1], count) }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let x = args::real(inputs, 0)?.as_standard_layout();
        let [images, channels, rows, columns] = sizes4(x.shape())?;
        let (window, image) = (self.window(), [rows, columns]);
        let count = window.positions(image, self.ceil_mode)?;
        let counts = self.counts(image, count);
        let mut means = Vec::new();
        for pixels in x.as_slice().unwrap_or_default().chunks_exact((rows * columns).max(1)) {
            let sums = window.columns(pixels, image, count).sum_axis(ndarray::Axis(0));
            means.extend(sums.iter().zip(&counts).map(|(sum, count)| sum / count));
        }
        let y = ArrayD::from_shape_vec(IxDyn(&[images, channels, count[0], count[1]]), means);
        Ok(vec![Array::Real(y.map_err(|e| OpError::shape(e.to_string()))?)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, _, x, dy| {
            let size = |v| image_size(v).map_err(|e| at("AveragePool", e));
            let (image, count) = (size(b.ty(x))?, size(b.ty(dy))?);
            let channels = args::known(b.ty(x).shape[1], "the number of channels").map_err(|e| at("AveragePool", e))?;
            let shares = self.counts(image, count).into_iter().map(|c| 1.0 / c).collect();
            let shares = b.constant_like(&count, shares, x)?;
            let even = b.mul(dy, shares)?;
            let ones = vec![1.0; channels * self.kernel[0] * self.kernel[1]];
            let ones = b.constant_like(&[channels, 1, self.kernel[0], self.kernel[1]], ones, x)?;
            b.conv_transpose(even, ones, self.spread(image, count, channels))
        })
    }

    fn export(&self) -> Export {
        let mut attributes = self.window().attributes();
        attributes.push(("kernel_shape", Attribute::Ints(export::ints(&self.kernel))));
        attributes.push(("ceil_mode", Attribute::Int(i64::from(self.ceil_mode))));
        attributes.push(("count_include_pad", Attribute::Int(i64::from(self.count_include_pad))));
        Export::with("AveragePool", 1, attributes)
    }
}

impl OpExamples for AveragePool {
    fn examples() -> Vec<Example> {
        let pool = |kernel, strides, pads, ceil_mode, count_include_pad| Self {
            kernel,
            strides,
            pads,
            ceil_mode,
            count_include_pad,
        };
        vec![
            Example::new("halving", pool([2, 2], [2, 2], [0; 4], false, false), vec![Sample::real(&[2, 3, 4, 6])]),
            Example::new(
                "border left out",
                pool([3, 3], [2, 2], [1; 4], false, false),
                vec![Sample::real(&[2, 2, 6, 5])],
            ),
            Example::new(
                "border counted",
                pool([3, 2], [1, 2], [1, 1, 0, 1], false, true),
                vec![Sample::real(&[1, 2, 4, 5])],
            ),
            Example::new(
                "rounded up",
                pool([3, 2], [2, 3], [0, 0, 0, 1], true, true),
                vec![Sample::real(&[1, 2, 6, 4])],
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::trial::Trial;

    #[test]
    fn counts_the_border_only_when_asked() {
        let inside =
            AveragePool { kernel: [3; 2], strides: [2; 2], pads: [1; 4], ceil_mode: false, count_include_pad: false };
        assert_eq!(inside.counts([3, 3], [2, 2]), [4.0; 4]);
        let whole = AveragePool { count_include_pad: true, ..inside };
        assert_eq!(whole.counts([3, 3], [2, 2]), [9.0; 4]);
    }

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("AveragePool").with("kernel_shape", vec![2, 2]).with("dilations", vec![2, 1]).with("pads", vec![1, 1, 0, 0]).with("count_include_pad", 0).on(&[1, 1, 4, 4], &[-0.5, 1.3, 1.7, -0.5, -1.4, 1.0, 2.0, -1.4, 0.9, 1.3, 1.7, -1.5, -1.6, 2.0, -1.5, -1.3]).gives(&[1, 1, 3, 4], &[-1.4, -0.2, 1.5, 0.3, 0.2, 0.75, 1.5, 0.35, -1.5, 0.0, 0.875, -0.55]);
        Trial::of("AveragePool").with("kernel_shape", vec![3]).with("strides", vec![2]).with("pads", vec![1, 1]).with("count_include_pad", 1).on(&[1, 1, 4], &[0.3, -0.2, 1.0, -1.2]).gives(&[1, 1, 2], &[0.03333334, -0.1333333]);
        Trial::of("AveragePool").opset(17).with("kernel_shape", vec![2, 1, 2]).with("pads", vec![1, 0, 0, 0, 0, 0]).on(&[1, 1, 2, 2, 3], &[1.7, -1.1, 1.1, -1.7, -0.1, -1.9, -0.7, -0.8, 0.9, -0.2, -1.8, 2.0]).gives(&[1, 1, 2, 2, 2], &[0.3, 0.0, -0.9, -1.0, -0.225, 0.02499998, -0.95, -0.45]);
    }
}
