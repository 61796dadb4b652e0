//! Between our host tensors and ONNX Runtime's values.

use std::sync::Arc;

use ort::value::{DynTensor, Tensor as OrtTensor};
use ort::value::{PrimitiveTensorElementType, TensorElementType};

use super::device_error;
use crate::engine::EngineError;
use crate::tensor::{DType, Data, Tensor};

/// A copy that ONNX Runtime owns.
pub fn to_value(tensor: &Tensor) -> ort::Result<DynTensor> {
    let shape = tensor.shape().to_vec();
    Ok(match tensor.data() {
        Data::F32(v) => OrtTensor::from_array((shape, v.to_vec()))?.upcast(),
        Data::F64(v) => OrtTensor::from_array((shape, v.to_vec()))?.upcast(),
        Data::I64(v) => OrtTensor::from_array((shape, v.to_vec()))?.upcast(),
        Data::Bool(v) => OrtTensor::from_array((shape, v.to_vec()))?.upcast(),
    })
}

/// A copy in our own memory; the value must be in host memory.
pub fn to_tensor(value: &DynTensor) -> Result<Tensor, EngineError> {
    let (shape, dtype) = describe(value)?;
    let data = match dtype {
        DType::F32 => Data::F32(Arc::new(elements(value)?)),
        DType::F64 => Data::F64(Arc::new(elements(value)?)),
        DType::I64 => Data::I64(Arc::new(elements(value)?)),
        DType::Bool => Data::Bool(Arc::new(elements(value)?)),
    };
    Ok(Tensor::new(&shape, data)?)
}

/// Sizes and element type.
pub fn describe(value: &DynTensor) -> Result<(Vec<usize>, DType), EngineError> {
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
    let (_, elements) = value.try_extract_tensor::<T>().map_err(|e| super::failed("reading a result", &e))?;
    Ok(elements.to_vec())
}
