//! How many directions a stitch really uses: its singular values.

use faer::Mat;

use crate::stitch::Weights;

impl Weights {
    /// Singular values of the weight, largest first; empty where they cannot be computed (a value that is not finite).
    #[must_use]
    pub fn singular_values(&self) -> Vec<f64> {
        let at = |row: usize, column: usize| self.weight.get(row * self.input + column).copied().map_or(0.0, f64::from);
        if self.out == 0 || self.input == 0 || !self.weight.iter().all(|value| value.is_finite()) {
            return Vec::new();
        }
        Mat::from_fn(self.out, self.input, at).singular_values().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagonal_has_its_own_values() {
        let mut weights = Weights::identity(3, 2);
        weights.weight[0] = -4.0;
        let values = weights.singular_values();
        assert_eq!(values.len(), 2);
        assert!((values[0] - 4.0).abs() < 1e-12 && (values[1] - 1.0).abs() < 1e-12, "{values:?}");
    }

    #[test]
    fn what_is_not_finite_has_none() {
        let mut weights = Weights::identity(2, 2);
        weights.weight[1] = f32::NAN;
        assert!(weights.singular_values().is_empty());
    }
}
