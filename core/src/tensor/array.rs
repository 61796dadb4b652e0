//! What the oracle computes with: real numbers in f64, integers, truth values.

use std::sync::Arc;

use ndarray::{ArrayD, IxDyn};

use super::host::{Data, Tensor};
use super::types::DType;

/// An n-dimensional array in the oracle's precision.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// Real numbers; f32 graphs are rounded after each operator when the caller wants f32 results.
    Real(ArrayD<f64>),
    /// Integers.
    Int(ArrayD<i64>),
    /// Truth values.
    Bool(ArrayD<bool>),
}

impl Array {
    /// Sizes, outermost first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::Real(a) => a.shape(),
            Self::Int(a) => a.shape(),
            Self::Bool(a) => a.shape(),
        }
    }

    /// A host tensor's elements, widened.
    #[must_use]
    pub fn from_tensor(tensor: &Tensor) -> Self {
        let shape = tensor.shape();
        match tensor.data() {
            Data::F32(v) => Self::Real(filled(shape, v.iter().map(|x| f64::from(*x)))),
            Data::F64(v) => Self::Real(filled(shape, v.iter().copied())),
            Data::I64(v) => Self::Int(filled(shape, v.iter().copied())),
            Data::Bool(v) => Self::Bool(filled(shape, v.iter().copied())),
        }
    }

    /// Narrowed to `dtype` as a host tensor. Real stays real, integers stay integers.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "f32 tensors hold f32 numbers")]
    pub fn to_tensor(&self, dtype: DType) -> Tensor {
        let data = match self {
            Self::Real(a) if dtype == DType::F64 => Data::F64(Arc::new(a.iter().copied().collect())),
            Self::Real(a) => Data::F32(Arc::new(a.iter().map(|x| *x as f32).collect())),
            Self::Int(a) => Data::I64(Arc::new(a.iter().copied().collect())),
            Self::Bool(a) => Data::Bool(Arc::new(a.iter().copied().collect())),
        };
        #[expect(clippy::expect_used, reason = "an ndarray holds as many elements as its shape says")]
        Tensor::new(self.shape(), data).expect("consistent array")
    }

    /// Every real number rounded to f32, as an f32 engine would store it.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
    pub(crate) fn rounded_to_f32(self) -> Self {
        match self {
            Self::Real(a) => Self::Real(a.mapv(|x| f64::from(x as f32))),
            other => other,
        }
    }
}

fn filled<T: Clone>(shape: &[usize], values: impl Iterator<Item = T>) -> ArrayD<T> {
    #[expect(clippy::expect_used, reason = "a tensor's constructor checked the count")]
    ArrayD::from_shape_vec(IxDyn(shape), values.collect()).expect("consistent tensor")
}
