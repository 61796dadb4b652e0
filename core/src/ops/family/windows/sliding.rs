//! Windows over one, two or three axes of positions, as nodes describe them.

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::OpError;
use crate::ops::conv::Conv;
use crate::ops::family::args;
use crate::ops::family::kernel_gradient::at;
use crate::ops::family::window::Window;
use crate::tensor::{Dim, TensorType};

/// Largest kernel, stride, dilation or pad taken from a file: far beyond any network, and safe to multiply.
const LARGEST: i64 = 1 << 14;

/// A window along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Along {
    /// Cells.
    pub kernel: usize,
    /// Step of the window.
    pub stride: usize,
    /// Distance between neighbouring cells.
    pub dilation: usize,
    /// Border before and after.
    pub pads: [usize; 2],
}

impl Along {
    /// One cell that visits every position.
    pub(crate) const STILL: Self = Self { kernel: 1, stride: 1, dilation: 1, pads: [0; 2] };

    /// What the window covers, gaps included.
    const fn span(&self) -> usize {
        (self.kernel - 1) * self.dilation + 1
    }

    /// The border of `auto_pad`: as many positions as strides fit into `size`, the odd cell of the border `after` or before.
    fn same(&mut self, size: usize, after: bool) {
        let reach = (size.div_ceil(self.stride).max(1) - 1) * self.stride + self.span();
        let total = reach.saturating_sub(size);
        let less = total / 2;
        self.pads = if after { [less, total - less] } else { [total - less, less] };
    }
}

/// The window of two axes, down and across.
#[must_use]
pub(crate) const fn window(down: Along, across: Along) -> Window {
    Window {
        kernel: [down.kernel, across.kernel],
        strides: [down.stride, across.stride],
        dilations: [down.dilation, across.dilation],
        pads: [down.pads[0], across.pads[0], down.pads[1], across.pads[1]],
    }
}

/// Sizes of the positions of [images, channels, positions..].
///
/// # Errors
/// When there are none, or one depends on the batch.
pub(crate) fn positions(ty: &TensorType) -> Result<Vec<usize>, OpError> {
    if ty.rank() < 3 {
        return Err(OpError::shape(format!("needs [images, channels, positions..], was given {ty}")));
    }
    ty.shape[2..].iter().map(|d| args::known(*d, "the image's size")).collect()
}

/// The attribute `kernel_shape`, one size for each axis of positions.
///
/// # Errors
/// When it is missing or has another length.
pub(crate) fn kernel_shape(n: &NodeContext<'_>, axes: usize) -> Result<Vec<usize>, OnnxError> {
    if n.ints("kernel_shape")?.is_none() {
        return Err(n.error("attribute kernel_shape is missing"));
    }
    sizes(n, "kernel_shape", axes, 1)
}

/// Reads strides, dilations and pads around a `kernel`, with `auto_pad` worked out for this image.
///
/// # Errors
/// When lengths or sizes do not fit.
pub(crate) fn read(n: &NodeContext<'_>, kernel: &[usize], image: &[usize]) -> Result<Vec<Along>, OnnxError> {
    let axes = image.len();
    if kernel.len() != axes || kernel.contains(&0) {
        return Err(n.error(format!("a kernel of {kernel:?} does not slide over {axes} axes")));
    }
    let (strides, dilations) = (sizes(n, "strides", axes, 1)?, sizes(n, "dilations", axes, 1)?);
    let pads = sizes(n, "pads", 2 * axes, 0)?;
    let mode = n.text("auto_pad", "NOTSET")?;
    let mut all = Vec::with_capacity(axes);
    for axis in 0..axes {
        let mut along = Along { kernel: kernel[axis], stride: strides[axis], dilation: dilations[axis], pads: [0; 2] };
        match mode.as_str() {
            "NOTSET" | "" => along.pads = [pads[axis], pads[axis + axes]],
            "VALID" => {}
            "SAME_UPPER" | "SAME_LOWER" => along.same(image[axis], mode == "SAME_UPPER"),
            other => {
                return Err(n.error(format!("auto_pad `{other}` is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER")));
            }
        }
        let given = [pads[axis], pads[axis + axes]];
        if given != [0; 2] && given != along.pads {
            return Err(n.error(format!("auto_pad {mode} means the pads {:?}, but it gives {given:?}", along.pads)));
        }
        all.push(along);
    }
    Ok(all)
}

/// Whether the count of a pool's positions is rounded up. Where `auto_pad` decides on the border, the standard's counts are
/// the same either way.
///
/// # Errors
/// When an attribute has another type.
pub(crate) fn rounds_up(n: &NodeContext<'_>) -> Result<bool, OnnxError> {
    let automatic = !matches!(n.text("auto_pad", "NOTSET")?.as_str(), "NOTSET" | "");
    Ok(n.int("ceil_mode", 0)? != 0 && !automatic)
}

/// A list attribute of `len` sizes, each at least `least`, which all are when it is left out.
fn sizes(n: &NodeContext<'_>, name: &str, len: usize, least: i64) -> Result<Vec<usize>, OnnxError> {
    let given = n.ints(name)?.unwrap_or_else(|| vec![least; len]);
    if given.len() != len || given.iter().any(|v| *v < least || *v > LARGEST) {
        return Err(n.error(format!("attribute {name} must be {len} sizes from {least} to {LARGEST}, is {given:?}")));
    }
    Ok(given.into_iter().filter_map(|v| usize::try_from(v).ok()).collect())
}

/// Sums under a window, channel by channel: [N, C, H, W] to [N, C, `count`..]; the border counts as zeros.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn sums(b: &mut Builder, x: ValueId, window: Window, count: [usize; 2]) -> Result<ValueId, GraphError> {
    let refuse = |e| at("Conv", e);
    let image = crate::ops::family::window::image_size(b.ty(x)).map_err(refuse)?;
    let groups = args::known(b.ty(x).shape[1], "the number of channels").map_err(refuse)?;
    let mut pads = window.pads;
    for axis in 0..2 {
        // Windows that rounding up added end behind the border.
        let reach = (count[axis].max(1) - 1) * window.strides[axis] + window.span(axis);
        pads[axis + 2] = pads[axis + 2].max(reach.saturating_sub(image[axis] + pads[axis]));
    }
    let Window { kernel, strides, dilations, .. } = window;
    let ones = vec![1.0; groups * kernel[0] * kernel[1]];
    let ones = b.constant_like(&[groups, 1, kernel[0], kernel[1]], ones, x)?;
    let all = b.conv(x, ones, Conv { strides, dilations, pads, groups })?;
    // A border wider than rounding down uses makes no further positions.
    let rows = b.slice(all, 2, 0, Dim::fixed(count[0]))?;
    b.slice(rows, 3, 0, Dim::fixed(count[1]))
}

/// How many cells of each position lie on the image, or (`border`) on image and border, positions in row-major order.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
pub(crate) fn counts(window: &Window, image: [usize; 2], count: [usize; 2], border: bool) -> Vec<f64> {
    let along = |axis: usize, position: usize| {
        let (before, after) = (window.pads[axis], window.pads[axis + 2]);
        let inside = if border { 0..before + image[axis] + after } else { before..before + image[axis] };
        let cell = |k: usize| position * window.strides[axis] + k * window.dilations[axis];
        (0..window.kernel[axis]).filter(|k| inside.contains(&cell(*k))).count()
    };
    let down: Vec<usize> = (0..count[0]).map(|p| along(0, p)).collect();
    let across: Vec<usize> = (0..count[1]).map(|p| along(1, p)).collect();
    down.iter().flat_map(|d| across.iter().map(move |a| (d * a) as f64)).collect()
}
