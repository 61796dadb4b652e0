//! Tensors as 32-bit words, the only thing that lies on the device.
//!
//! f64 is kept as f32: shaders have no doubles. Sums are made in blocks on the device and batches are added in f64 by the host,
//! so what is lost is the last digits of one batch; a number beyond f32 is an error. i64 becomes i32, which every index and label of ours fits; one that does not
//! is an error. bool becomes 0 or 1.

use crate::engine::EngineError;
use crate::tensor::{DType, Data, Tensor};

/// A tensor's elements as words.
///
/// # Errors
/// [`EngineError::Range`] for an integer beyond 32 bits, [`EngineError::RangeReal`] for a finite number beyond f32.
pub(super) fn to_words(tensor: &Tensor) -> Result<Vec<u32>, EngineError> {
    Ok(match tensor.data() {
        Data::F32(values) => values.iter().map(|v| v.to_bits()).collect(),
        Data::F64(values) => values.iter().map(|v| single(*v)).collect::<Result<_, _>>()?,
        Data::I64(values) => values.iter().map(|v| integer(*v)).collect::<Result<_, _>>()?,
        Data::Bool(values) => values.iter().map(|v| u32::from(*v)).collect(),
    })
}

fn integer(value: i64) -> Result<u32, EngineError> {
    i32::try_from(value).map(i32::cast_unsigned).map_err(|_| EngineError::Range { value })
}

#[expect(clippy::cast_possible_truncation, reason = "the device has no doubles; see the head of this file")]
fn single(value: f64) -> Result<u32, EngineError> {
    let single = value as f32;
    if single.is_infinite() && value.is_finite() {
        return Err(EngineError::RangeReal { value });
    }
    Ok(single.to_bits())
}

/// Words as the elements of a tensor.
///
/// # Errors
/// [`EngineError::Tensor`] when sizes and words disagree.
pub(super) fn from_words(shape: &[usize], dtype: DType, words: &[u32]) -> Result<Tensor, EngineError> {
    let tensor = match dtype {
        DType::F32 => Tensor::f32(shape, words.iter().map(|w| f32::from_bits(*w)).collect()),
        DType::F64 => Tensor::f64(shape, words.iter().map(|w| f64::from(f32::from_bits(*w))).collect()),
        DType::I64 => Tensor::i64(shape, words.iter().map(|w| i64::from(w.cast_signed())).collect()),
        DType::Bool => Tensor::new(shape, Data::Bool(std::sync::Arc::new(words.iter().map(|w| *w != 0).collect()))),
    };
    Ok(tensor?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_come_back_as_they_were() {
        for tensor in [
            Tensor::f32(&[2, 2], vec![1.5, -0.0, f32::INFINITY, 3e-39]).unwrap(),
            Tensor::f64(&[2], vec![0.25, -8.0]).unwrap(),
            Tensor::i64(&[3], vec![-1, 0, i64::from(i32::MAX)]).unwrap(),
            Tensor::new(&[2], Data::Bool(std::sync::Arc::new(vec![true, false]))).unwrap(),
        ] {
            let words = to_words(&tensor).unwrap();
            assert_eq!(from_words(tensor.shape(), tensor.dtype(), &words).unwrap(), tensor);
        }
    }

    #[test]
    fn integers_beyond_the_device_are_refused() {
        let error = to_words(&Tensor::i64(&[1], vec![1 << 40]).unwrap()).unwrap_err();
        assert!(error.to_string().contains("1099511627776"), "{error}");
    }

    #[test]
    fn numbers_beyond_f32_are_refused_and_infinite_ones_kept() {
        let error = to_words(&Tensor::f64(&[1], vec![-1e40]).unwrap()).unwrap_err();
        assert!(error.to_string().contains("-1e40"), "{error}");
        let infinite = Tensor::f64(&[2], vec![f64::INFINITY, 3e38]).unwrap();
        assert!(to_words(&infinite).is_ok());
    }
}
