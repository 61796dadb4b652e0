//! Softsign: `y = x / (1 + |x|)`, read as that. <https://onnx.ai/onnx/operators/onnx__Softsign.html>

use crate::ops::Import;
use crate::ops::div::Div;

/// Reader of `Softsign` nodes.
pub const ONNX: &[Import] = &[("Softsign", |n| {
    let x = n.input(0)?;
    let divisor = n.build(|b| {
        let size = b.abs(x)?;
        b.shift(size, 1.0)
    })?;
    n.apply_to(Div, &[x, divisor])
})];

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Softsign").on(&[2, 3], &[0.5, 1.6, 1.1, -1.1, -0.8, 1.5]).gives(&[2, 3], &[0.3333333, 0.6153846, 0.5238096, -0.5238096, -0.4444445, 0.6]);
    }
}
