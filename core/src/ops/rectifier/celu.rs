//! Celu: `y = x` above 0, `alpha * (e^(x / alpha) - 1)` below, read as an Elu between two scalings.
//! <https://onnx.ai/onnx/operators/onnx__Celu.html>

use crate::ops::Import;
use crate::ops::elu::Elu;
use crate::ops::mul::Mul;

/// Reader of `Celu` nodes.
pub const ONNX: &[Import] = &[("Celu", |n| {
    let (x, alpha) = (n.input(0)?, f64::from(n.float("alpha", 1.0)?));
    if alpha == 0.0 {
        return Err(n.error("attribute alpha must not be 0"));
    }
    let (unit, alpha) = n.build(|b| {
        let inner = b.scale(x, 1.0 / alpha)?;
        Ok((b.apply1(Elu { alpha: 1.0 }, &[inner])?, b.scalar_like(alpha, x)))
    })?;
    n.apply_to(Mul, &[unit, alpha])
})];

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Celu").with("alpha", 0.5_f32).on(&[2, 3], &[0.5, 1.6, 1.1, -1.1, -0.8, 1.5]).gives(&[2, 3], &[0.5, 1.6, 1.1, -0.4445984, -0.3990517, 1.5]);
    }
}
