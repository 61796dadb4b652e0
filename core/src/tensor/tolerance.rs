//! One vocabulary for "equal enough"; a comparison names one of these instead of a bare number.

/// How far two results may be apart: the largest difference relative to the expected tensor's scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// The same bits.
    Exact,
    /// Analytic gradient against central differences, both in f64.
    Gradient,
    /// One f32 operator on an engine against the oracle.
    Operator,
    /// A whole f32 network, or its gradient, on an engine against the oracle.
    Network,
    /// Two f64 computations of the same number by different formulas.
    Double,
}

impl Tolerance {
    /// The bound on [`relative_error`].
    #[must_use]
    pub const fn bound(self) -> f64 {
        match self {
            Self::Exact => 0.0,
            Self::Double => 1e-9,
            Self::Gradient => 1e-6,
            Self::Operator => 1e-4,
            Self::Network => 1e-3,
        }
    }

    /// Whether `found` is within this tolerance of `expected`.
    #[must_use]
    pub fn accepts(self, found: &[f64], expected: &[f64]) -> bool {
        found.len() == expected.len() && relative_error(found, expected) <= self.bound()
    }
}

/// `||found - expected|| / max(||expected||, 1e-3 sqrt(n))` in the Euclidean norm; equal infinities count as equal, a NaN on
/// one side only as infinitely far.
#[must_use]
pub fn relative_error(found: &[f64], expected: &[f64]) -> f64 {
    let mut difference = 0.0;
    let mut scale = 0.0;
    for (f, e) in found.iter().zip(expected) {
        if f == e || (f.is_nan() && e.is_nan()) {
            scale += if e.is_finite() { e * e } else { 0.0 };
            continue;
        }
        if !f.is_finite() || !e.is_finite() {
            return f64::INFINITY;
        }
        difference += (f - e) * (f - e);
        scale += e * e;
    }
    // The floor keeps an all-zero expectation from turning rounding dust into an infinite ratio.
    #[expect(clippy::cast_precision_loss, reason = "a count of elements")]
    let floor = 1e-3 * (expected.len() as f64).sqrt();
    difference.sqrt() / scale.sqrt().max(floor).max(f64::MIN_POSITIVE)
}
