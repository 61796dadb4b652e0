//! Elements that only change their places, and sums over positions, in f32.

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, Slice};

use super::runs::runs;
use super::scratch::Scratch;
use crate::ops::concat::Concat;
use crate::ops::depth_to_space::{DepthOrder, DepthToSpace};
use crate::ops::gather::Gather;
use crate::ops::{Op, OpError};
use crate::platform::simd::{Simd, WithSimd, vectorized};
use crate::tensor::{Array, Tensor};

fn refuse(error: impl std::fmt::Display) -> OpError {
    OpError::shape(error.to_string())
}

fn view(x: &Tensor) -> Result<ArrayViewD<'_, f32>, OpError> {
    ArrayViewD::from_shape(IxDyn(x.shape()), x.as_f32().map_err(refuse)?).map_err(refuse)
}

/// Row by row, under the sizes that were inferred.
fn made(array: &ArrayViewD<'_, f32>, shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    let rows: ArrayD<f32> = array.as_standard_layout().into_owned();
    Tensor::f32(shape, rows.into_raw_vec_and_offset().0).map(Some).map_err(refuse)
}

/// Operators on one tensor; `None` for those that have no form here.
pub(super) fn one(op: &Op, x: &Tensor, shape: &[usize], scratch: &mut Scratch) -> Result<Option<Tensor>, OpError> {
    match op {
        Op::Reshape(_) => x.reshaped(shape).map(Some).map_err(refuse),
        Op::Transpose(op) => made(&view(x)?.permuted_axes(IxDyn(&op.order)), shape),
        Op::Expand(_) => spread(x, shape, scratch),
        Op::Slice(op) => {
            // A start that depends on the batch is left to the oracle.
            match op.start.known() {
                Some(start) => {
                    let range = Slice::from(start..start + shape[op.axis]);
                    made(&view(x)?.slice_axis(Axis(op.axis), range), shape)
                }
                None => Ok(None),
            }
        }
        Op::DepthToSpace(op) => woven(op, x, shape, scratch),
        Op::GlobalAveragePool(_) => averages(x, shape),
        _ => Ok(None),
    }
}

/// A tensor along axes that it does not have.
fn spread(x: &Tensor, shape: &[usize], scratch: &mut Scratch) -> Result<Option<Tensor>, OpError> {
    let Some((length, places)) = runs(x.shape(), x.shape(), shape) else { return Ok(None) };
    let cells = x.as_f32().map_err(refuse)?;
    let mut y = scratch.take(shape.iter().product());
    for (y, [place, _]) in y.chunks_exact_mut(length).zip(places) {
        match place.run(cells, length) {
            [x] => y.fill(*x),
            run => y.copy_from_slice(run),
        }
    }
    Tensor::f32(shape, y).map(Some).map_err(refuse)
}

/// Blocks of channels [images, block, block, count, rows, columns], or count before the blocks, as blocks of pixels.
fn woven(op: &DepthToSpace, x: &Tensor, shape: &[usize], scratch: &mut Scratch) -> Result<Option<Tensor>, OpError> {
    let (&[_, channels, rows, columns], &[_, count, _, _]) = (x.shape(), shape) else { return Ok(None) };
    let cells = x.as_f32().map_err(refuse)?;
    let mut y = scratch.take(shape.iter().product());
    let images = cells.chunks_exact(channels * rows * columns).zip(y.chunks_exact_mut(channels * rows * columns));
    for (cells, y) in images {
        vectorized(Weave { op, count, image: [rows, columns], cells, y });
    }
    Tensor::f32(shape, y).map(Some).map_err(refuse)
}

/// One image's rows, each from `block` others, a pixel of each in turn.
struct Weave<'a> {
    op: &'a DepthToSpace,
    /// Channels of the result.
    count: usize,
    /// Rows and columns of the argument.
    image: [usize; 2],
    cells: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Weave<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (block, [rows, columns]) = (self.op.block, self.image);
        for (index, y) in self.y.chunks_exact_mut((columns * block).max(1)).enumerate() {
            let (channel, row) = (index / (rows * block), index % (rows * block));
            let part = |column: usize| {
                let part = (row % block) * block + column;
                let channel = match self.op.order {
                    DepthOrder::DepthColumnRow => part * self.count + channel,
                    DepthOrder::ColumnRowDepth => channel * block * block + part,
                };
                &self.cells[(channel * rows + row / block) * columns..][..columns]
            };
            if block == 2 {
                for ((pair, even), odd) in y.chunks_exact_mut(2).zip(part(0)).zip(part(1)) {
                    (pair[0], pair[1]) = (*even, *odd);
                }
                continue;
            }
            for column in 0..block {
                let places = y.iter_mut().skip(column).step_by(block);
                places.zip(part(column)).for_each(|(y, x)| *y = *x);
            }
        }
    }
}

/// Means over all positions [N, C, ...] -> [N, C, 1, ...], summed in f64.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "counts of pixels; results are f32")]
fn averages(x: &Tensor, shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    let places: usize = x.shape()[2..].iter().product();
    let mean = |plane: &[f32]| (plane.iter().copied().map(f64::from).sum::<f64>() / places as f64) as f32;
    let means = x.as_f32().map_err(refuse)?.chunks_exact(places).map(mean).collect();
    Tensor::f32(shape, means).map(Some).map_err(refuse)
}

/// Tensors one behind the other along an axis.
pub(super) fn concat(op: &Concat, parts: &[Tensor], shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    let parts = parts.iter().map(view).collect::<Result<Vec<_>, _>>()?;
    let joined = ndarray::concatenate(Axis(op.axis), &parts).map_err(refuse)?;
    made(&joined.view(), shape)
}

/// The slices of `x` that `indices` name; indices that name none are left to the oracle's complaint.
pub(super) fn gather(
    op: &Gather,
    x: &Tensor,
    indices: &Array,
    shape: &[usize],
) -> Result<Option<Vec<Tensor>>, OpError> {
    let Array::Int(indices) = indices else { return Ok(None) };
    let size = x.shape()[op.axis];
    let position = |index: &i64| {
        let at = if *index < 0 { index.checked_add_unsigned(size as u64)? } else { *index };
        usize::try_from(at).ok().filter(|at| *at < size)
    };
    let Some(positions) = indices.iter().map(position).collect::<Option<Vec<usize>>>() else { return Ok(None) };
    let picked = view(x)?.select(Axis(op.axis), &positions);
    Ok(made(&picked.view(), shape)?.map(|y| vec![y]))
}
