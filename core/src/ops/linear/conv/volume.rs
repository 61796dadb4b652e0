//! Convolutions over volumes as convolutions over images: every slice of the result sees `kernel` slices of the volume, whose
//! channels lie one behind the other.
//!
//! `x` [N, C, D, H, W] becomes [N * D', C * kd, H, W] by a Gather of slices, `w` [O, C/groups, kd, kh, kw] becomes
//! [O, C/groups * kd, kh, kw]. Channels of a group stay neighbours.

use super::Conv;
use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::family::kernel_gradient::at;
use crate::ops::family::sliding::{self, Along};
use crate::ops::family::window::Window;
use crate::ops::transpose::Transpose;
use crate::ops::OpError;
use crate::tensor::{Dim, Tensor};

/// Reads a `Conv` node over volumes.
pub(super) fn read(n: &mut NodeContext<'_>) -> Result<Vec<ValueId>, OnnxError> {
    let (x, w, bias) = (n.input(0)?, n.input(1)?, n.maybe(2)?);
    let groups = usize::try_from(n.int("group", 1)?).map_err(|_| n.error("needs at least one group"))?;
    let image = sliding::positions(n.b.ty(x)).map_err(|e| n.refuse(e))?;
    let kernel = sliding::positions(n.b.ty(w)).map_err(|e| n.refuse(e))?;
    if n.ints("kernel_shape")?.is_some_and(|given| given != crate::ops::export::ints(&kernel)) {
        return Err(n.error(format!("kernel_shape is not that of the kernel, {kernel:?}")));
    }
    let [depth, down, across] = *sliding::read(n, &kernel, &image)?.as_slice() else {
        return Err(n.error("images and kernel must have as many axes"));
    };
    let window = sliding::window(depth, Along::STILL);
    let [slices, _] = window.positions([image[0], 1], false).map_err(|e| n.refuse(e))?;
    let Window { strides, dilations, pads, .. } = sliding::window(down, across);
    let conv = Conv { strides, dilations, pads, groups };
    let planes = n.build(|b| {
        let (x, w) = (stacked(b, x, depth, slices)?, flattened(b, w)?);
        let inputs: Vec<ValueId> = [x, w].into_iter().chain(bias).collect();
        let made = b.apply1(conv, &inputs)?;
        let shape = b.ty(made).shape.clone();
        let images = shape[0].divided_by(Dim::fixed(slices)).unwrap_or(shape[0]);
        b.reshape(made, &[images, Dim::fixed(slices), shape[1], shape[2], shape[3]])
    })?;
    n.apply_to(Transpose { order: vec![0, 2, 1, 3, 4] }, &[planes])
}

/// [N, C, D, H, W] as [N * slices, C * kernel, H, W].
fn stacked(b: &mut Builder, x: ValueId, depth: Along, slices: usize) -> Result<ValueId, GraphError> {
    let none = [Dim::fixed(0); 5];
    let (mut before, mut after) = (none, none);
    (before[2], after[2]) = (Dim::fixed(depth.pads[0]), Dim::fixed(depth.pads[1]));
    let padded = b.pad(x, &before, &after, 0.0)?;
    let place = |slice: usize, cell: usize| i64::try_from(slice * depth.stride + cell * depth.dilation);
    let places = (0..slices).flat_map(|slice| (0..depth.kernel).filter_map(move |cell| place(slice, cell).ok()));
    let places = Tensor::i64(&[slices, depth.kernel], places.collect()).map_err(|e| refuse(e.to_string()))?;
    let places = b.constant(places);
    let seen = b.gather(padded, places, 2)?;
    let turned = b.transpose(seen, &[0, 2, 1, 3, 4, 5])?;
    let shape = b.ty(turned).shape.clone();
    let all = shape[0].times(shape[1]).zip(shape[2].times(shape[3]));
    let (images, channels) = all.ok_or_else(|| refuse("its channels depend on the batch".to_owned()))?;
    b.reshape(turned, &[images, channels, shape[4], shape[5]])
}

/// [O, C, kd, kh, kw] as [O, C * kd, kh, kw].
fn flattened(b: &mut Builder, w: ValueId) -> Result<ValueId, GraphError> {
    let shape = b.ty(w).shape.clone();
    let channels = shape[1].times(shape[2]).ok_or_else(|| refuse("its kernel depends on the batch".to_owned()))?;
    b.reshape(w, &[shape[0], channels, shape[3], shape[4]])
}

const fn refuse(why: String) -> GraphError {
    at("Conv", OpError::Shape(why))
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of ONNX Runtime 1.23; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Conv").opset(17).with("group", 2).with("pads", vec![1, 0, 0, 0, 0, 1]).with("strides", vec![2, 1, 1]).on(&[1, 2, 3, 2, 2], &[-0.4, 1.2, 1.5, -1.3, -1.5, -1.5, 1.9, 1.8, -1.1, 1.9, -1.2, 0.0, -0.0, 1.7, -1.8, -0.7, 0.4, -1.7, -1.1, -0.1, 1.5, 1.0, 1.3, 1.0]).on(&[2, 1, 2, 1, 2], &[0.8, 1.4, 0.7, 0.9, -0.8, -1.3, 1.0, -1.3]).on(&[2], &[1.7, 0.4]).gives(&[1, 2, 2, 2, 2], &[2.5, 2.54, 1.58, 0.7900001, -0.6599996, 1.83, 4.9, 3.140_000_1, -1.81, 2.1, -0.49, -0.3, 2.49, 2.76, 1.41, 1.48]);
    }
}
