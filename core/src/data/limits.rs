//! How much memory a file may ask for: its header is believed only as far as its bytes can bear it out.

use super::DataError;
use std::io::Read;

/// The most bytes of pixels that a reader loads: 4 GiB, above CIFAR-10 in f64 and below a workstation's memory.
pub(crate) const MAX_PIXEL_BYTES: u64 = 4 << 30;

/// The best that DEFLATE can do is 1032 to 1; the constant covers tiny files.
const DEFLATE_RATIO: u64 = 1032;

/// The product of `shape` times `item` bytes, as a size this machine can address.
///
/// # Errors
/// [`DataError::Empty`] where an axis is 0, [`DataError::TooLarge`] above [`MAX_PIXEL_BYTES`].
pub(super) fn size_in_bytes(file: &str, shape: &[u64], item: u64) -> Result<usize, DataError> {
    if shape.contains(&0) {
        return Err(DataError::Empty { file: file.to_owned() });
    }
    let bytes = shape.iter().fold(item, |product, &axis| product.saturating_mul(axis));
    usize::try_from(bytes).ok().filter(|_| bytes <= MAX_PIXEL_BYTES).ok_or_else(|| DataError::TooLarge {
        file: file.to_owned(),
        bytes,
        limit: MAX_PIXEL_BYTES,
    })
}

/// Refuses a promise that no compressed stream of `packed` bytes can keep.
pub(super) fn check_ratio(file: &str, expected: u64, packed: u64) -> Result<(), DataError> {
    if expected > packed.saturating_mul(DEFLATE_RATIO) {
        return Err(DataError::Bomb { file: file.to_owned(), expected, packed });
    }
    Ok(())
}

/// Exactly `expected` bytes, which must be all that `reader` has. Reads at most one byte more than that.
pub(super) fn read_exactly(file: &str, mut reader: impl Read, expected: usize) -> Result<Vec<u8>, DataError> {
    let broken = |error| damaged(file, &error);
    let mut bytes = Vec::new();
    // Grows with what really arrives. The extra byte finds trailing data and makes the decoder check its sum.
    let limit = (expected as u64).saturating_add(1);
    reader.by_ref().take(limit).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() == expected {
        return Ok(bytes);
    }
    let (expected, found) = (expected as u64, bytes.len() as u64);
    Err(DataError::WrongLength { file: file.to_owned(), expected, found })
}

/// A decoder's own error, given the file's name.
pub(super) fn damaged(file: &str, error: &dyn std::fmt::Display) -> DataError {
    // Parsers draw the place below their first line, or end in a line break.
    let said = error.to_string();
    let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("no reason is given");
    let problem = first.split_whitespace().collect::<Vec<_>>().join(" ");
    DataError::Malformed { file: file.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_parsers_draw_is_told_in_one_line() {
        let said = damaged("d.npz:y", &"syntax error:  --> 1:3\n  |\n1 | {'descr'\n  |   ^---").to_string();
        assert!(said.starts_with("d.npz:y cannot be read: syntax error: --> 1:3; check"), "{said}");
        let ended = damaged("a.jpg", &"expected 162 but found 134\n").to_string();
        assert!(ended.contains("found 134; check"), "{ended}");
    }

    #[test]
    fn sizes_never_overflow() {
        assert_eq!(size_in_bytes("f", &[10, 3, 32, 32], 4).unwrap(), 122_880);
        let vast = size_in_bytes("f", &[u64::MAX, u64::MAX], 8).unwrap_err();
        assert!(matches!(vast, DataError::TooLarge { bytes: u64::MAX, .. }), "{vast}");
        let none = size_in_bytes("f", &[u64::MAX, 0, u64::MAX], 8).unwrap_err();
        assert!(matches!(none, DataError::Empty { .. }), "{none}");
    }

    #[test]
    fn reading_stops_one_byte_after_the_promise() {
        assert_eq!(read_exactly("f", &[1_u8, 2, 3][..], 3).unwrap(), [1, 2, 3]);
        let long = read_exactly("f", std::io::repeat(0), 5).unwrap_err();
        assert!(matches!(long, DataError::WrongLength { expected: 5, found: 6, .. }), "{long}");
        let short = read_exactly("f", &[0_u8; 2][..], 5).unwrap_err();
        assert!(matches!(short, DataError::WrongLength { expected: 5, found: 2, .. }), "{short}");
    }
}
