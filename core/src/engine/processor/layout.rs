//! Elements that only change their places, and sums over positions, in f32.

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, Slice};

use crate::ops::concat::Concat;
use crate::ops::depth_to_space::{DepthOrder, DepthToSpace};
use crate::ops::gather::Gather;
use crate::ops::{Op, OpError};
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
pub fn one(op: &Op, x: &Tensor, shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    match op {
        Op::Reshape(_) => x.reshaped(shape).map(Some).map_err(refuse),
        Op::Transpose(op) => made(&view(x)?.permuted_axes(IxDyn(&op.order)), shape),
        Op::Expand(_) => match view(x)?.broadcast(IxDyn(shape)) {
            Some(wide) => made(&wide, shape),
            None => Ok(None),
        },
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
        Op::DepthToSpace(op) => woven(op, x, shape),
        Op::GlobalAveragePool(_) => averages(x, shape),
        _ => Ok(None),
    }
}

/// Blocks of channels as blocks of pixels.
fn woven(op: &DepthToSpace, x: &Tensor, shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    let (&[images, _, rows, columns], &[_, count, _, _], block) = (x.shape(), shape, op.block) else {
        return Ok(None);
    };
    let (split, order) = match op.order {
        DepthOrder::DepthColumnRow => ([images, block, block, count, rows, columns], [0, 3, 4, 1, 5, 2]),
        DepthOrder::ColumnRowDepth => ([images, count, block, block, rows, columns], [0, 1, 4, 2, 5, 3]),
    };
    let split = view(x)?.into_shape_with_order(IxDyn(&split)).map_err(refuse)?;
    made(&split.permuted_axes(IxDyn(&order)), shape)
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
pub fn concat(op: &Concat, parts: &[Tensor], shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    let parts = parts.iter().map(view).collect::<Result<Vec<_>, _>>()?;
    let joined = ndarray::concatenate(Axis(op.axis), &parts).map_err(refuse)?;
    made(&joined.view(), shape)
}

/// The slices of `x` that `indices` name; indices that name none are left to the oracle's complaint.
pub fn gather(op: &Gather, x: &Tensor, indices: &Array, shape: &[usize]) -> Result<Option<Vec<Tensor>>, OpError> {
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
