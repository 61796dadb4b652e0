//! NumPy archives (`np.savez`, `np.savez_compressed`): one array of images and one of labels.
//!
//! The zip and npy formats are left to their libraries; what stands here is the choice of the arrays and the guard
//! before the npy header parser, which was not written for hostile text.

use super::layout::Layout;
use super::limits::{self, damaged};
use super::{DataError, Images, Parts, Pixels, Split};
use npyz::{Deserialize, NpyFile, NpyHeader};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Names of the images, best first; those of a half come before those that name none.
const TRAIN_IMAGES: [&str; 4] = ["x_train", "train_images", "images_train", "train_x"];
const TEST_IMAGES: [&str; 4] = ["x_test", "test_images", "images_test", "test_x"];
const ANY_IMAGES: [&str; 4] = ["images", "x", "data", "image"];
/// Names of the labels, likewise.
const TRAIN_LABELS: [&str; 4] = ["y_train", "train_labels", "labels_train", "train_y"];
const TEST_LABELS: [&str; 4] = ["y_test", "test_labels", "labels_test", "test_y"];
const ANY_LABELS: [&str; 4] = ["labels", "y", "targets", "label"];

/// The longest npy header read. NumPy's own headers of plain arrays take 128 bytes.
const MAX_HEADER: usize = 4096;
/// A shape of more digits than this can overflow 64 bits; real ones have about ten.
const MAX_DIGITS: usize = 18;
/// Brackets in a header: NumPy's plain arrays have two pairs; deeper nesting is not parsed.
const MAX_BRACKETS: usize = 8;

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// The images and labels of one half of the archive.
///
/// Images: bytes 0 to 255, or f32 or f64 in [0, 1]; (images, channels, rows, columns), channels last, or (images, rows,
/// columns). Labels: whole numbers of any width, of shape (images) or (images, 1). Arrays are found by their usual
/// names (`x_test`, `test_images`, `images`, `x`; `y_test`, `test_labels`, `labels`, `y`; capitals do not matter).
///
/// # Errors
/// No such arrays, another type or shape, values out of range, damage.
pub fn read(file: &str, bytes: &[u8], split: Split) -> Result<Images, DataError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(file, &error))?;
    let (images, labels) = choose(file, &archive, split)?;
    let images_file = format!("{file}:{}", archive_name(&archive, images));
    let labels_file = format!("{file}:{}", archive_name(&archive, labels));
    let (shape, pixels) = read_images(&images_file, &mut archive, images)?;
    let labels = read_labels(&labels_file, &mut archive, labels)?;
    Images::new(Parts { name: file.to_owned(), images_file, labels_file, shape, pixels, labels, classes: vec![] })
}

/// Whether `bytes` begin as a zip archive does.
pub fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// An entry's array name: without `.npy`.
fn archive_name(archive: &Archive<'_>, index: usize) -> String {
    let name = archive.name_for_index(index).and_then(Result::ok).unwrap_or_default();
    name.strip_suffix(".npy").unwrap_or(&name).to_owned()
}

/// Where images and labels of the half lie.
fn choose(file: &str, archive: &Archive<'_>, split: Split) -> Result<(usize, usize), DataError> {
    let names: Vec<String> = (0..archive.len()).map(|index| archive_name(archive, index).to_lowercase()).collect();
    let find = |wanted: &[&str]| wanted.iter().find_map(|wanted| names.iter().position(|name| name == wanted));
    let (images, labels, others) = match split {
        Split::Train => (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES),
        Split::Test => (TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES),
    };
    let (images, half_labels) = match (find(&images), find(&ANY_IMAGES)) {
        (Some(images), _) => (images, &labels[..]),
        (None, Some(images)) => (images, &[][..]),
        (None, None) => return Err(no_images(file, split, find(&others), &names)),
    };
    let labels = find(half_labels).or_else(|| find(&ANY_LABELS)).ok_or_else(|| {
        let wanted = format!("an array of labels beside {} (labels, y or {})", names[images], labels[0]);
        DataError::Incomplete { path: file.to_owned(), wanted }
    })?;
    Ok((images, labels))
}

fn no_images(file: &str, split: Split, other: Option<usize>, names: &[String]) -> DataError {
    let path = file.to_owned();
    if let Some(other) = other {
        return DataError::MissingHalf { path, split, found: names[other].clone() };
    }
    let shown = names.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
    let wanted = format!("an array of images (images, x, x_train or x_test; it has: {shown})");
    DataError::Incomplete { path, wanted }
}

fn read_images(file: &str, archive: &mut Archive<'_>, index: usize) -> Result<([usize; 3], Pixels), DataError> {
    let array = Array::open(file, archive, index)?;
    let layout = Layout::new(file, array.header.shape(), array.header.strides())?;
    let [_, channels, rows, columns] = layout.sizes;
    let pixels = match array.kind().as_str() {
        "u1" => Pixels::U8(layout.arrange(array.bytes)),
        "f4" => Pixels::F32(layout.arrange(array.values()?)),
        "f8" => Pixels::F32(layout.arrange(array.values::<f64>()?.into_iter().map(narrow).collect())),
        _ => return Err(array.wrong_type("uint8, float32 or float64")),
    };
    Ok(([channels, rows, columns], pixels))
}

#[expect(clippy::cast_possible_truncation, reason = "pixels are rounded to f32")]
fn narrow(value: f64) -> f32 {
    value as f32
}

fn read_labels(file: &str, archive: &mut Archive<'_>, index: usize) -> Result<Vec<u32>, DataError> {
    let array = Array::open(file, archive, index)?;
    if !matches!(array.header.shape(), [_] | [_, 1]) {
        let problem = format!("labels have the shape (images), this array has {:?}", array.header.shape());
        return Err(DataError::Malformed { file: file.to_owned(), problem });
    }
    let labels = match array.kind().as_str() {
        "u1" => widen(array.values::<u8>()?),
        "u2" => widen(array.values::<u16>()?),
        "u4" => widen(array.values::<u32>()?),
        "i1" => widen(array.values::<i8>()?),
        "i2" => widen(array.values::<i16>()?),
        "i4" => widen(array.values::<i32>()?),
        "i8" => array.values::<i64>()?,
        // Above i64 there is no class either: both become a label out of range.
        "u8" => array.values::<u64>()?.into_iter().map(|v| i64::try_from(v).unwrap_or(i64::MAX)).collect(),
        _ => return Err(array.wrong_type("a whole-number type such as int64")),
    };
    let in_range = |(index, label)| {
        let (file, limit) = (file.to_owned(), super::MAX_CLASSES);
        u32::try_from(label).map_err(|_| DataError::LabelRange { file, index, label, limit })
    };
    labels.into_iter().enumerate().map(in_range).collect()
}

fn widen<T: Into<i64>>(values: Vec<T>) -> Vec<i64> {
    values.into_iter().map(Into::into).collect()
}

/// An entry's header and its values as bytes, exactly as many as the header promises.
struct Array<'a> {
    file: &'a str,
    header: NpyHeader,
    bytes: Vec<u8>,
}

impl<'a> Array<'a> {
    fn open(file: &'a str, archive: &mut Archive<'_>, index: usize) -> Result<Self, DataError> {
        let mut entry = archive.by_index(index).map_err(|error| damaged(file, &error))?;
        let promised = entry.size();
        limits::check_ratio(file, promised, entry.compressed_size())?;
        let (header, header_length) = read_header(file, &mut entry)?;
        let Some(item) = header.dtype().num_bytes() else {
            return Err(wrong_type(file, &header, "numbers"));
        };
        let size = limits::size_in_bytes(file, header.shape(), item as u64)?;
        let found = promised.saturating_sub(header_length);
        if found != size as u64 {
            let expected = size as u64;
            return Err(DataError::WrongLength { file: file.to_owned(), expected, found });
        }
        let bytes = limits::read_exactly(file, entry, size)?;
        Ok(Self { file, header, bytes })
    }

    /// The element type without its byte order, such as `f4`.
    fn kind(&self) -> String {
        self.header.dtype().descr().trim_matches(['\'', '<', '>', '|', '=']).to_owned()
    }

    /// The values in their stored order; the type must be the one that [`Array::kind`] names.
    fn values<T: Deserialize>(self) -> Result<Vec<T>, DataError> {
        let file = NpyFile::with_header(self.header, &self.bytes[..]);
        file.into_vec().map_err(|error| damaged(self.file, &error))
    }

    fn wrong_type(&self, wanted: &str) -> DataError {
        wrong_type(self.file, &self.header, wanted)
    }
}

fn wrong_type(file: &str, header: &NpyHeader, wanted: &str) -> DataError {
    let problem = format!("its values have the type {}, not {wanted}", header.dtype().descr());
    DataError::Malformed { file: file.to_owned(), problem }
}

/// The npy header and its length in bytes. The parser sees only text that is short, flat and without overflow.
fn read_header(file: &str, reader: &mut impl Read) -> Result<(NpyHeader, u64), DataError> {
    let malformed = |problem: &str| damaged(file, &problem);
    let broken = |error: std::io::Error| damaged(file, &format!("its header breaks off ({error})"));
    let mut bytes = vec![0; 10];
    reader.read_exact(&mut bytes).map_err(broken)?;
    let text_length = match bytes[..] {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, 0, low, high] => usize::from(u16::from_le_bytes([low, high])),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, 0, low, high] => {
            let mut upper = [0; 2];
            reader.read_exact(&mut upper).map_err(broken)?;
            bytes.extend(upper);
            u32::from_le_bytes([low, high, upper[0], upper[1]]) as usize
        }
        _ => return Err(malformed("it does not begin as an npy array does")),
    };
    if text_length > MAX_HEADER {
        return Err(malformed("its header is too long for an array of numbers"));
    }
    let start = bytes.len();
    bytes.resize(start + text_length, 0);
    reader.read_exact(&mut bytes[start..]).map_err(broken)?;
    if !is_plain(&bytes[start..]) {
        return Err(malformed("its header is not that of an array of numbers"));
    }
    let header = NpyHeader::from_reader(&bytes[..]).map_err(|error| damaged(file, &error))?;
    Ok((header, bytes.len() as u64))
}

/// Whether a header's text can neither nest deeply, nor escape, nor name sizes whose product overflows.
fn is_plain(text: &[u8]) -> bool {
    let count = |set: &[u8]| text.iter().filter(|byte| set.contains(byte)).count();
    let hexadecimal = text.windows(2).any(|pair| matches!(pair, [b'0', b'x' | b'X']));
    text.is_ascii()
        && !hexadecimal
        && count(b"\\+-") == 0
        && count(b"0123456789") <= MAX_DIGITS
        && count(b"([{}])") <= MAX_BRACKETS
}

#[cfg(test)]
mod tests;
