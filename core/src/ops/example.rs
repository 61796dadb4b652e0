//! Cases on which the suites try an operator: its settings and how its arguments are drawn.

use ndarray::{ArrayD, IxDyn};

use super::Op;
use crate::random::{Purpose, Stream};
use crate::tensor::{Array, DType, Tensor, TensorType, fixed_shape};

/// One case.
#[derive(Clone, Debug)]
pub struct Example {
    /// What is special about it.
    pub label: &'static str,
    /// The operator with its settings.
    pub op: Op,
    /// How each argument is drawn.
    pub inputs: Vec<Sample>,
}

/// How an argument is drawn.
#[derive(Clone, Debug)]
pub enum Sample {
    /// Real numbers, uniform in `[low, high]`.
    Real {
        /// Sizes.
        shape: Vec<usize>,
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// Real numbers that differ from each other and from 0 by at least 0.02, in random order: for maxima, kinks and
    /// sorting, where neighbours that nearly tie would make differences lie.
    Distinct {
        /// Sizes.
        shape: Vec<usize>,
    },
    /// Integers, uniform in `low..high`.
    Int {
        /// Sizes.
        shape: Vec<usize>,
        /// Smallest value.
        low: i64,
        /// One past the largest value.
        high: i64,
    },
    /// Truth values.
    Bool {
        /// Sizes.
        shape: Vec<usize>,
    },
    /// Just this.
    Fixed(Tensor),
}

impl Example {
    /// A case.
    #[must_use]
    pub fn new(label: &'static str, op: impl Into<Op>, inputs: Vec<Sample>) -> Self {
        Self { label, op: op.into(), inputs }
    }
}

impl Sample {
    /// Real numbers in `[-2, 2]`.
    #[must_use]
    pub fn real(shape: &[usize]) -> Self {
        Self::within(shape, -2.0, 2.0)
    }

    /// Real numbers in `[low, high]`.
    #[must_use]
    pub fn within(shape: &[usize], low: f64, high: f64) -> Self {
        Self::Real { shape: shape.to_vec(), low, high }
    }

    /// Distinct real numbers around 0.
    #[must_use]
    pub fn distinct(shape: &[usize]) -> Self {
        Self::Distinct { shape: shape.to_vec() }
    }

    /// The static type of what is drawn: f32, i64 or bool, of fixed sizes.
    #[must_use]
    pub fn ty(&self) -> TensorType {
        let (dtype, shape) = match self {
            Self::Real { shape, .. } | Self::Distinct { shape } => (DType::F32, shape),
            Self::Int { shape, .. } => (DType::I64, shape),
            Self::Bool { shape } => (DType::Bool, shape),
            Self::Fixed(tensor) => return tensor.tensor_type(),
        };
        TensorType { dtype, shape: fixed_shape(shape) }
    }

    /// Draws the argument. The same seed and index give the same numbers on every machine; real numbers are
    /// representable in f32, so that every engine sees the same argument.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    pub fn draw(&self, seed: u64, index: u64) -> Array {
        let mut stream = Stream::new(seed, Purpose::Test, index, 0);
        match self {
            Self::Real { shape, low, high } => {
                let span = high - low;
                Array::Real(ArrayD::from_shape_simple_fn(IxDyn(shape), || low + span * f64::from(stream.uniform_f32())))
                    .rounded_to_f32()
            }
            Self::Distinct { shape } => {
                let count: usize = shape.iter().product();
                let mut ranks: Vec<usize> = (0..count).collect();
                stream.shuffle(&mut ranks);
                let step = (4.0 / count.max(1) as f64).max(0.03);
                // Half a step off the middle whether the count is odd or even, so that 0 is never drawn.
                let middle = (count / 2) as f64 - 0.5;
                let mut next = ranks.into_iter().map(|r| (r as f64 - middle) * step);
                let array = ArrayD::from_shape_simple_fn(IxDyn(shape), || next.next().unwrap_or_default());
                Array::Real(array).rounded_to_f32()
            }
            Self::Int { shape, low, high } => {
                let span = high.abs_diff(*low).max(1);
                Array::Int(ArrayD::from_shape_simple_fn(IxDyn(shape), || {
                    low.saturating_add_unsigned(u64::from(stream.next_u32()) % span)
                }))
            }
            Self::Bool { shape } => {
                Array::Bool(ArrayD::from_shape_simple_fn(IxDyn(shape), || stream.next_u32() % 2 == 1))
            }
            Self::Fixed(tensor) => tensor.to_array(),
        }
    }
}
