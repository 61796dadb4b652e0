//! QLinearConv, QLinearMatMul, ConvInteger and MatMulInteger: layers on quantised tensors, read as the layers on the numbers that
//! those stand for. <https://onnx.ai/onnx/operators/onnx__QLinearConv.html>
//!
//! Sums of products of bytes are exact in f32 up to 2^24.

use crate::graph::ValueId;
use crate::onnx::{NodeContext, NodeInput, OnnxError};
use crate::ops::clip::Clip;
use crate::ops::family::quantization::{Range, quantized};
use crate::ops::{Import, conv, matmul};
use crate::tensor::{DType, Dim};

/// Readers of all four.
pub const ONNX: &[Import] = &[
    ("QLinearConv", |n| {
        let (x, w) = (centred(n, 0, 2, Zero::One)?, centred(n, 3, 5, Zero::First)?);
        let scales = [n.input(1)?, n.input(4)?, n.input(6)?];
        let bias = match n.maybe(8)? {
            Some(bias) => Some(n.build(|b| b.cast(bias, DType::F32))?),
            None => None,
        };
        let inputs: Vec<NodeInput> = [x, w].into_iter().chain(bias).map(NodeInput::Value).collect();
        let sums = within(n, conv::ONNX, &inputs)?;
        let rank = n.b.ty(sums).rank();
        requantized(n, sums, scales, 7, rank.saturating_sub(2))
    }),
    ("QLinearMatMul", |n| {
        let (x, w) = (centred(n, 0, 2, Zero::One)?, centred(n, 3, 5, Zero::Last)?);
        let scales = [n.input(1)?, n.input(4)?, n.input(6)?];
        let sums = within(n, matmul::ONNX, &[NodeInput::Value(x), NodeInput::Value(w)])?;
        requantized(n, sums, scales, 7, 0)
    }),
    ("ConvInteger", |n| {
        let (x, w) = (centred(n, 0, 2, Zero::One)?, centred(n, 1, 3, Zero::First)?);
        Ok(vec![within(n, conv::ONNX, &[NodeInput::Value(x), NodeInput::Value(w)])?])
    }),
    ("MatMulInteger", |n| {
        let (x, w) = (centred(n, 0, 2, Zero::One)?, centred(n, 1, 3, Zero::Last)?);
        Ok(vec![within(n, matmul::ONNX, &[NodeInput::Value(x), NodeInput::Value(w)])?])
    }),
];

/// What zero points there may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Zero {
    /// One for the whole tensor.
    One,
    /// One for each position of the first axis: the outputs of a kernel.
    First,
    /// One for each position of the last axis: the columns of a matrix.
    Last,
}

/// Input `index` as real numbers less its zero point.
fn centred(n: &mut NodeContext<'_>, index: usize, zero: usize, kind: Zero) -> Result<ValueId, OnnxError> {
    let (x, zero) = (n.input(index)?, n.maybe(zero)?);
    let Some(zero) = zero else { return n.build(|b| b.cast(x, DType::F32)) };
    let (ty, own) = (n.b.ty(x).clone(), n.b.ty(zero).clone());
    let mut shape = vec![Dim::ONE; ty.rank()];
    if own.elements() == Some(Dim::ONE) {
        shape.clear();
    } else {
        let axis = if kind == Zero::First { shape.first_mut() } else { shape.last_mut() };
        match (axis, own.shape.as_slice()) {
            (Some(axis), [size]) if kind != Zero::One => *axis = *size,
            _ => return Err(n.error(format!("zero points of type {own} for a tensor {ty} are not supported"))),
        }
    }
    n.build(|b| {
        let (x, zero) = (b.cast(x, DType::F32)?, b.cast(zero, DType::F32)?);
        let zero = b.reshape(zero, &shape)?;
        b.sub(x, zero)
    })
}

/// The layer by its own reader, on other inputs.
fn within(n: &mut NodeContext<'_>, reader: &[Import], inputs: &[NodeInput]) -> Result<ValueId, OnnxError> {
    let mut inner = NodeContext { b: &mut *n.b, info: n.info, inputs };
    let results = match reader {
        [(_, read), ..] => read(&mut inner)?,
        [] => Vec::new(),
    };
    results.first().copied().ok_or_else(|| n.error("it gives no result"))
}

/// Sums as the quantised numbers of the result: `sums * x scale * w scale / y scale`, rounded, within the range of the zero
/// point at input `zero`. A weight's scales, one for each output, have `trailing` axes behind theirs.
fn requantized(
    n: &mut NodeContext<'_>,
    sums: ValueId,
    [x, w, y]: [ValueId; 3],
    zero: usize,
    trailing: usize,
) -> Result<Vec<ValueId>, OnnxError> {
    let range = Range::of(n, zero)?;
    let zero = n.input(zero)?;
    for one in [x, y, zero] {
        if n.b.ty(one).elements() != Some(Dim::ONE) {
            return Err(n.error(format!("scales of type {} for a whole tensor are not supported", n.b.ty(one))));
        }
    }
    let whole = n.build(|b| {
        let (x, y, zero) = (b.reshape(x, &[])?, b.reshape(y, &[])?, b.reshape(zero, &[])?);
        let product = b.mul(x, w)?;
        let mut factor = b.div(product, y)?;
        let own = b.ty(factor).clone();
        if own.elements() == Some(Dim::ONE) {
            factor = b.reshape(factor, &[])?;
        } else if trailing > 0 {
            let shape: Vec<Dim> = own.shape.iter().copied().chain(vec![Dim::ONE; trailing]).collect();
            factor = b.reshape(factor, &shape)?;
        }
        let share = b.mul(sums, factor)?;
        quantized(b, share, Some(zero))
    })?;
    n.apply_to(Clip { low: range.low, high: range.high }, &[whole])
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;
    use crate::tensor::{Array, Tensor};

    #[test]
    fn integer_layers_subtract_zero_points() {
        let matrix = |values: &[i64]| Tensor::i64(&[2, 2], values.to_vec()).unwrap();
        let zero = |value: i64| Tensor::i64(&[], vec![value]).unwrap();
        let trial = Trial::of("MatMulInteger").on(&[1, 2], &[3.0, 5.0]).constant(matrix(&[1, 2, 3, 4]));
        let found = trial.constant(zero(1)).constant(zero(2)).results().unwrap().remove(0);
        // [2, 4] @ [[-1, 0], [1, 2]]
        assert_eq!(found, Array::Real(ndarray::arr2(&[[2.0, 8.0]]).into_dyn()));
    }
}
