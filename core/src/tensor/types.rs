//! Element types and the static type of a tensor.

use std::fmt;

use super::dim::{Dim, Shape, fixed_shape, show_shape};

/// Element types of our graphs. Narrower integers of ONNX files become `I64`, half floats `F32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// 32-bit float: networks, gradients, attacks.
    F32,
    /// 64-bit float: streamed sums that must not lose digits.
    F64,
    /// Indices and labels.
    I64,
    /// Masks.
    Bool,
}

impl DType {
    /// Whether elements are real numbers, the only ones that have derivatives.
    #[must_use]
    pub const fn is_real(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Bytes of one element.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 | Self::I64 => 8,
            Self::Bool => 1,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I64 => "i64",
            Self::Bool => "bool",
        })
    }
}

/// What is known of a tensor before the run: element type and shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TensorType {
    /// Element type.
    pub dtype: DType,
    /// Dimensions, outermost first, possibly depending on the batch.
    pub shape: Shape,
}

impl TensorType {
    /// A type from its parts.
    #[must_use]
    pub fn new(dtype: DType, shape: &[Dim]) -> Self {
        Self { dtype, shape: shape.to_vec() }
    }

    /// An f32 tensor of fixed sizes.
    #[must_use]
    pub fn f32(sizes: &[usize]) -> Self {
        Self { dtype: DType::F32, shape: fixed_shape(sizes) }
    }

    /// An f32 tensor whose first dimension is the batch: `[N, sizes...]`.
    #[must_use]
    pub fn f32_batch(sizes: &[usize]) -> Self {
        let mut shape = vec![Dim::BATCH];
        shape.extend(fixed_shape(sizes));
        Self { dtype: DType::F32, shape }
    }

    /// The same shape with another element type.
    #[must_use]
    pub fn with_dtype(&self, dtype: DType) -> Self {
        Self { dtype, shape: self.shape.clone() }
    }

    /// Number of dimensions.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements, if it has a form in `N`.
    #[must_use]
    pub fn elements(&self) -> Option<Dim> {
        self.shape.iter().try_fold(Dim::ONE, |all, d| all.times(*d))
    }

    /// Bytes when the batch holds `n` images; `None` where no number is that large.
    #[must_use]
    pub(crate) fn bytes_at(&self, n: usize) -> Option<u64> {
        let sizes = self.at(n);
        // An empty tensor takes nothing, however large its other sizes are.
        if sizes.contains(&0) {
            return Some(0);
        }
        let count = sizes.into_iter().try_fold(1_u64, |all, size| all.checked_mul(size as u64));
        count?.checked_mul(self.dtype.bytes() as u64)
    }

    /// Sizes when the batch holds `n` images.
    #[must_use]
    pub fn at(&self, n: usize) -> Vec<usize> {
        self.shape.iter().map(|d| d.at(n)).collect()
    }

    /// Sizes, if none depends on the batch.
    #[must_use]
    pub fn known(&self) -> Option<Vec<usize>> {
        self.shape.iter().map(|d| d.known()).collect()
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.dtype, show_shape(&self.shape))
    }
}
