//! IsNaN and IsInf: whether an element is not a number, or infinite, read as comparisons: NaN alone differs from itself.
//! <https://onnx.ai/onnx/operators/onnx__IsNaN.html>, <https://onnx.ai/onnx/operators/onnx__IsInf.html>

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::Import;
use crate::ops::equal::Equal;
use crate::ops::not::Not;

/// Readers of both.
pub const ONNX: &[Import] = &[
    ("IsNaN", |n| {
        let x = n.input(0)?;
        let same = n.build(|b| b.equal(x, x))?;
        n.apply_to(Not, &[same])
    }),
    ("IsInf", |n| {
        let (x, up, down) = (n.input(0)?, n.int("detect_positive", 1)? != 0, n.int("detect_negative", 1)? != 0);
        let (seen, infinity) = n.build(|b| Ok((aimed(b, x, up, down)?, b.scalar_like(f64::INFINITY, x))))?;
        n.apply_to(Equal, &[seen, infinity])
    }),
];

/// `x` such that the infinities that count, and only they, are positive ones.
fn aimed(b: &mut Builder, x: ValueId, up: bool, down: bool) -> Result<ValueId, GraphError> {
    match (up, down) {
        (true, true) => b.abs(x),
        (true, false) => Ok(x),
        (false, true) => b.neg(x),
        (false, false) => b.zeros_like(x),
    }
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("IsInf").with("detect_negative", 0).on(&[3], &[1.0, f32::INFINITY, f32::NEG_INFINITY]).gives(&[3], &[0.0, 1.0, 0.0]);
        Trial::of("IsNaN").on(&[2], &[1.0, 2.0]).gives(&[2], &[0.0, 0.0]);
    }
}
