//! A dimension that may depend on the number of images: `batch * N + fixed`.
//!
//! This one form covers what networks and their gradients need (`N`, `64`, `N*H*W` after flattening, `2*N` after
//! concatenation) and keeps shape inference exact; a product of two batch-dependent dimensions has no form and is an error.

use std::fmt;

/// `batch * N + fixed`, where `N` is the number of images in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dim {
    /// How many times the batch size counts.
    pub batch: usize,
    /// What is added whatever the batch.
    pub fixed: usize,
}

/// The dimensions of a tensor, outermost first.
pub type Shape = Vec<Dim>;

impl Dim {
    /// The batch size itself, `N`.
    pub const BATCH: Self = Self { batch: 1, fixed: 0 };
    /// One: broadcasts against anything.
    pub const ONE: Self = Self { batch: 0, fixed: 1 };

    /// A dimension known before the run.
    #[must_use]
    pub const fn fixed(size: usize) -> Self {
        Self { batch: 0, fixed: size }
    }

    /// The size when the batch holds `n` images; the largest number there is where it is larger, which no tensor has.
    #[must_use]
    pub const fn at(self, n: usize) -> usize {
        self.batch.saturating_mul(n).saturating_add(self.fixed)
    }

    /// The size, if it does not depend on the batch.
    #[must_use]
    pub const fn known(self) -> Option<usize> {
        if self.batch == 0 { Some(self.fixed) } else { None }
    }

    /// The sum of two dimensions. One that is larger than any number is as large as there is; [`crate::graph::Builder`] refuses what
    /// comes near that.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { batch: self.batch.saturating_add(other.batch), fixed: self.fixed.saturating_add(other.fixed) }
    }

    /// The product, unless both depend on the batch, or it is larger than any number.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        let scaled = |k: usize, d: Self| Some(Self { batch: k.checked_mul(d.batch)?, fixed: k.checked_mul(d.fixed)? });
        match (self.known(), other.known()) {
            (Some(k), _) => scaled(k, other),
            (_, Some(k)) => scaled(k, self),
            _ => None,
        }
    }

    /// The quotient, if it is exact.
    #[must_use]
    pub(crate) fn divided_by(self, other: Self) -> Option<Self> {
        if let Some(k) = other.known() {
            let exact = k > 0 && self.batch.is_multiple_of(k) && self.fixed.is_multiple_of(k);
            return exact.then(|| Self { batch: self.batch / k, fixed: self.fixed / k });
        }
        let quotient = self.batch / other.batch;
        (quotient > 0 && Self::fixed(quotient).times(other) == Some(self)).then(|| Self::fixed(quotient))
    }
}

impl From<usize> for Dim {
    fn from(size: usize) -> Self {
        Self::fixed(size)
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.batch, self.fixed) {
            (0, fixed) => write!(f, "{fixed}"),
            (1, 0) => write!(f, "N"),
            (batch, 0) => write!(f, "{batch}N"),
            (1, fixed) => write!(f, "N+{fixed}"),
            (batch, fixed) => write!(f, "{batch}N+{fixed}"),
        }
    }
}

/// A shape without symbols, as [`Dim`]s.
#[must_use]
pub(crate) fn fixed_shape(sizes: &[usize]) -> Shape {
    sizes.iter().copied().map(Dim::fixed).collect()
}

/// `[N, 16, 32, 32]`, for messages and dumps.
#[must_use]
pub fn show_shape(shape: &[Dim]) -> String {
    let parts: Vec<String> = shape.iter().map(Dim::to_string).collect();
    format!("[{}]", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_quotients_are_exact_or_refused() {
        let rows = Dim::BATCH.times(Dim::fixed(1024)).unwrap();
        assert_eq!(rows.at(3), 3072);
        assert_eq!(rows.divided_by(Dim::fixed(32)), Some(Dim { batch: 32, fixed: 0 }));
        assert_eq!(rows.divided_by(Dim::BATCH), Some(Dim::fixed(1024)));
        assert_eq!(Dim::BATCH.times(Dim::BATCH), None);
        assert_eq!(Dim::fixed(7).divided_by(Dim::fixed(2)), None);
        assert_eq!(Dim::BATCH.plus(Dim::ONE).to_string(), "N+1");
    }

    #[test]
    fn no_size_wraps_round() {
        // 4 (2^62 + 196) is 784 in 64 bits.
        let huge = Dim::fixed((1 << 62) + 196);
        assert_eq!(huge.times(Dim::fixed(4)), None);
        assert_eq!(Dim { batch: 1 << 63, fixed: 0 }.at(2), usize::MAX);
        assert_eq!(Dim::fixed(usize::MAX).plus(Dim::ONE), Dim::fixed(usize::MAX));
        assert_eq!(Dim::fixed(usize::MAX).times(Dim::ONE), Some(Dim::fixed(usize::MAX)));
    }
}
