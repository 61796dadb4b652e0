//! SkipLayerNormalization, SimplifiedLayerNormalization and both together: a sum and its normalisation in one node, as ONNX
//! Runtime's optimiser writes them. <https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md>

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::Import;
use crate::ops::layer_normalization::LayerNormalization;
use crate::ops::mul::Mul;
use crate::ops::rms_normalization::by_root_mean_square;

/// Readers of all; the simplified ones have no mean and no bias.
pub const ONNX: &[Import] = &[
    ("SimplifiedLayerNormalization", simplified),
    ("com.microsoft.SimplifiedLayerNormalization", simplified),
    ("com.microsoft.SkipLayerNormalization", |n| {
        let (sum, scale) = (summed(n, 4)?, n.input(2)?);
        let (axis, epsilon) = (last(n, sum), n.float("epsilon", 1e-12)?);
        let inputs: Vec<ValueId> = [sum, scale].into_iter().chain(n.maybe(3)?).collect();
        let normal = n.apply_to(LayerNormalization { axis, epsilon }, &inputs)?[0];
        with_sum(n, normal, sum)
    }),
    ("com.microsoft.SkipSimplifiedLayerNormalization", |n| {
        let (sum, scale) = (summed(n, 3)?, n.input(2)?);
        let (axis, epsilon) = (last(n, sum), n.float("epsilon", 1e-12)?);
        let normal = n.build(|b| by_root_mean_square(b, sum, axis, epsilon))?;
        let scaled = n.apply_to(Mul, &[normal, scale])?[0];
        with_sum(n, scaled, sum)
    }),
];

fn simplified(n: &mut NodeContext<'_>) -> Result<Vec<ValueId>, OnnxError> {
    let (x, scale, rank) = (n.input(0)?, n.input(1)?, n.ty(0)?.rank());
    let (axis, epsilon) = (n.axis(n.int("axis", -1)?, rank)?, n.float("epsilon", 1e-5)?);
    n.int("stash_type", 1)?;
    let normal = n.build(|b| by_root_mean_square(b, x, axis, epsilon))?;
    n.apply_to(Mul, &[normal, scale])
}

/// Input, skip and, at input `bias`, perhaps a bias, added.
fn summed(n: &mut NodeContext<'_>, bias: usize) -> Result<ValueId, OnnxError> {
    let (x, skip, bias) = (n.input(0)?, n.input(1)?, n.maybe(bias)?);
    n.build(|b| {
        let sum = b.add(x, skip)?;
        bias.map_or(Ok(sum), |bias| b.add(sum, bias))
    })
}

fn last(n: &NodeContext<'_>, x: ValueId) -> usize {
    n.b.ty(x).rank().saturating_sub(1)
}

/// The results: the normalised sum and, fourth, the sum itself; the two between are for training.
fn with_sum(n: &NodeContext<'_>, normal: ValueId, sum: ValueId) -> Result<Vec<ValueId>, OnnxError> {
    let named = |index: usize| n.info.outputs.get(index).is_some_and(|o| !o.is_empty());
    if named(1) || named(2) {
        return Err(n.error("its mean and deviation are results for training; export the model for inference"));
    }
    Ok(if named(3) { vec![normal, normal, normal, sum] } else { vec![normal] })
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of ONNX Runtime 1.23; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("com.microsoft.SkipLayerNormalization").with("epsilon", 0.01_f32).on(&[1, 2, 3], &[1.1, -1.8, 0.9, 1.3, -0.2, -1.8]).on(&[1, 2, 3], &[0.7, -1.0, 0.6, -0.5, 0.5, -1.0]).on(&[3], &[-0.1, 0.1, 0.5]).on(&[3], &[-1.2, 1.8, -0.8]).on(&[3], &[-0.8, -1.0, -1.7]).gives(&[1, 2, 3], &[-1.29794, 1.662883, -0.6041192, -1.287559, 1.852199, -1.498788]);
        Trial::of("com.microsoft.SkipSimplifiedLayerNormalization").with("epsilon", 0.01_f32).on(&[1, 2, 3], &[-0.3, 1.1, 0.8, -1.2, -1.5, -0.7]).on(&[1, 2, 3], &[1.1, -0.0, 1.7, 0.6, 0.5, 1.1]).on(&[3], &[1.0, -0.6, -1.0]).gives(&[1, 2, 3], &[0.4859654, -0.4009215, -1.518642, -0.83473, 0.83473, -0.5564867]);
        Trial::of("SimplifiedLayerNormalization").opset(17).on(&[1, 2, 3], &[-0.2, -0.0, -1.4, -0.2, 0.6, -1.5]).on(&[3], &[-1.4, -1.3, -0.9]).gives(&[1, 2, 3], &[0.342926, 0.0, 1.543167, 0.2979156, -0.8299078, 1.436379]);
    }
}
