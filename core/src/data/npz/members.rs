//! Is each member of an archive the only one of its name? Libraries show one of two; which one, they do not say.

use super::archive_name;
use super::array::Archive;
use crate::data::DataError;
use crate::data::limits::damaged;

/// The end of a zip archive's list of members begins like this; the number of members stands ten bytes on, as a little-endian u16.
const END: [u8; 4] = *b"PK\x05\x06";
const COUNT: usize = 10;
/// What stands there where the number needs more than two bytes.
const MORE: u16 = u16::MAX;

/// Holds that no two members have one name, capitals aside: which is meant is nothing to guess.
///
/// # Errors
/// [`DataError::Malformed`] naming the member, where it can be named.
pub(super) fn distinct(file: &str, bytes: &[u8], archive: &Archive<'_>) -> Result<(), DataError> {
    if let Some(listed) = listed(bytes).filter(|listed| *listed != archive.len()) {
        let shown = archive.len();
        return Err(damaged(
            file,
            &format!("it has {listed} members of {shown} names: one stands there twice; save it again"),
        ));
    }
    let mut names: Vec<String> = (0..archive.len()).map(|index| archive_name(archive, index).to_lowercase()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(damaged(file, &format!("two of its arrays are called `{}`; rename one", pair[0]))),
        None => Ok(()),
    }
}

/// Members that the archive says it has.
fn listed(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(END.len()).rposition(|window| window == END)?;
    let count = bytes.get(at + COUNT..at + COUNT + 2)?;
    let count = u16::from_le_bytes(count.try_into().ok()?);
    (count != MORE).then(|| usize::from(count))
}
