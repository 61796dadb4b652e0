//! Shrink: `y = x + bias` below `-lambd`, `x - bias` above `lambd`, 0 between, read as two choices.
//! <https://onnx.ai/onnx/operators/onnx__Shrink.html>

use crate::ops::Import;
use crate::ops::wher::Where;

/// Reader of `Shrink` nodes.
pub const ONNX: &[Import] = &[("Shrink", |n| {
    let (x, bias) = (n.input(0)?, f64::from(n.float("bias", 0.0)?));
    let threshold = f64::from(n.float("lambd", 0.5)?);
    let (below, raised, rest) = n.build(|b| {
        let (low, high) = (b.scalar_like(-threshold, x), b.scalar_like(threshold, x));
        let (above, lowered, zero) = (b.greater(x, high)?, b.shift(x, -bias)?, b.scalar_like(0.0, x));
        Ok((b.less(x, low)?, b.shift(x, bias)?, b.select(above, lowered, zero)?))
    })?;
    n.apply_to(Where, &[below, raised, rest])
})];

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Shrink").with("lambd", 0.55_f32).with("bias", 0.25_f32).on(&[2, 3], &[0.5, 1.6, 1.1, -1.1, -0.8, 1.5]).gives(&[2, 3], &[0.0, 1.35, 0.85, -0.85, -0.55, 1.25]);
    }
}
