//! The derivative of a convolution by its kernel is a convolution again, with the roles exchanged.
//!
//! `y[n, o, p] = sum x[n, c, p * s + k * d - pad] * w[o, c, k]` gives
//! `dw[o, c, k] = sum over n, p of x[n, c, k * d + p * s - pad] * dy[n, o, p]`: `x` convolved with `dy` as its kernel, images in
//! the place of channels, strides and dilations exchanged.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::OpError;
use crate::ops::conv::Conv;
use crate::ops::family::window::{Window, image_size};
use crate::tensor::Dim;

/// Derivative by a kernel [O, C/groups, kh, kw], from the `image` [N, C, H, W] that the window slides over and the `signal`
/// [N, O, h, w], one number for each of its positions.
pub(crate) fn kernel_gradient(
    b: &mut Builder,
    window: Window,
    groups: usize,
    image: ValueId,
    signal: ValueId,
) -> Result<ValueId, GraphError> {
    let size = image_size(b.ty(image)).map_err(|e| at("Conv", e))?;
    let count = image_size(b.ty(signal)).map_err(|e| at("Conv", e))?;
    let mut pads = window.pads;
    for axis in 0..2 {
        // Border that no window reached would only add kernel positions that do not exist.
        let room = size[axis] + pads[axis] + pads[axis + 2];
        let unreached = room.saturating_sub((count[axis].max(1) - 1) * window.strides[axis] + window.span(axis));
        pads[axis + 2] -= unreached.min(pads[axis + 2]);
    }
    let images = images_as_channels(b, image, groups)?;
    let kernel = b.transpose(signal, &[1, 0, 2, 3])?;
    let swapped = Conv { strides: window.dilations, dilations: window.strides, pads, groups };
    let mut gradient = b.conv(images, kernel, swapped)?;
    for axis in 0..2 {
        gradient = b.slice(gradient, axis + 2, Dim::fixed(0), Dim::fixed(window.kernel[axis]))?;
    }
    b.transpose(gradient, &[1, 0, 2, 3])
}

/// [N, G*C, H, W] as [C, G*N, H, W].
fn images_as_channels(b: &mut Builder, x: ValueId, groups: usize) -> Result<ValueId, GraphError> {
    if groups == 1 {
        return b.transpose(x, &[1, 0, 2, 3]);
    }
    let shape = b.ty(x).shape.clone();
    let g = Dim::fixed(groups);
    let refuse =
        || at("Conv", OpError::shape(format!("{} channels or images do not come in {groups} groups", shape[1])));
    let channels = shape[1].divided_by(g).ok_or_else(refuse)?;
    let all = shape[0].times(g).ok_or_else(refuse)?;
    let split = b.reshape(x, &[shape[0], g, channels, shape[2], shape[3]])?;
    let turned = b.transpose(split, &[2, 1, 0, 3, 4])?;
    b.reshape(turned, &[channels, all, shape[2], shape[3]])
}

/// An operator's complaint while its gradient is built.
pub(crate) const fn at(op: &'static str, source: OpError) -> GraphError {
    GraphError::Op { node: String::new(), op, source }
}
