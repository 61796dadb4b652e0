//! MeanVarianceNormalization: `y = (x - mean) / (deviation + 1e-9)` over some axes, read as its parts.
//! <https://onnx.ai/onnx/operators/onnx__MeanVarianceNormalization.html>

use crate::ops::Import;
use crate::ops::div::Div;

/// What the standard's own spelling adds to the deviation.
const EPSILON: f64 = 1e-9;

/// Reader of `MeanVarianceNormalization` nodes. Statistics over a batch of any size are refused: what a network says of an
/// image must not depend on the images beside it.
pub const ONNX: &[Import] = &[("MeanVarianceNormalization", |n| {
    let (x, ty) = (n.input(0)?, n.ty(0)?);
    let axes = n.ints("axes")?.unwrap_or_else(|| vec![0, 2, 3]);
    let axes = n.axes(&axes, ty.rank())?;
    if axes.iter().any(|axis| ty.shape[*axis].known().is_none()) {
        return Err(n.error(
            "it takes mean and variance over all images of a batch, so the logits of an image would depend on the others; \
             export with axes=[2, 3] (each image by itself) or [1, 2, 3]",
        ));
    }
    let (centred, deviation) = n.build(|b| {
        let mean = b.reduce_mean(x, &axes, true)?;
        let centred = b.sub(x, mean)?;
        let squares = b.square(centred)?;
        let variance = b.reduce_mean(squares, &axes, true)?;
        let deviation = b.sqrt(variance)?;
        Ok((centred, b.shift(deviation, EPSILON)?))
    })?;
    n.apply_to(Div, &[centred, deviation])
})];

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("MeanVarianceNormalization").with("axes", vec![0, 3]).on(&[2, 1, 1, 3], &[-2.0, -1.2, 0.8, -1.2, -0.5, -2.0]).gives(&[2, 1, 1, 3], &[-1.020737, -0.1903068, 1.885768, -0.1903068, 0.5363195, -1.020737]);
    }
}
