//! Zip archives in memory, each member the only one of its name: NumPy's, packed studies, a sweep's records.
//!
//! Libraries show one of two members of a name and do not say which. What it holds could be another than another program reads, so such an
//! archive is refused before anything of it is used.

use std::io::Cursor;

use zip::ZipArchive;
use zip::result::ZipError;

/// An archive in memory.
pub type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// The end of an archive's list of members begins like this; the number of members stands ten bytes on, as a little-endian u16.
const END: [u8; 4] = *b"PK\x05\x06";
const COUNT: usize = 10;
/// What stands there where the number needs more than two bytes.
const MORE: u16 = u16::MAX;

/// Why an archive is not opened.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is no zip archive, is damaged or cut off.
    #[error(transparent)]
    Damaged(#[from] ZipError),
    /// Members of one and the same name.
    #[error("it has {listed} members of {shown} names: one stands there twice; save it again")]
    Twice {
        /// How many members there are.
        listed: usize,
        /// How many names.
        shown: usize,
    },
    /// Names that differ in capitals alone.
    #[error("two of its members are called `{0}`; rename one")]
    Alike(String),
}

/// The archive that `bytes` are, with no two members of one name, capitals and NumPy's ending `.npy` aside: which is meant is nothing to
/// guess.
///
/// # Errors
/// [`ArchiveError`]: no archive, damage, two members of one name.
pub fn open(bytes: &[u8]) -> Result<Archive<'_>, ArchiveError> {
    let archive = ZipArchive::new(Cursor::new(bytes))?;
    let shown = archive.len();
    if let Some(listed) = listed(bytes).filter(|listed| *listed != shown) {
        return Err(ArchiveError::Twice { listed, shown });
    }
    let mut names: Vec<String> = (0..shown).map(|index| stem(&archive, index).to_lowercase()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(ArchiveError::Alike(pair[0].clone())),
        None => Ok(archive),
    }
}

/// A member's name without `.npy`, which NumPy leaves out of an array's.
pub fn stem(archive: &Archive<'_>, index: usize) -> String {
    let name = archive.name_for_index(index).and_then(Result::ok).unwrap_or_default();
    name.strip_suffix(".npy").unwrap_or(&name).to_owned()
}

/// Members that the archive says it has.
fn listed(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(END.len()).rposition(|window| window == END)?;
    let count = bytes.get(at + COUNT..at + COUNT + 2)?;
    let count = u16::from_le_bytes(count.try_into().ok()?);
    (count != MORE).then(|| usize::from(count))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn packed(names: &[&str]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(name.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// An archive in which the member `b.bin` is called `a.bin` too.
    fn twice() -> Vec<u8> {
        let mut bytes = packed(&["a.bin", "b.bin", "c.bin"]);
        while let Some(at) = bytes.windows(5).position(|name| name == b"b.bin") {
            bytes[at] = b'a';
        }
        bytes
    }

    #[test]
    fn a_name_stands_for_one_member() {
        assert_eq!(open(&packed(&["a", "b.npy"])).unwrap().len(), 2);
        let said = open(&twice()).unwrap_err().to_string();
        assert!(said.contains("3 members of 2 names"), "{said}");
        for pair in [["x", "X"], ["x", "x.npy"]] {
            let said = open(&packed(&pair)).unwrap_err().to_string();
            assert!(said.contains("called `x`"), "{said}");
        }
        assert!(matches!(open(b"PK\x03\x04"), Err(ArchiveError::Damaged(_))));
    }
}
