//! Integer tensors of the shape arithmetic: every element is `batch * N + fixed`.

use ndarray::{ArrayD, IxDyn};

use super::SymbolicInt;
use crate::tensor::{Data, Dim, Tensor};

/// Larger integer tensors are data, not shapes.
pub(super) const MOST_SYMBOLS: usize = 4096;

/// A small integer (or truth) tensor known while reading.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Symbols {
    /// Elements; truth values are 0 and 1.
    pub array: ArrayD<SymbolicInt>,
    /// Whether they are truth values.
    pub boolean: bool,
}

impl SymbolicInt {
    /// An integer that does not depend on the batch.
    pub(crate) const fn fixed(fixed: i64) -> Self {
        Self { batch: 0, fixed }
    }

    /// The integer, if it does not depend on the batch.
    pub(crate) const fn known(self) -> Option<i64> {
        if self.batch == 0 { Some(self.fixed) } else { None }
    }
}

impl From<Dim> for SymbolicInt {
    fn from(dim: Dim) -> Self {
        let int = |x| i64::try_from(x).unwrap_or(i64::MAX);
        Self { batch: int(dim.batch), fixed: int(dim.fixed) }
    }
}

impl Symbols {
    /// A list, `[len]`.
    pub(super) fn list(values: Vec<SymbolicInt>) -> Self {
        Self { array: ArrayD::from_shape_vec(IxDyn(&[values.len()]), values).unwrap_or_default(), boolean: false }
    }

    /// One integer without dimensions.
    pub(super) fn scalar(value: SymbolicInt) -> Self {
        Self { array: ArrayD::from_elem(IxDyn(&[]), value), boolean: false }
    }

    /// A small constant of the graph, if it holds integers or truth values.
    pub(super) fn of(tensor: &Tensor) -> Option<Self> {
        if tensor.len() > MOST_SYMBOLS {
            return None;
        }
        let (values, boolean): (Vec<SymbolicInt>, bool) = match tensor.data() {
            Data::I64(v) => (v.iter().map(|x| SymbolicInt::fixed(*x)).collect(), false),
            Data::Bool(v) => (v.iter().map(|x| SymbolicInt::fixed(i64::from(*x))).collect(), true),
            Data::F32(_) | Data::F64(_) => return None,
        };
        let array = ArrayD::from_shape_vec(IxDyn(tensor.shape()), values).ok()?;
        Some(Self { array, boolean })
    }

    /// The constant tensor, if nothing depends on the batch.
    pub(super) fn tensor(&self) -> Option<Tensor> {
        let ints = self.array.iter().map(|s| s.known()).collect::<Option<Vec<i64>>>()?;
        let data = if self.boolean {
            Data::Bool(ints.iter().map(|i| *i != 0).collect::<Vec<_>>().into())
        } else {
            Data::I64(ints.into())
        };
        Tensor::new(self.array.shape(), data).ok()
    }

    /// Elements in row-major order.
    pub(super) fn flat(&self) -> Vec<SymbolicInt> {
        self.array.iter().copied().collect()
    }

    /// Elements in row-major order, if nothing depends on the batch.
    pub(super) fn known(&self) -> Option<Vec<i64>> {
        self.array.iter().map(|s| s.known()).collect()
    }
}

impl Default for SymbolicInt {
    fn default() -> Self {
        Self::fixed(0)
    }
}
