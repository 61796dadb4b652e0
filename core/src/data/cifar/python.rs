//! CIFAR's Python version: each batch a pickled dictionary of an array of images and a list of labels.

use super::pickle::{Pickle, Value};
use super::{PIXELS, Variant};
use crate::data::limits::damaged;
use crate::data::{DataError, Labels};

/// One batch.
pub(super) struct Batch {
    /// All images' pixels, in the order image, channel, row, column.
    pub pixels: Vec<u8>,
    /// One label per image.
    pub labels: Vec<i64>,
}

/// Whether `bytes` begin as a pickle of protocol 2 to 5 does.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=5, ..])
}

/// The set that a batch on its own belongs to, by the labels in it.
///
/// # Errors
/// A pickle that cannot be read, or one of another set.
pub fn variant(file: &str, bytes: &[u8], labels: Labels) -> Result<Variant, DataError> {
    let pickle = Pickle::read(bytes).map_err(|problem| damaged(file, &problem))?;
    if pickle.entry("fine_labels").is_some() {
        return Ok(Variant::Cifar100(labels));
    }
    let has = pickle.entry("labels").is_some();
    has.then_some(Variant::Cifar10)
        .ok_or_else(|| damaged(file, &"the pickle has no labels, which a batch of CIFAR has"))
}

/// Reads a batch.
pub(super) fn batch(file: &str, bytes: &[u8], variant: Variant) -> Result<Batch, DataError> {
    let malformed = |problem: &str| damaged(file, &problem);
    let pickle = Pickle::read(bytes).map_err(|problem| malformed(&problem))?;
    let key = match variant {
        Variant::Cifar10 => "labels",
        Variant::Cifar100(Labels::Fine) => "fine_labels",
        Variant::Cifar100(Labels::Coarse) => "coarse_labels",
    };
    let found = |key: &str| pickle.entry(key).ok_or_else(|| malformed(&format!("the pickle has no entry {key}")));
    let Value::Array { shape, kind, bytes } = found("data")? else {
        return Err(malformed("its entry data is no array"));
    };
    let [count, 3072] = shape[..] else {
        return Err(malformed(&format!("its images have the shape {shape:?}, those of CIFAR (images, 3072)")));
    };
    if kind != "u1" {
        return Err(malformed(&format!("its images have the type {kind}, those of CIFAR u1")));
    }
    let expected = count.saturating_mul(PIXELS as u64);
    if bytes.len() as u64 != expected {
        return Err(DataError::WrongLength { file: file.to_owned(), expected, found: bytes.len() as u64 });
    }
    let labels =
        numbers(&pickle, found(key)?).ok_or_else(|| malformed(&format!("its entry {key} is no list of numbers")))?;
    if labels.len() as u64 != count {
        let (image_count, label_count) = (bytes.len() / PIXELS, labels.len());
        let (images, labels) = (file.to_owned(), format!("{file}, entry {key},"));
        return Err(DataError::CountMismatch { images, image_count, labels, label_count });
    }
    Ok(Batch { pixels: bytes.to_vec(), labels })
}

/// The numbers of a list, or of an array as people make them from a list.
fn numbers(pickle: &Pickle<'_>, value: &Value<'_>) -> Option<Vec<i64>> {
    match value {
        Value::List(items) => {
            let number = |id: &usize| if let Value::Number(number) = pickle.value(*id) { Some(*number) } else { None };
            items.iter().map(number).collect()
        }
        Value::Array { shape, kind, bytes } if shape.len() == 1 => {
            let width = match kind.as_str() {
                "u1" => 1,
                "i4" => 4,
                "i8" => 8,
                _ => return None,
            };
            let number = |bytes: &[u8]| {
                let word = bytes.iter().rev().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
                let shift = if width == 1 { 0 } else { 64 - 8 * width };
                (word << shift).cast_signed() >> shift
            };
            Some(bytes.chunks_exact(width as usize).map(number).collect())
        }
        _ => None,
    }
}

/// The class names in the pickled `batches.meta` or `meta`, one a line.
///
/// # Errors
/// A pickle that cannot be read or has no names.
pub(crate) fn class_names(file: &str, bytes: &[u8], variant: Variant) -> Result<String, DataError> {
    let pickle = Pickle::read(bytes).map_err(|problem| damaged(file, &problem))?;
    let key = match variant {
        Variant::Cifar10 => "label_names",
        Variant::Cifar100(Labels::Fine) => "fine_label_names",
        Variant::Cifar100(Labels::Coarse) => "coarse_label_names",
    };
    let names = match pickle.entry(key) {
        Some(Value::List(items)) => items.iter().map(|id| match pickle.value(*id) {
            Value::Bytes(name) => Some(String::from_utf8_lossy(name).into_owned()),
            _ => None,
        }),
        _ => return Err(damaged(file, &format!("the pickle has no entry {key}"))),
    };
    names
        .collect::<Option<Vec<_>>>()
        .map(|names| names.join("\n"))
        .ok_or_else(|| damaged(file, &format!("its {key} are no names")))
}

#[cfg(test)]
mod tests;
