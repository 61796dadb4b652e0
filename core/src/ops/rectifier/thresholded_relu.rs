//! ThresholdedRelu: `y = x` above `alpha`, 0 elsewhere, read as a choice.
//! <https://onnx.ai/onnx/operators/onnx__ThresholdedRelu.html>

use crate::ops::Import;
use crate::ops::wher::Where;

/// Reader of `ThresholdedRelu` nodes.
pub const ONNX: &[Import] = &[("ThresholdedRelu", |n| {
    let (x, alpha) = (n.input(0)?, f64::from(n.float("alpha", 1.0)?));
    let (above, zero) = n.build(|b| {
        let alpha = b.scalar_like(alpha, x);
        Ok((b.greater(x, alpha)?, b.scalar_like(0.0, x)))
    })?;
    n.apply_to(Where, &[above, x, zero])
})];

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("ThresholdedRelu").with("alpha", 0.75_f32).on(&[2, 3], &[0.5, 1.6, 1.1, -1.1, -0.8, 1.5]).gives(&[2, 3], &[0.0, 1.6, 1.1, 0.0, 0.0, 1.5]);
    }
}
