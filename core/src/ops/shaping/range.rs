//! Range: `start, start + delta, ...` before `limit`, computed while a file is read; of integers that are sizes, the shape
//! arithmetic makes it. <https://onnx.ai/onnx/operators/onnx__Range.html>

use crate::onnx::{NodeContext, OnnxError};
use crate::ops::Import;
use crate::tensor::{DType, Data, Tensor};

/// Most numbers that are made.
const MOST: f64 = 16_777_216.0;

/// Reader of `Range` nodes; all three numbers must be constant.
pub const ONNX: &[Import] = &[("Range", |n| {
    let (start, limit, delta) = (one(n, 0)?, one(n, 1)?, one(n, 2)?);
    let count = ((limit - start) / delta).ceil().max(0.0);
    if count.is_nan() || count > MOST {
        return Err(n.error(format!("from {start} to {limit} by {delta} are too many numbers")));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let count = count as usize;
    let dtype = n.ty(0)?.dtype;
    let tensor = numbers(start, delta, count, dtype).map_err(|e| n.error(e.to_string()))?;
    Ok(vec![n.b.named_constant(&n.info.name, tensor)])
})];

fn one(n: &NodeContext<'_>, index: usize) -> Result<f64, OnnxError> {
    let number = n.numbers_input(index)?.and_then(|all| all.first().copied());
    number.ok_or_else(|| n.error(format!("input {index} is missing")))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "numbers of the result's own type")]
fn numbers(start: f64, delta: f64, count: usize, dtype: DType) -> Result<Tensor, crate::tensor::TensorError> {
    let all = (0..count).map(|i| start + i as f64 * delta);
    let data = match dtype {
        DType::I64 => Data::I64(all.map(|x| x as i64).collect::<Vec<_>>().into()),
        DType::F64 => Data::F64(all.collect::<Vec<_>>().into()),
        DType::F32 | DType::Bool => Data::F32(all.map(|x| x as f32).collect::<Vec<_>>().into()),
    };
    Tensor::new(&[count], data)
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;
    use crate::tensor::Tensor;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Range").constant(Tensor::f32(&[], vec![1.0]).unwrap()).constant(Tensor::f32(&[], vec![2.2]).unwrap()).constant(Tensor::f32(&[], vec![0.5]).unwrap()).gives(&[3], &[1.0, 1.5, 2.0]);
        Trial::of("Range").constant(Tensor::i64(&[], vec![5]).unwrap()).constant(Tensor::i64(&[], vec![0]).unwrap()).constant(Tensor::i64(&[], vec![-2]).unwrap()).gives(&[3], &[5.0, 3.0, 1.0]);
    }
}
