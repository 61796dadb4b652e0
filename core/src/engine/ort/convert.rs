//! Between our host tensors and ONNX Runtime's values.

use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Arc;

use ort::session::SessionInputValue;
use ort::value::{DynTensor, Tensor as OrtTensor, TensorRef};
use ort::value::{PrimitiveTensorElementType, TensorElementType};

use super::{device_error, failed};
use crate::engine::{Buffer, EngineError};
use crate::tensor::{DType, Data, Tensor};

/// A copy that ONNX Runtime owns.
pub(super) fn to_value(tensor: &Tensor) -> ort::Result<DynTensor> {
    let shape = tensor.shape().to_vec();
    Ok(match tensor.data() {
        Data::F32(v) => OrtTensor::from_array((shape, v.to_vec()))?.upcast(),
        Data::F64(v) => OrtTensor::from_array((shape, v.to_vec()))?.upcast(),
        Data::I64(v) => OrtTensor::from_array((shape, v.to_vec()))?.upcast(),
        Data::Bool(v) => OrtTensor::from_array((shape, v.to_vec()))?.upcast(),
    })
}

/// A copy in our own memory; the value must be in host memory.
pub(super) fn to_tensor(value: &DynTensor) -> Result<Tensor, EngineError> {
    let (shape, dtype) = describe(value)?;
    let data = match dtype {
        DType::F32 => Data::F32(Arc::new(elements(value)?)),
        DType::F64 => Data::F64(Arc::new(elements(value)?)),
        DType::I64 => Data::I64(Arc::new(elements(value)?)),
        DType::Bool => Data::Bool(Arc::new(elements(value)?)),
    };
    Ok(Tensor::new(&shape, data)?)
}

/// A result as a buffer of ours.
pub(super) fn to_buffer(value: DynTensor) -> Result<Buffer, EngineError> {
    let (shape, dtype) = describe(&value)?;
    Ok(Buffer::new(&shape, dtype, Rc::new(value)))
}

/// The positions `first .. first + count` along axis 0, where they lie.
pub(super) fn run_of(value: &DynTensor, first: usize, count: usize) -> Result<SessionInputValue<'_>, EngineError> {
    match describe(value)? {
        (shape, DType::F32) => view::<f32>(value, shape, first, count),
        (shape, DType::F64) => view::<f64>(value, shape, first, count),
        (shape, DType::I64) => view::<i64>(value, shape, first, count),
        (shape, DType::Bool) => view::<bool>(value, shape, first, count),
    }
}

fn view<T: PrimitiveTensorElementType + Clone + Debug + 'static>(
    value: &DynTensor,
    mut shape: Vec<usize>,
    first: usize,
    count: usize,
) -> Result<SessionInputValue<'_>, EngineError> {
    let (_, all) = value.try_extract_tensor::<T>().map_err(|e| failed("cutting an argument", &e))?;
    let position: usize = shape.iter().skip(1).product();
    let run = all.get(first * position..(first + count) * position).ok_or(EngineError::ForeignBuffer)?;
    if let Some(rows) = shape.first_mut() {
        *rows = count;
    }
    let view = TensorRef::from_array_view((shape, run)).map_err(|e| failed("cutting an argument", &e))?;
    Ok(view.into())
}

/// The parts one behind the other along axis 0.
pub(super) fn joined(mut parts: Vec<DynTensor>) -> Result<Buffer, EngineError> {
    if parts.len() == 1 {
        return parts.pop().map_or(Err(EngineError::ForeignBuffer), to_buffer);
    }
    let (mut shape, dtype) = parts.first().map_or(Err(EngineError::ForeignBuffer), describe)?;
    let rows = parts.iter().map(|part| part.shape().first().and_then(|d| usize::try_from(*d).ok()).unwrap_or(0));
    if let Some(first) = shape.first_mut() {
        *first = rows.sum();
    }
    let value = match dtype {
        DType::F32 => chained::<f32>(&parts, &shape)?,
        DType::F64 => chained::<f64>(&parts, &shape)?,
        DType::I64 => chained::<i64>(&parts, &shape)?,
        DType::Bool => chained::<bool>(&parts, &shape)?,
    };
    Ok(Buffer::new(&shape, dtype, Rc::new(value)))
}

fn chained<T: PrimitiveTensorElementType + Copy + Debug + 'static>(
    parts: &[DynTensor],
    shape: &[usize],
) -> Result<DynTensor, EngineError> {
    let at = |e: ort::Error| failed("joining results", &e);
    let mut all: Vec<T> = Vec::with_capacity(shape.iter().product());
    for part in parts {
        all.extend_from_slice(part.try_extract_tensor::<T>().map_err(at)?.1);
    }
    Ok(OrtTensor::from_array((shape.to_vec(), all)).map_err(at)?.upcast())
}

/// Sizes and element type.
pub(super) fn describe(value: &DynTensor) -> Result<(Vec<usize>, DType), EngineError> {
    let shape = value.shape().iter().map(|d| usize::try_from(*d).unwrap_or(0)).collect();
    let dtype = match value.data_type() {
        TensorElementType::Float32 => DType::F32,
        TensorElementType::Float64 => DType::F64,
        TensorElementType::Int64 => DType::I64,
        TensorElementType::Bool => DType::Bool,
        other => return Err(device_error("reading a result", format!("unexpected element type {other}"))),
    };
    Ok((shape, dtype))
}

fn elements<T: PrimitiveTensorElementType + Clone>(value: &DynTensor) -> Result<Vec<T>, EngineError> {
    let (_, elements) = value.try_extract_tensor::<T>().map_err(|e| failed("reading a result", &e))?;
    Ok(elements.to_vec())
}
