//! EyeLike: ones on a diagonal, zeros elsewhere, in the shape of the input. Read as a constant.
//! <https://onnx.ai/onnx/operators/onnx__EyeLike.html>

use crate::ops::Import;
use crate::tensor::{DType, Tensor};

/// Most elements of the result.
const MOST: usize = 1 << 24;

/// Reader of `EyeLike` nodes.
pub const ONNX: &[Import] = &[("EyeLike", |n| {
    let ty = n.ty(0)?;
    let dtype = if n.int("dtype", 0)? == 0 { ty.dtype } else { n.dtype_attribute("dtype")? };
    let sizes = ty.known().and_then(|sizes| <[usize; 2]>::try_from(sizes).ok());
    let sizes = sizes.filter(|[rows, columns]| rows.checked_mul(*columns).is_some_and(|count| count <= MOST));
    let [rows, columns] = sizes.ok_or_else(|| n.error(format!("{ty} is no matrix of fixed size")))?;
    let offset = n.int("k", 0)?;
    let place = |index: usize| i64::try_from(index).unwrap_or(i64::MAX);
    let on = |row: usize, column: usize| place(row).checked_add(offset) == Some(place(column));
    let ones = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let values: Vec<f32> = ones.map(|(row, column)| if on(row, column) { 1.0 } else { 0.0 }).collect();
    let eye = Tensor::f32(&[rows, columns], values).map_err(|e| n.error(e.to_string()))?;
    let eye = n.b.constant(eye);
    let eye = if dtype == DType::F32 { Ok(eye) } else { n.b.cast(eye, dtype) };
    Ok(vec![eye.map_err(|e| n.wrap(e))?])
})];
