//! QuantizeLinear: `y = saturate(round(x / scale) + zero point)`, halves to even, read as its parts.
//! <https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html>
//!
//! The whole numbers that come out stay real here, so that gradients pass: straight through the rounding (see
//! `round_through.rs`), and not where the result is at the end of its range.

use crate::ops::Import;
use crate::ops::clip::Clip;
use crate::ops::dequantize_linear::spread;
use crate::ops::family::quantization::{Range, quantized};

/// Reader of `QuantizeLinear` nodes to integers of 2 to 16 bits.
pub const ONNX: &[Import] = &[("QuantizeLinear", |n| {
    // One is for floats of eight bits, which `Range` refuses; the other for a division in more or fewer bits than f32.
    n.irrelevant(&["saturate", "precision"]);
    let range = match n.int("output_dtype", 0)? {
        0 => Range::of(n, 2)?,
        kind => Range::of_kind(n, kind)?,
    };
    let (axis, block) = (n.int("axis", 1)?, n.int("block_size", 0)?);
    let (x, scale) = (n.input(0)?, spread(n, 1, axis, block)?);
    let zero = if n.has(2) { Some(spread(n, 2, axis, block)?) } else { None };
    let whole = n.build(|b| {
        let share = b.div(x, scale)?;
        quantized(b, share, zero)
    })?;
    n.apply_to(Clip { low: range.low, high: range.high }, &[whole])
})];

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;
    use crate::tensor::{Array, Tensor};

    #[test]
    fn rounds_halves_to_even_and_saturates() {
        let trial = Trial::of("QuantizeLinear").on(&[5], &[0.25, 0.75, -3.0, 1.13, 900.0]);
        let found = trial.constant(Tensor::scalar(0.5)).results().unwrap().remove(0);
        // Without a zero point: bytes without a sign.
        let expected = [0.0, 2.0, 0.0, 2.0, 255.0];
        assert_eq!(found, Array::Real(ndarray::arr1(&expected).into_dyn()));
    }

    #[test]
    fn a_zero_point_of_a_type_that_is_no_quantised_one_is_refused() {
        let trial = Trial::of("QuantizeLinear").on(&[1], &[0.25]).constant(Tensor::scalar(0.5));
        // Whole numbers of 64 bits.
        let why = trial.constant(Tensor::i64(&[], vec![3]).unwrap()).refusal();
        assert!(why.contains("ONNX type 7"), "{why}");
    }
}
