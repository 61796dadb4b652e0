//! What operators on quantised tensors share: ranges, scales and zero points.

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::round_through::RoundThrough;

/// The integers of a quantised type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

impl Range {
    /// The range of the type that the zero point at input `index` has; of bytes without a sign where there is none.
    ///
    /// # Errors
    /// When the type is no quantised one, or not known while reading.
    pub(crate) fn of(n: &NodeContext<'_>, index: usize) -> Result<Self, OnnxError> {
        if !n.has(index) {
            return Self::of_kind(n, 2);
        }
        let kind = n.info.kinds.get(index).copied().flatten();
        let kind = kind.ok_or_else(|| n.error(format!("its zero point (input {index}) is known only at run time")))?;
        Self::of_kind(n, i64::from(kind))
    }

    /// The range of an ONNX type (`TensorProto.DataType`).
    ///
    /// # Errors
    /// When it is no integer type of 2 to 16 bits.
    pub(crate) fn of_kind(n: &NodeContext<'_>, kind: i64) -> Result<Self, OnnxError> {
        let (low, high) = match kind {
            2 => (0, 255),
            3 => (-128, 127),
            4 => (0, 65535),
            5 => (-32768, 32767),
            21 => (0, 15),
            22 => (-8, 7),
            25 => (0, 3),
            26 => (-2, 1),
            other => {
                return Err(n.error(format!("quantises to ONNX type {other}; integers of 2 to 16 bits are supported")));
            }
        };
        Ok(Self { low: f64::from(low), high: f64::from(high) })
    }
}

/// `round(share) + zero`, not yet within its range.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn quantized(b: &mut Builder, share: ValueId, zero: Option<ValueId>) -> Result<ValueId, GraphError> {
    let whole = b.apply1(RoundThrough, &[share])?;
    let Some(zero) = zero else { return Ok(whole) };
    let dtype = b.ty(whole).dtype;
    let zero = b.cast(zero, dtype)?;
    b.add(whole, zero)
}
