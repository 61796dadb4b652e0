//! The same step for whatever an array holds: operators that only move elements do not care.

use crate::ops::{Attribute, OpError};
use crate::tensor::{Array, Dim};

/// Evaluates `$step`, a `Result<ArrayD<_>, OpError>`, with the elements of `$array` bound to `$a`; the same kind comes back.
macro_rules! each_kind {
    ($array:expr, |$a:ident| $step:expr) => {
        match $array {
            $crate::tensor::Array::Real($a) => $crate::tensor::Array::Real($step?),
            $crate::tensor::Array::Int($a) => $crate::tensor::Array::Int($step?),
            $crate::tensor::Array::Bool($a) => $crate::tensor::Array::Bool($step?),
        }
    };
}
pub(crate) use each_kind;

/// As [`each_kind!`], for two arrays that must hold the same kind.
macro_rules! same_kind {
    ($first:expr, $second:expr, |$a:ident, $b:ident| $step:expr) => {
        match ($first, $second) {
            ($crate::tensor::Array::Real($a), $crate::tensor::Array::Real($b)) => $crate::tensor::Array::Real($step?),
            ($crate::tensor::Array::Int($a), $crate::tensor::Array::Int($b)) => $crate::tensor::Array::Int($step?),
            ($crate::tensor::Array::Bool($a), $crate::tensor::Array::Bool($b)) => $crate::tensor::Array::Bool($step?),
            _ => return Err($crate::ops::OpError::shape("both inputs must hold the same elements")),
        }
    };
}
pub(crate) use same_kind;

/// `part` is within `whole` for every batch of at least one image.
pub(crate) fn fits(part: Dim, whole: Dim) -> bool {
    part.batch <= whole.batch && part.at(1) <= whole.at(1)
}

/// `whole - part`, if it has a form.
pub(crate) fn minus(whole: Dim, part: Dim) -> Option<Dim> {
    Some(Dim { batch: whole.batch.checked_sub(part.batch)?, fixed: whole.fixed.checked_sub(part.fixed)? })
}

/// `axis` is an axis of a tensor with `rank` of them.
pub(crate) fn axis_within(axis: usize, rank: usize) -> Result<(), OpError> {
    if axis < rank {
        Ok(())
    } else {
        Err(OpError::shape(format!("axis {axis} is not among the {rank} axes of the input")))
    }
}

/// An index counted from either end of an axis of `size`.
pub(crate) fn position(index: i64, size: usize) -> Result<usize, OpError> {
    let from_start = if index < 0 { index.saturating_add_unsigned(size as u64) } else { index };
    usize::try_from(from_start)
        .ok()
        .filter(|i| *i < size)
        .ok_or_else(|| OpError::shape(format!("index {index} is outside an axis of {size}")))
}

/// The attribute `axis`.
#[expect(clippy::cast_possible_wrap, reason = "axes are small")]
pub(crate) const fn axis_attribute(axis: usize) -> (&'static str, Attribute) {
    ("axis", Attribute::Int(axis as i64))
}

/// Sizes of an array as an error names them.
pub(crate) fn show(array: &Array) -> String {
    format!("{:?}", array.shape())
}
