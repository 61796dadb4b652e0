//! Writing: a file is there whole or not at all, and a journal keeps only whole lines.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::door::{Links, open_with};
use crate::platform::{Action, FileError};

/// Hex digits in a temporary name.
const DIGITS: usize = 16;
/// The ending of temporary names.
const ENDING: &str = ".tmp";

/// Puts `bytes` at `path`, whole or not at all: a crash, an error or a full disk leaves what was there before. A link at `path` is
/// replaced, not followed.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    if path.is_dir() {
        return Err(FileError::IsFolder { path: path.to_path_buf(), action: Action::Write });
    }
    replace(path, |file| file.write_all(bytes)).map_err(|source| FileError::new(path, Action::Write, source))
}

/// Adds `bytes` to the end of the file, which must be there, and waits until the disk has them: one that was deleted while it was
/// in use must not begin anew in the middle.
///
/// After an error the file is cut back to its former length, so that a journal keeps only whole entries.
pub(crate) fn append_synced(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    append(path, |file| file.write_all(bytes))
}

pub(super) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    // The same folder, because a rename is atomic only within one file system.
    let temporary = temporary_beside(path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    let written = write(&mut file).and_then(|()| file.sync_all());
    drop(file);
    let done = written.and_then(|()| fs::rename(&temporary, path));
    if done.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    } else {
        sync_folder(path);
    }
    done
}

/// A name that no other program and no earlier run has: in a container every run has the same process number.
fn temporary_beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    // The standard library's one source of the system's randomness.
    let chance = RandomState::new().build_hasher().finish();
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{chance:0DIGITS$x}{ENDING}"));
    Ok(path.with_file_name(hidden))
}

/// Whether a name is one that [`write_atomic`] gives while it writes.
pub(super) fn is_temporary(name: &OsStr) -> bool {
    let parts = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(ENDING)?.rsplit_once('.'));
    parts.is_some_and(|(name, digits)| {
        let random = digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit());
        // Process and count: how earlier versions named them.
        let counted = digits.split_once('-').is_some_and(|(process, count)| {
            [process, count].iter().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        });
        !name.is_empty() && (random || counted)
    })
}

/// Makes the rename itself last through a power cut. Best effort: some systems cannot open a folder.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

pub(super) fn append(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), FileError> {
    let failed = |source| FileError::new(path, Action::Append, source);
    let mut file = open_with(path, Links::Refused, Action::Append, OpenOptions::new().append(true))?;
    let before = file.metadata().map_err(failed)?.len();
    let done = write(&mut file).and_then(|()| file.sync_data());
    if done.is_err() {
        // The first error is the one to tell.
        let _ = file.set_len(before);
    }
    done.map_err(failed)
}
