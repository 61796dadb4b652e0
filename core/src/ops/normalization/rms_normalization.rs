//! RMSNormalization: `y = x / sqrt(mean of x^2 + epsilon) * scale` over the axes from `axis` on, read as its parts.
//! <https://onnx.ai/onnx/operators/onnx__RMSNormalization.html>

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::Import;
use crate::ops::mul::Mul;

/// Reader of `RMSNormalization` nodes (`stash_type` names a precision for the sums, which are f32 here).
pub const ONNX: &[Import] = &[("RMSNormalization", |n| {
    let (x, scale, rank) = (n.input(0)?, n.input(1)?, n.ty(0)?.rank());
    let (axis, epsilon) = (n.axis(n.int("axis", -1)?, rank)?, n.float("epsilon", 1e-5)?);
    n.int("stash_type", 1)?;
    let normal = n.build(|b| by_root_mean_square(b, x, axis, epsilon))?;
    n.apply_to(Mul, &[normal, scale])
})];

/// `x / sqrt(mean of x^2 + epsilon)` over the axes from `axis` on.
pub(crate) fn by_root_mean_square(b: &mut Builder, x: ValueId, axis: usize, epsilon: f32) -> Result<ValueId, GraphError> {
    let axes: Vec<usize> = (axis..b.ty(x).rank()).collect();
    let squares = b.square(x)?;
    let mean = b.reduce_mean(squares, &axes, true)?;
    let shifted = b.shift(mean, f64::from(epsilon))?;
    let root = b.sqrt(shifted)?;
    b.div(x, root)
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("RMSNormalization").on(&[2, 3], &[1.3, -1.4, -0.9, 1.5, 0.0, 1.4]).on(&[3], &[0.6, 1.0, -1.6]).gives(&[2, 3], &[0.6397147, -1.148206, 1.181012, 0.7597322, 0.0, -1.890889]);
        Trial::of("RMSNormalization").with("axis", 1).with("epsilon", 0.1_f32).on(&[1, 2, 2], &[0.2, 0.0, 1.5, -0.6]).on(&[2, 2], &[0.4, -1.8, -0.4, -0.7]).gives(&[1, 2, 2], &[0.09161573, -0.0, -0.687118, 0.4809825]);
    }
}
