//! A tensor in the program's own memory: weights of a file, inputs and results of a run.

use std::sync::Arc;

use super::types::{DType, TensorType};
use super::{Array, Dim};

/// Elements in row-major order; cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// 32-bit floats.
    F32(Arc<Vec<f32>>),
    /// 64-bit floats.
    F64(Arc<Vec<f64>>),
    /// Integers.
    I64(Arc<Vec<i64>>),
    /// Truth values.
    Bool(Arc<Vec<bool>>),
}

/// A dense tensor with its sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Data,
}

/// A tensor that contradicts itself or what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TensorError {
    /// Sizes and elements disagree.
    #[error("shape {shape:?} holds {expected} elements, but {found} were given")]
    Count {
        /// Sizes that were asked for.
        shape: Vec<usize>,
        /// Their product.
        expected: usize,
        /// Elements given.
        found: usize,
    },
    /// Another element type is stored.
    #[error("expected {expected} elements, found {found}")]
    Type {
        /// What the caller asked for.
        expected: DType,
        /// What is stored.
        found: DType,
    },
}

impl Tensor {
    /// A tensor from row-major elements.
    ///
    /// # Errors
    /// [`TensorError::Count`] when the sizes do not multiply to the number of elements.
    pub fn new(shape: &[usize], data: Data) -> Result<Self, TensorError> {
        let found = match &data {
            Data::F32(v) => v.len(),
            Data::F64(v) => v.len(),
            Data::I64(v) => v.len(),
            Data::Bool(v) => v.len(),
        };
        let expected = shape.iter().product();
        if expected == found {
            Ok(Self { shape: shape.to_vec(), data })
        } else {
            Err(TensorError::Count { shape: shape.to_vec(), expected, found })
        }
    }

    /// 32-bit floats. See [`Tensor::new`] for errors.
    ///
    /// # Errors
    /// [`TensorError::Count`].
    pub fn f32(shape: &[usize], values: Vec<f32>) -> Result<Self, TensorError> {
        Self::new(shape, Data::F32(Arc::new(values)))
    }

    /// 64-bit floats.
    ///
    /// # Errors
    /// [`TensorError::Count`].
    pub fn f64(shape: &[usize], values: Vec<f64>) -> Result<Self, TensorError> {
        Self::new(shape, Data::F64(Arc::new(values)))
    }

    /// Integers.
    ///
    /// # Errors
    /// [`TensorError::Count`].
    pub fn i64(shape: &[usize], values: Vec<i64>) -> Result<Self, TensorError> {
        Self::new(shape, Data::I64(Arc::new(values)))
    }

    /// One f32 without dimensions.
    #[must_use]
    pub fn scalar(value: f32) -> Self {
        Self { shape: Vec::new(), data: Data::F32(Arc::new(vec![value])) }
    }

    /// A list of integers, `[len]`.
    #[must_use]
    pub fn indices(values: &[i64]) -> Self {
        Self { shape: vec![values.len()], data: Data::I64(Arc::new(values.to_vec())) }
    }

    /// An f32 tensor filled with one value.
    #[must_use]
    pub fn full(shape: &[usize], value: f32) -> Self {
        let count = shape.iter().product();
        Self { shape: shape.to_vec(), data: Data::F32(Arc::new(vec![value; count])) }
    }

    /// Sizes, outermost first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Elements.
    #[must_use]
    pub const fn data(&self) -> &Data {
        &self.data
    }

    /// The elements, given away: whoever holds them alone may write over them.
    #[must_use]
    pub(crate) fn into_data(self) -> Data {
        self.data
    }

    /// Element type.
    #[must_use]
    pub const fn dtype(&self) -> DType {
        match &self.data {
            Data::F32(_) => DType::F32,
            Data::F64(_) => DType::F64,
            Data::I64(_) => DType::I64,
            Data::Bool(_) => DType::Bool,
        }
    }

    /// The static type: this dtype, these sizes.
    #[must_use]
    pub fn tensor_type(&self) -> TensorType {
        TensorType { dtype: self.dtype(), shape: self.shape.iter().copied().map(Dim::fixed).collect() }
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the elements take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.len() * self.dtype().bytes()
    }

    /// The f32 elements.
    ///
    /// # Errors
    /// [`TensorError::Type`] when something else is stored.
    pub fn as_f32(&self) -> Result<&[f32], TensorError> {
        match &self.data {
            Data::F32(v) => Ok(v),
            _ => Err(TensorError::Type { expected: DType::F32, found: self.dtype() }),
        }
    }

    /// The f64 elements.
    ///
    /// # Errors
    /// [`TensorError::Type`] when something else is stored.
    pub fn as_f64(&self) -> Result<&[f64], TensorError> {
        match &self.data {
            Data::F64(v) => Ok(v),
            _ => Err(TensorError::Type { expected: DType::F64, found: self.dtype() }),
        }
    }

    /// The integer elements.
    ///
    /// # Errors
    /// [`TensorError::Type`] when something else is stored.
    pub(crate) fn as_i64(&self) -> Result<&[i64], TensorError> {
        match &self.data {
            Data::I64(v) => Ok(v),
            _ => Err(TensorError::Type { expected: DType::I64, found: self.dtype() }),
        }
    }

    /// All elements as f64, whatever is stored (truth values as 0 and 1).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "integers of graphs are indices and sizes, far below 2^53")]
    pub fn to_f64(&self) -> Vec<f64> {
        match &self.data {
            Data::F32(v) => v.iter().map(|x| f64::from(*x)).collect(),
            Data::F64(v) => v.to_vec(),
            Data::I64(v) => v.iter().map(|x| *x as f64).collect(),
            Data::Bool(v) => v.iter().map(|x| f64::from(u8::from(*x))).collect(),
        }
    }

    /// The same elements under other sizes.
    ///
    /// # Errors
    /// [`TensorError::Count`].
    pub(crate) fn reshaped(&self, shape: &[usize]) -> Result<Self, TensorError> {
        Self::new(shape, self.data.clone())
    }

    /// As an evaluation array.
    #[must_use]
    pub fn to_array(&self) -> Array {
        Array::from_tensor(self)
    }
}
