//! Windows that slide over images: the geometry that convolutions and pools share, and patches as columns.

use ndarray::Array2;

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::family::args;
use crate::ops::reshape::Reshape;
use crate::ops::{Attribute, Op, OpError, export};
use crate::tensor::{Dim, TensorType};

/// Largest kernel, stride, dilation or pad taken from a file: far beyond any network, and safe to multiply.
const LARGEST: i64 = 1 << 14;

/// The same, for what is worked out.
pub(crate) const LARGEST_STEP: usize = 1 << 14;

/// A window over the last two axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Cells down and across.
    pub kernel: [usize; 2],
    /// Steps of the window down and across.
    pub strides: [usize; 2],
    /// Distance between neighbouring cells down and across.
    pub dilations: [usize; 2],
    /// Border at top, left, bottom, right.
    pub pads: [usize; 4],
}

impl Window {
    /// What the window covers along axis 0 (down) or 1 (across), gaps included.
    pub(crate) const fn span(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilations[axis] + 1
    }

    /// Settings that describe a window at all.
    pub(crate) fn check(&self) -> Result<(), OpError> {
        let settings = self.kernel.iter().chain(&self.strides).chain(&self.dilations);
        if settings.into_iter().all(|s| *s > 0) {
            Ok(())
        } else {
            Err(OpError::shape(format!("kernel, strides and dilations must be at least 1: {self:?}")))
        }
    }

    /// Positions of the window on an image; with `ceil` a last one that starts inside but ends outside counts.
    pub(crate) fn positions(&self, image: [usize; 2], ceil: bool) -> Result<[usize; 2], OpError> {
        self.check()?;
        let mut count = [0; 2];
        for axis in 0..2 {
            let (before, stride, span) = (self.pads[axis], self.strides[axis], self.span(axis));
            let room = image[axis] + before + self.pads[axis + 2];
            let Some(slack) = room.checked_sub(span) else {
                return Err(OpError::shape(format!(
                    "a window of {span} does not fit into {room} cells, border included"
                )));
            };
            count[axis] = slack / stride + 1;
            // A window that would begin in the border behind the image does not count.
            if ceil && slack % stride > 0 && count[axis] * stride < image[axis] + before {
                count[axis] += 1;
            }
        }
        Ok(count)
    }

    /// The image that a transposed window makes of `input` positions.
    pub(crate) fn image(&self, input: [usize; 2], output_padding: [usize; 2]) -> Result<[usize; 2], OpError> {
        self.check()?;
        let mut size = [0; 2];
        for axis in 0..2 {
            let border = self.pads[axis] + self.pads[axis + 2];
            let whole =
                input[axis].checked_sub(1).map(|i| i * self.strides[axis] + self.span(axis) + output_padding[axis]);
            size[axis] = whole.and_then(|w| w.checked_sub(border)).ok_or_else(|| {
                OpError::shape(format!("nothing is left of {input:?} once the border {border} is cut"))
            })?;
        }
        Ok(size)
    }

    /// Every position sees at least one pixel; a maximum or mean over border alone is not defined.
    pub(crate) fn sees_image(&self, image: [usize; 2], count: [usize; 2]) -> Result<(), OpError> {
        for axis in 0..2 {
            let sees =
                |position| (0..self.kernel[axis]).any(|cell| self.source(axis, position, cell, image[axis]).is_some());
            if !(0..count[axis]).all(sees) {
                return Err(OpError::shape(format!("some windows see only border: {self:?} on {image:?}")));
            }
        }
        Ok(())
    }

    /// Image row (or column) under cell `cell` of the window at `position`, if it is inside.
    pub(crate) fn source(&self, axis: usize, position: usize, cell: usize, size: usize) -> Option<usize> {
        let at = position * self.strides[axis] + cell * self.dilations[axis];
        at.checked_sub(self.pads[axis]).filter(|i| *i < size)
    }

    /// Visits every row of every patch of one channel: `visit(cell, column, image position, step, count)` means that `count` cells
    /// from `column` on see the image from `image position` on, every `step`-th element.
    fn rows(&self, image: [usize; 2], count: [usize; 2], mut visit: impl FnMut(usize, usize, usize, usize)) {
        for cell in 0..self.kernel[0] * self.kernel[1] {
            let (down, across) = (cell / self.kernel[1], cell % self.kernel[1]);
            let inside = |x: &usize| self.source(1, *x, across, image[1]).is_some();
            let Some(first) = (0..count[1]).find(inside) else { continue };
            let run = (first..count[1]).take_while(inside).count();
            let Some(left) = self.source(1, first, across, image[1]) else { continue };
            for y in 0..count[0] {
                if let Some(row) = self.source(0, y, down, image[0]) {
                    visit(cell, y * count[1] + first, row * image[1] + left, run);
                }
            }
        }
    }

    /// The patches of an image as columns: `pixels` [C, H, W] to [C * kh * kw, positions]; the border is 0.
    pub(crate) fn columns(&self, pixels: &[f64], image: [usize; 2], count: [usize; 2]) -> Array2<f64> {
        let (area, cells, places) = (image[0] * image[1], self.kernel[0] * self.kernel[1], count[0] * count[1]);
        let channels = pixels.len() / area.max(1);
        let mut all = vec![0.0; channels * cells * places];
        let step = self.strides[1];
        for (channel, plane) in pixels.chunks_exact(area.max(1)).enumerate() {
            self.rows(image, count, |cell, to, from, run| {
                let row = (channel * cells + cell) * places + to;
                let seen = plane[from..].iter().step_by(step);
                all[row..row + run].iter_mut().zip(seen).for_each(|(cell, pixel)| *cell = *pixel);
            });
        }
        Array2::from_shape_vec((channels * cells, places), all).unwrap_or_default()
    }

    /// The transpose of [`Window::columns`]: adds [C * kh * kw, positions] back onto `pixels` [C, H, W].
    pub(crate) fn add_columns(&self, columns: &Array2<f64>, pixels: &mut [f64], image: [usize; 2], count: [usize; 2]) {
        let (area, cells) = (image[0] * image[1], self.kernel[0] * self.kernel[1]);
        let (columns, step) = (columns.as_standard_layout(), self.strides[1]);
        let (Some(all), places) = (columns.as_slice(), count[0] * count[1]) else { return };
        for (channel, plane) in pixels.chunks_exact_mut(area.max(1)).enumerate() {
            self.rows(image, count, |cell, from, to, run| {
                let row = (channel * cells + cell) * places + from;
                let touched = plane[to..].iter_mut().step_by(step);
                touched.zip(&all[row..row + run]).for_each(|(pixel, cell)| *pixel += cell);
            });
        }
    }

    /// Strides, dilations and pads as ONNX attributes.
    pub(crate) fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        vec![
            ("strides", Attribute::Ints(export::ints(&self.strides))),
            ("dilations", Attribute::Ints(export::ints(&self.dilations))),
            ("pads", Attribute::Ints(export::ints(&self.pads))),
        ]
    }
}

/// Height and width of [N, C, H, W], which must be known before the run.
pub(crate) fn image_size(ty: &TensorType) -> Result<[usize; 2], OpError> {
    args::rank(ty, 4, "[images, channels, rows, columns]")?;
    Ok([args::known(ty.shape[2], "the number of rows")?, args::known(ty.shape[3], "the number of columns")?])
}

/// Sizes of the four axes of an array.
pub(crate) fn sizes4(shape: &[usize]) -> Result<[usize; 4], OpError> {
    shape.try_into().map_err(|_| OpError::shape(format!("needs 4 dimensions, was given {shape:?}")))
}

/// The shape [N, channels, rows, columns].
pub(crate) fn image_shape(images: Dim, channels: Dim, size: [usize; 2]) -> Vec<Dim> {
    vec![images, channels, Dim::fixed(size[0]), Dim::fixed(size[1])]
}

/// A list attribute of `len` sizes, each at least `least`; all `default` when it is left out.
fn sizes(n: &NodeContext<'_>, name: &str, len: usize, default: i64) -> Result<Vec<usize>, OnnxError> {
    let given = n.ints(name)?.unwrap_or_else(|| vec![default; len]);
    if given.len() != len || given.iter().any(|v| *v < default.min(1) || *v > LARGEST) {
        return Err(n.error(format!("attribute {name} must be {len} sizes up to {LARGEST}, is {given:?}")));
    }
    Ok(given.into_iter().filter_map(|v| usize::try_from(v).ok()).collect())
}

/// As [`sizes`] for rows and columns; a network over one axis is one over images of one row, with `neutral` for the rows.
pub(crate) fn pair(n: &NodeContext<'_>, name: &str, spatial: usize, neutral: usize) -> Result<[usize; 2], OnnxError> {
    let default = i64::from(neutral == 1);
    match *sizes(n, name, spatial, default)?.as_slice() {
        [down, across] => Ok([down, across]),
        [across] => Ok([neutral, across]),
        _ => Err(n.error(format!("works on images (or one row of them), not on {spatial} axes"))),
    }
}

/// Reads strides, dilations and pads around `kernel`, with `auto_pad` worked out for this image.
pub(crate) fn read(
    n: &NodeContext<'_>,
    kernel: [usize; 2],
    image: [usize; 2],
    spatial: usize,
) -> Result<Window, OnnxError> {
    let (strides, dilations) = (pair(n, "strides", spatial, 1)?, pair(n, "dilations", spatial, 1)?);
    let mut window = Window { kernel, strides, dilations, pads: [0; 4] };
    window.check().map_err(|e| n.refuse(e))?;
    check_kernel(n, kernel, spatial)?;
    let given = match *sizes(n, "pads", 2 * spatial, 0)?.as_slice() {
        [top, left, bottom, right] => [top, left, bottom, right],
        [left, right] => [0, left, 0, right],
        _ => return Err(n.error("needs 4 pads")),
    };
    let mode = n.text("auto_pad", "NOTSET")?;
    match mode.as_str() {
        "NOTSET" | "" => window.pads = given,
        "VALID" => {}
        "SAME_UPPER" | "SAME_LOWER" => {
            for axis in 0..2 {
                let reach = (image[axis].div_ceil(strides[axis]).max(1) - 1) * strides[axis] + window.span(axis);
                let total = reach.saturating_sub(image[axis]);
                let before = if mode == "SAME_UPPER" { total / 2 } else { total.div_ceil(2) };
                (window.pads[axis], window.pads[axis + 2]) = (before, total - before);
            }
        }
        other => return Err(n.error(format!("auto_pad `{other}` is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER"))),
    }
    if given != [0; 4] && given != window.pads {
        return Err(n.error(format!("auto_pad {mode} means the pads {:?}, but it gives {given:?}", window.pads)));
    }
    Ok(window)
}

/// The attribute `kernel_shape`, where it is given, must be the kernel's.
fn check_kernel(n: &NodeContext<'_>, kernel: [usize; 2], spatial: usize) -> Result<(), OnnxError> {
    let own = export::ints(&kernel[2_usize.saturating_sub(spatial)..]);
    match n.ints("kernel_shape")?.filter(|given| *given != own) {
        None => Ok(()),
        Some(given) => Err(n.error(format!("kernel_shape {given:?} is not that of the kernel, {own:?}"))),
    }
}

/// An input of a node as images, with its number of spatial axes: a signal over one axis becomes images of one row.
pub(crate) fn as_image(n: &mut NodeContext<'_>, index: usize) -> Result<(ValueId, usize), OnnxError> {
    let value = n.input(index)?;
    let mut shape = n.b.ty(value).shape.clone();
    match shape.len() {
        4 => Ok((value, 2)),
        3 => {
            shape.insert(2, Dim::ONE);
            Ok((n.b.reshape(value, &shape).map_err(|e| n.wrap(e))?, 1))
        }
        rank => Err(n.error(format!("input {index} has {rank} dimensions; works on 4 (images) or 3 (signals)"))),
    }
}

/// Applies the operator and takes the row axis away again if [`as_image`] had added it.
pub(crate) fn finish(
    n: &mut NodeContext<'_>,
    op: impl Into<Op>,
    inputs: &[ValueId],
    spatial: usize,
) -> Result<ValueId, OnnxError> {
    if spatial == 2 {
        return Ok(n.apply_to(op, inputs)?[0]);
    }
    let images = n.b.apply1(op, inputs).map_err(|e| n.wrap(e))?;
    let mut shape = n.b.ty(images).shape.clone();
    shape.remove(2);
    Ok(n.apply_to(Reshape { shape }, &[images])?[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn window(kernel: usize, stride: usize, pads: [usize; 4]) -> Window {
        Window { kernel: [kernel; 2], strides: [stride; 2], dilations: [1; 2], pads }
    }

    #[test]
    fn counts_positions_as_onnx_does() {
        assert_eq!(window(3, 2, [1; 4]).positions([32, 7], false), Ok([16, 4]));
        assert_eq!(window(3, 2, [0; 4]).positions([32, 8], true), Ok([16, 4]));
        // The last window would begin in the border: it does not count even when rounding up.
        assert_eq!(window(1, 2, [0, 0, 1, 1]).positions([3, 3], true), Ok([2, 2]));
        assert!(window(5, 1, [0; 4]).positions([4, 9], false).is_err());
    }

    #[test]
    fn patches_become_columns_and_add_back() {
        let (w, pixels) = (window(2, 1, [1, 0, 0, 0]), [1.0, 2.0, 3.0, 4.0]);
        let columns = w.columns(&pixels, [2, 2], [2, 1]);
        assert_eq!(columns, ndarray::array![[0.0, 1.0], [0.0, 2.0], [1.0, 3.0], [2.0, 4.0]]);
        let mut back = [0.0; 4];
        w.add_columns(&columns, &mut back, [2, 2], [2, 1]);
        assert_eq!(back, [2.0, 4.0, 3.0, 4.0]);
    }
}
