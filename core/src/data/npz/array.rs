//! One npy array: its header, guarded, and its values.

use std::io::Read;

use npyz::{Deserialize, NpyFile, NpyHeader};

use crate::archive::Archive;
use crate::data::DataError;
use crate::data::limits::{self, damaged};

/// The longest npy header read. NumPy's own headers of plain arrays take 128 bytes.
const MAX_HEADER: usize = 4096;
/// A shape of more digits than this can overflow 64 bits; real ones have about ten.
const MAX_DIGITS: usize = 18;
/// Brackets in a header: NumPy's plain arrays have two pairs; deeper nesting is not parsed.
const MAX_BRACKETS: usize = 8;

/// An array's header and its values as bytes, exactly as many as the header promises.
pub(super) struct Array<'a> {
    /// Where it lies, for errors.
    pub file: &'a str,
    /// Its type and shape.
    pub header: NpyHeader,
    /// Its values.
    pub bytes: Vec<u8>,
}

impl<'a> Array<'a> {
    /// The array in an archive's entry.
    ///
    /// # Errors
    /// Damage; a promise that the entry cannot keep.
    pub(super) fn open(file: &'a str, archive: &mut Archive<'_>, index: usize) -> Result<Self, DataError> {
        let entry = archive.by_index(index).map_err(|error| damaged(file, &error))?;
        let promised = entry.size();
        limits::check_ratio(file, promised, entry.compressed_size())?;
        Self::read(file, entry, promised)
    }

    /// The array of an npy file of so many bytes.
    ///
    /// # Errors
    /// As [`Array::open`].
    pub(super) fn read(file: &'a str, mut reader: impl Read, promised: u64) -> Result<Self, DataError> {
        let (header, header_length) = read_header(file, &mut reader)?;
        let Some(item) = header.dtype().num_bytes() else {
            return Err(wrong_type(file, &header, "numbers"));
        };
        let size = limits::size_in_bytes(file, header.shape(), item as u64)?;
        let found = promised.saturating_sub(header_length);
        if found != size as u64 {
            let expected = size as u64;
            return Err(DataError::WrongLength { file: file.to_owned(), expected, found });
        }
        let bytes = limits::read_exactly(file, reader, size)?;
        Ok(Self { file, header, bytes })
    }

    /// The element type without its byte order, such as `f4`.
    pub(super) fn kind(&self) -> String {
        self.header.dtype().descr().trim_matches(['\'', '<', '>', '|', '=']).to_owned()
    }

    /// The values in their stored order; the type must be the one that [`Array::kind`] names.
    ///
    /// # Errors
    /// Damage.
    pub(super) fn values<T: Deserialize>(self) -> Result<Vec<T>, DataError> {
        let file = NpyFile::with_header(self.header, &self.bytes[..]);
        file.into_vec().map_err(|error| damaged(self.file, &error))
    }

    /// That the values have a type that is not `wanted`.
    pub(super) fn wrong_type(&self, wanted: &str) -> DataError {
        wrong_type(self.file, &self.header, wanted)
    }
}

fn wrong_type(file: &str, header: &NpyHeader, wanted: &str) -> DataError {
    let problem = format!("its values have the type {}, not {wanted}", header.dtype().descr());
    let remedy = "convert them with NumPy's astype and save the array again".to_owned();
    DataError::Convert { file: file.to_owned(), problem, remedy }
}

/// The header of an entry, without its values.
///
/// # Errors
/// Damage.
pub(super) fn shape(file: &str, archive: &mut Archive<'_>, index: usize) -> Result<Vec<u64>, DataError> {
    let mut entry = archive.by_index(index).map_err(|error| damaged(file, &error))?;
    Ok(read_header(file, &mut entry)?.0.shape().to_vec())
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
