//! Checks on arguments that many operators make.

use ndarray::ArrayD;

use crate::ops::OpError;
use crate::tensor::{Array, DType, Dim, TensorType, show_shape};

/// Exactly `n` arguments.
pub(crate) fn arity(inputs: &[TensorType], n: usize) -> Result<(), OpError> {
    if inputs.len() == n { Ok(()) } else { Err(OpError::Arity { expected: n.to_string(), found: inputs.len() }) }
}

/// Argument `index` holds real numbers.
pub(crate) fn real_type(inputs: &[TensorType], index: usize) -> Result<&TensorType, OpError> {
    let ty = type_at(inputs, index)?;
    if ty.dtype.is_real() { Ok(ty) } else { Err(OpError::Elements { index, expected: "f32 or f64", found: ty.dtype }) }
}

/// Argument `index` holds `dtype`.
pub(crate) fn typed(inputs: &[TensorType], index: usize, dtype: DType) -> Result<&TensorType, OpError> {
    let ty = type_at(inputs, index)?;
    let expected = match dtype {
        DType::F32 => "f32",
        DType::F64 => "f64",
        DType::I64 => "i64",
        DType::Bool => "bool",
    };
    if ty.dtype == dtype { Ok(ty) } else { Err(OpError::Elements { index, expected, found: ty.dtype }) }
}

/// Argument `index`, whatever it holds.
pub(crate) fn type_at(inputs: &[TensorType], index: usize) -> Result<&TensorType, OpError> {
    inputs.get(index).ok_or_else(|| OpError::Arity { expected: format!("more than {index}"), found: inputs.len() })
}

/// The argument has `rank` dimensions.
pub(crate) fn rank(ty: &TensorType, rank: usize, axes: &str) -> Result<(), OpError> {
    if ty.rank() == rank {
        Ok(())
    } else {
        Err(OpError::Shape(format!("needs {rank} dimensions {axes}, was given {}", show_shape(&ty.shape))))
    }
}

/// A dimension that must not depend on the batch.
pub(crate) fn known(dim: Dim, what: &str) -> Result<usize, OpError> {
    dim.known().ok_or_else(|| OpError::Shape(format!("{what} must not depend on the batch, is {dim}")))
}

/// The real numbers of argument `index`.
pub(crate) fn real(inputs: &[Array], index: usize) -> Result<&ArrayD<f64>, OpError> {
    match inputs.get(index) {
        Some(Array::Real(a)) => Ok(a),
        Some(Array::Int(_)) => Err(OpError::Elements { index, expected: "real", found: DType::I64 }),
        Some(Array::Bool(_)) => Err(OpError::Elements { index, expected: "real", found: DType::Bool }),
        None => Err(OpError::Arity { expected: format!("more than {index}"), found: inputs.len() }),
    }
}

/// The integers of argument `index`.
pub(crate) fn int(inputs: &[Array], index: usize) -> Result<&ArrayD<i64>, OpError> {
    match inputs.get(index) {
        Some(Array::Int(a)) => Ok(a),
        Some(Array::Real(_)) => Err(OpError::Elements { index, expected: "i64", found: DType::F32 }),
        Some(Array::Bool(_)) => Err(OpError::Elements { index, expected: "i64", found: DType::Bool }),
        None => Err(OpError::Arity { expected: format!("more than {index}"), found: inputs.len() }),
    }
}

/// The truth values of argument `index`.
pub(crate) fn truth(inputs: &[Array], index: usize) -> Result<&ArrayD<bool>, OpError> {
    match inputs.get(index) {
        Some(Array::Bool(a)) => Ok(a),
        Some(Array::Real(_)) => Err(OpError::Elements { index, expected: "bool", found: DType::F32 }),
        Some(Array::Int(_)) => Err(OpError::Elements { index, expected: "bool", found: DType::I64 }),
        None => Err(OpError::Arity { expected: format!("more than {index}"), found: inputs.len() }),
    }
}

/// Argument `index`, whatever it holds.
pub(crate) fn any(inputs: &[Array], index: usize) -> Result<&Array, OpError> {
    inputs.get(index).ok_or_else(|| OpError::Arity { expected: format!("more than {index}"), found: inputs.len() })
}
