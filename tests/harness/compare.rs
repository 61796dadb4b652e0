//! Comparisons: one vocabulary of tolerances, and failures that are told all together.

use stitchscope_core::tensor::{Array, DType, Tolerance, relative_error};

/// All elements as numbers, row by row; truth values as 0 and 1.
#[must_use]
pub fn numbers(array: &Array) -> Vec<f64> {
    array.to_tensor(DType::F64).to_f64()
}

/// Whether two arrays agree: the same kind and shape; integers and truth values exactly, real numbers within the tolerance.
///
/// # Errors
/// One sentence naming `what`, how far off it is and the worst element.
pub fn close(found: &Array, expected: &Array, tolerance: Tolerance, what: &str) -> Result<(), String> {
    if std::mem::discriminant(found) != std::mem::discriminant(expected) {
        return Err(format!("{what}: another kind of element"));
    }
    if found.shape() != expected.shape() {
        return Err(format!("{what}: shape {:?}, expected {:?}", found.shape(), expected.shape()));
    }
    let bound = if matches!(expected, Array::Real(_)) { tolerance } else { Tolerance::Exact };
    let (found, expected) = (numbers(found), numbers(expected));
    if bound.accepts(&found, &expected) {
        return Ok(());
    }
    let pairs = found.iter().zip(&expected).enumerate();
    let worst = pairs.max_by(|(_, (a, b)), (_, (c, d))| gap(**a, **b).total_cmp(&gap(**c, **d)));
    let error = relative_error(&found, &expected);
    Err(format!("{what}: off by {error:e}, allowed {:e}; worst (place, (found, expected)): {worst:?}", bound.bound()))
}

/// [`close`] for arrays, as an assertion.
///
/// # Panics
/// With the sentence of [`close`].
#[expect(clippy::panic, reason = "an assertion")]
pub fn assert_close(found: &Array, expected: &Array, tolerance: Tolerance, what: &str) {
    if let Err(why) = close(found, expected, tolerance, what) {
        panic!("{why}");
    }
}

fn gap(a: f64, b: f64) -> f64 {
    if a == b || (a.is_nan() && b.is_nan()) { 0.0 } else { (a - b).abs() }
}

/// Failures of many cases, told together at the end.
#[derive(Debug, Default)]
pub struct Failures {
    cases: usize,
    told: Vec<String>,
}

impl Failures {
    /// Notes the outcome of a case.
    pub fn note<E: std::fmt::Display>(&mut self, case: &str, outcome: Result<(), E>) {
        self.cases += 1;
        if let Err(why) = outcome {
            self.told.push(format!("{case}: {why}"));
        }
    }

    /// Fails with everything that was noted, also when there was no case at all.
    ///
    /// # Panics
    /// When a case failed or none was tried.
    pub fn settle(self) {
        assert!(self.cases > 0, "nothing was tried");
        assert!(self.told.is_empty(), "{} of {} fail:\n{}", self.told.len(), self.cases, self.told.join("\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stitchscope_core::tensor::Tensor;

    #[test]
    fn a_difference_is_seen_and_told() {
        let array = |values: &[f32]| Tensor::f32(&[values.len()], values.to_vec()).unwrap().to_array();
        assert!(close(&array(&[1.0, 2.0]), &array(&[1.0, 2.0]), Tolerance::Exact, "y").is_ok());
        let why = close(&array(&[1.0, 2.1]), &array(&[1.0, 2.0]), Tolerance::Network, "y").unwrap_err();
        assert!(why.starts_with("y: off by"), "{why}");
        assert!(close(&array(&[1.0]), &array(&[1.0, 2.0]), Tolerance::Network, "y").is_err());
        let nan = close(&array(&[f32::NAN, 2.0]), &array(&[1.0, 2.0]), Tolerance::Network, "y");
        assert!(nan.is_err());
    }

    #[test]
    #[should_panic(expected = "1 of 2 fail")]
    fn failures_are_collected() {
        let mut failures = Failures::default();
        failures.note("good", Ok::<(), String>(()));
        failures.note("bad", Err("no"));
        failures.settle();
    }
}
