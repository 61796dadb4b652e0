//! Folders: what is in them, and making them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::write::is_temporary;
use crate::platform::{Action, FileError};

/// What lies in the folder, sorted by name, so that no run depends on the disk's order.
pub fn list(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let failed = |source| FileError::new(path, Action::List, source);
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    Ok(entries)
}

/// Whether a folder is there (links are followed).
pub fn is_dir(path: &Path) -> bool {
    path.is_dir()
}

/// Whether an ordinary file is there (links are followed).
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Whether anything is there (links are followed).
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// Makes the folder and those above it; fine if it is there already.
pub fn create_dir_all(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|source| FileError::new(path, Action::Create, source))
}

/// Makes the folder; fine if it is there already, an error where the one above it is missing.
pub fn create_dir(path: &Path) -> Result<(), FileError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        done => done.map_err(|source| FileError::new(path, Action::Create, source)),
    }
}

/// Removes the temporary files that a killed program left in the folder. Only for a folder that is ours alone, under its lock. Best
/// effort: what cannot be removed hinders nobody.
pub(crate) fn clear_temporaries(path: &Path) {
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries.filter_map(Result::ok) {
        // The entry itself, no link followed: only ordinary files are written so.
        let ours = entry.file_type().is_ok_and(|kind| kind.is_file()) && is_temporary(&entry.file_name());
        if ours {
            let _ = fs::remove_file(entry.path());
        }
    }
}
