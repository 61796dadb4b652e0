//! What the processor's engine keeps of a tensor.

use std::sync::Arc;

use ndarray::{ArrayD, Axis, Slice};

use crate::engine::EngineError;
use crate::tensor::{Array, DType, Tensor};

/// A tensor between two operators; cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// f32 elements, shared with the constant or buffer that they came from.
    Single(Tensor),
    /// Anything else, as the oracle has it.
    Other(Arc<Array>),
}

impl Value {
    /// A host tensor's elements; f32 ones are not copied.
    pub(super) fn of_tensor(tensor: &Tensor) -> Self {
        match tensor.dtype() {
            DType::F32 => Self::Single(tensor.clone()),
            DType::F64 | DType::I64 | DType::Bool => Self::Other(Arc::new(tensor.to_array())),
        }
    }

    /// The oracle's result for a value of type `dtype`.
    pub(super) fn of_array(array: Array, dtype: DType) -> Self {
        match dtype {
            DType::F32 => Self::Single(array.to_tensor(dtype)),
            DType::F64 | DType::I64 | DType::Bool => Self::Other(Arc::new(array)),
        }
    }

    /// As the oracle takes it.
    pub(super) fn to_array(&self) -> Array {
        match self {
            Self::Single(tensor) => tensor.to_array(),
            Self::Other(array) => Array::clone(array),
        }
    }

    /// As a host tensor; f32 elements are not copied.
    pub(super) fn to_tensor(&self, dtype: DType) -> Tensor {
        match self {
            Self::Single(tensor) => tensor.clone(),
            Self::Other(array) => array.to_tensor(dtype),
        }
    }

    /// Sizes, outermost first.
    pub(super) fn shape(&self) -> &[usize] {
        match self {
            Self::Single(tensor) => tensor.shape(),
            Self::Other(array) => array.shape(),
        }
    }

    /// So many positions of axis 0.
    ///
    /// # Errors
    /// [`EngineError::Tensor`] when there are fewer.
    pub(super) fn rows(&self, first: usize, count: usize) -> Result<Self, EngineError> {
        fn cut<T: Clone>(array: &ArrayD<T>, first: usize, count: usize) -> ArrayD<T> {
            array.slice_axis(Axis(0), Slice::from(first..first + count)).to_owned()
        }
        Ok(match self {
            Self::Single(tensor) => {
                let mut shape = tensor.shape().to_vec();
                let row: usize = shape.iter().skip(1).product();
                let cells = tensor.as_f32()?.iter().skip(first * row).take(count * row);
                shape[0] = count;
                Self::Single(Tensor::f32(&shape, cells.copied().collect())?)
            }
            Self::Other(array) => Self::Other(Arc::new(match array.as_ref() {
                Array::Real(array) => Array::Real(cut(array, first, count)),
                Array::Int(array) => Array::Int(cut(array, first, count)),
                Array::Bool(array) => Array::Bool(cut(array, first, count)),
            })),
        })
    }
}

/// All values as f32 tensors, taken out of the list, so that nobody else holds their memory; `None` and the list untouched
/// where one of them is something else.
pub(super) fn all_single(values: &mut Vec<Value>) -> Option<Vec<Tensor>> {
    if values.iter().any(|value| matches!(value, Value::Other(_))) {
        return None;
    }
    let single = |value| match value {
        Value::Single(tensor) => Some(tensor),
        Value::Other(_) => None,
    };
    Some(values.drain(..).filter_map(single).collect())
}
