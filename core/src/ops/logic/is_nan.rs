//! IsNaN: whether an element is not a number, read as a comparison: NaN alone differs from itself.
//! <https://onnx.ai/onnx/operators/onnx__IsNaN.html>

use crate::ops::Import;
use crate::ops::not::Not;

/// Reader of `IsNaN` nodes.
pub const ONNX: &[Import] = &[("IsNaN", |n| {
    let x = n.input(0)?;
    let same = n.build(|b| b.equal(x, x))?;
    n.apply_to(Not, &[same])
})];

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("IsNaN").on(&[2], &[1.0, 2.0]).gives(&[2], &[0.0, 0.0]);
    }
}
