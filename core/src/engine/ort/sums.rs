//! Sums over images that lanes make tile by tile, added up in f64.

use std::rc::Rc;

use ort::value::{DynTensor, Tensor as OrtTensor};

use super::{convert, failed};
use crate::engine::{Buffer, EngineError};
use crate::tensor::DType;

/// A sum so far.
pub(super) struct Sum {
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl Sum {
    /// Of one tile.
    ///
    /// # Errors
    /// [`EngineError::Device`] when the value is not of f64.
    pub(super) fn of(value: &DynTensor) -> Result<Self, EngineError> {
        let (shape, _) = convert::describe(value)?;
        Ok(Self { shape, values: numbers(value)?.to_vec() })
    }

    /// With the next tile's.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(super) fn add(&mut self, value: &DynTensor) -> Result<(), EngineError> {
        self.values.iter_mut().zip(numbers(value)?).for_each(|(total, part)| *total += part);
        Ok(())
    }

    /// With the sum of others.
    pub(super) fn take(&mut self, other: &Self) {
        self.values.iter_mut().zip(&other.values).for_each(|(total, part)| *total += part);
    }

    /// As a buffer.
    ///
    /// # Errors
    /// [`EngineError::Device`] when ONNX Runtime refuses it.
    pub(super) fn whole(self) -> Result<Buffer, EngineError> {
        let value = OrtTensor::from_array((self.shape.clone(), self.values));
        let value = value.map_err(|e| failed("adding up results", &e))?.upcast();
        Ok(Buffer::new(&self.shape, DType::F64, Rc::new(value)))
    }
}

fn numbers(value: &DynTensor) -> Result<&[f64], EngineError> {
    value.try_extract_tensor::<f64>().map(|(_, numbers)| numbers).map_err(|e| failed("adding up results", &e))
}
