//! A recipe as a part of an address: deflated and written in letters that addresses carry unchanged, so that a link brings it back.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// More than so many bytes are no recipe, however small they were packed.
const LARGEST: u64 = 1 << 20;

/// The text, packed.
#[must_use]
pub fn pack(text: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail.
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(packed)
}

/// The text, if it was packed by [`pack`] and is no larger than a recipe can be.
#[must_use]
pub fn unpack(packed: &str) -> Option<String> {
    let packed = URL_SAFE_NO_PAD.decode(packed).ok()?;
    let mut text = String::new();
    let read = DeflateDecoder::new(packed.as_slice()).take(LARGEST + 1).read_to_string(&mut text).ok()?;
    (read as u64 <= LARGEST && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(text in ".{1,400}") {
            let packed = pack(&text);
            prop_assert!(packed.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
            prop_assert_eq!(unpack(&packed), Some(text));
        }

        #[test]
        fn what_is_not_packed_is_nothing(text in "[ -~]{0,40}") {
            // An address or a word that happens to be letters must not become a recipe without notice.
            if let Some(found) = unpack(&text) {
                prop_assert_eq!(unpack(&pack(&found)), Some(found));
            }
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        assert_eq!(unpack(&pack(&"a".repeat(2 << 20))), None);
        assert_eq!(unpack("recipes/mine.toml"), None);
    }
}
