//! Short names for the operators that gradients and steps are written in.

use super::{Builder, GraphError, ValueId};
use crate::ops;
use crate::tensor::{DType, Data, Dim, Tensor, TensorType};

/// One method per operator: `b.add(x, y)?`.
macro_rules! binary_sugar {
    ($($(#[$doc:meta])* $name:ident => $op:expr;)*) => {
        impl Builder {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`GraphError::Op`] when the shapes do not broadcast.
                pub fn $name(&mut self, a: ValueId, b: ValueId) -> Result<ValueId, GraphError> {
                    self.apply1($op, &[a, b])
                }
            )*
        }
    };
}

binary_sugar! {
    /// `a + b`, broadcast.
    add => ops::add::Add;
    /// `a * b`, broadcast.
    mul => ops::mul::Mul;
    /// `a @ b` over the last two axes.
    matmul => ops::matmul::MatMul;
    /// `a > b`, broadcast.
    greater => ops::greater::Greater;
    /// `a - b`, broadcast.
    sub => ops::sub::Sub;
    /// `a / b`, broadcast; integers truncate.
    div => ops::div::Div;
    /// The smaller of two, broadcast.
    min => ops::min::Min;
    /// The larger of two, broadcast.
    max => ops::max::Max;
    /// `a < b`, broadcast.
    less => ops::less::Less;
    /// `a == b`, broadcast.
    equal => ops::equal::Equal;
}

/// One method per operator of one argument: `b.sign(x)?`.
macro_rules! unary_sugar {
    ($($(#[$doc:meta])* $name:ident => $op:expr;)*) => {
        impl Builder {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`GraphError::Op`] when the elements are not real.
                pub fn $name(&mut self, x: ValueId) -> Result<ValueId, GraphError> {
                    self.apply1($op, &[x])
                }
            )*
        }
    };
}

unary_sugar! {
    /// `max(x, 0)`.
    relu => ops::relu::Relu;
    /// -1, 0 or 1.
    sign => ops::sign::Sign;
    /// `-x`.
    neg => ops::neg::Neg;
    /// `|x|`.
    abs => ops::abs::Abs;
    /// The square root.
    sqrt => ops::sqrt::Sqrt;
    /// `e^x`.
    exp => ops::exp::Exp;
    /// The natural logarithm.
    log => ops::log::Log;
    /// `1 / (1 + e^-x)`.
    sigmoid => ops::sigmoid::Sigmoid;
    /// The hyperbolic tangent.
    tanh => ops::tanh::Tanh;
}

impl Builder {
    /// A constant number of the same element type as `like`.
    pub fn scalar_like(&mut self, value: f64, like: ValueId) -> ValueId {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "constants are given in f64 and stored as the graph computes"
        )]
        let tensor = match self.ty(like).dtype {
            DType::F64 => Tensor::new(&[], Data::F64(vec![value].into())),
            DType::I64 => Tensor::new(&[], Data::I64(vec![value as i64].into())),
            DType::F32 | DType::Bool => Tensor::new(&[], Data::F32(vec![value as f32].into())),
        };
        self.constant(tensor.unwrap_or_else(|_| Tensor::scalar(0.0)))
    }

    /// `x * factor`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn scale(&mut self, x: ValueId, factor: f64) -> Result<ValueId, GraphError> {
        let factor = self.scalar_like(factor, x);
        self.mul(x, factor)
    }

    /// `x + offset`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn shift(&mut self, x: ValueId, offset: f64) -> Result<ValueId, GraphError> {
        let offset = self.scalar_like(offset, x);
        self.add(x, offset)
    }

    /// `condition ? a : b`, broadcast.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn select(&mut self, condition: ValueId, a: ValueId, b: ValueId) -> Result<ValueId, GraphError> {
        self.apply1(ops::wher::Where, &[condition, a, b])
    }

    /// The elements as another type.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn cast(&mut self, x: ValueId, to: DType) -> Result<ValueId, GraphError> {
        if self.ty(x).dtype == to { Ok(x) } else { self.apply1(ops::cast::Cast { to }, &[x]) }
    }

    /// Sum over `axes`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn reduce_sum(&mut self, x: ValueId, axes: &[usize], keep_dims: bool) -> Result<ValueId, GraphError> {
        if axes.is_empty() {
            return Ok(x);
        }
        self.apply1(ops::reduce_sum::ReduceSum { axes: axes.to_vec(), keep_dims }, &[x])
    }

    /// The same elements under another shape.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn reshape(&mut self, x: ValueId, shape: &[Dim]) -> Result<ValueId, GraphError> {
        if self.ty(x).shape == shape {
            return Ok(x);
        }
        self.apply1(ops::reshape::Reshape { shape: shape.to_vec() }, &[x])
    }

    /// Axes in another order: axis `i` of the result is axis `order[i]` of `x`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn transpose(&mut self, x: ValueId, order: &[usize]) -> Result<ValueId, GraphError> {
        if order.iter().enumerate().all(|(i, o)| i == *o) {
            return Ok(x);
        }
        self.apply1(ops::transpose::Transpose { order: order.to_vec() }, &[x])
    }

    /// The last two axes exchanged.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn transpose_last(&mut self, x: ValueId) -> Result<ValueId, GraphError> {
        let rank = self.ty(x).rank();
        let mut order: Vec<usize> = (0..rank).collect();
        if rank >= 2 {
            order.swap(rank - 2, rank - 1);
        }
        self.transpose(x, &order)
    }

    /// Repeats `x` along axes of size 1 (and new leading axes) up to `shape`.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub fn expand(&mut self, x: ValueId, shape: &[Dim]) -> Result<ValueId, GraphError> {
        if self.ty(x).shape == shape {
            return Ok(x);
        }
        self.apply1(ops::expand::Expand { shape: shape.to_vec() }, &[x])
    }

    /// Undoes a broadcast: sums `x` over the axes along which a tensor of type `target` was repeated.
    ///
    /// # Errors
    /// [`GraphError::Op`].
    pub(crate) fn sum_to(&mut self, x: ValueId, target: &TensorType) -> Result<ValueId, GraphError> {
        let shape = self.ty(x).shape.clone();
        let lead = shape.len().saturating_sub(target.rank());
        let repeated: Vec<usize> = (0..shape.len())
            .filter(|i| *i < lead || (target.shape[i - lead] == Dim::ONE && shape[*i] != Dim::ONE))
            .collect();
        let summed = self.reduce_sum(x, &repeated, true)?;
        self.reshape(summed, &target.shape)
    }
}
