//! What can go wrong with a file, each case as one sentence that says what happened and what to do.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// A file operation that failed.
///
/// The message is complete by itself. `source` is there for programs: no message repeats it, save that of
/// [`FileError::Other`], where the system's own words are all that is known.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing is at the path, or the folder it should lie in is missing.
    #[error("could not {action} {}: nothing is there; check the spelling and that the folder exists", path.display())]
    NotFound {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
        /// The system's error.
        source: Error,
    },
    /// The system forbids it.
    #[error("could not {action} {}: permission denied; change its permissions or choose another place", path.display())]
    Denied {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
        /// The system's error.
        source: Error,
    },
    /// The disk or the quota is used up. What was at the path before is unharmed.
    #[error("could not {action} {}: the disk is full; what was there before is unharmed; free some space and try again", path.display())]
    DiskFull {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
        /// The system's error.
        source: Error,
    },
    /// A file was wanted and a folder is there.
    #[error("could not {action} {}: it is a folder; give a file", path.display())]
    IsFolder {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
    },
    /// A folder was wanted and something else is there.
    #[error("could not {action} {}: it is not a folder; give a folder", path.display())]
    NotFolder {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
        /// The system's error.
        source: Error,
    },
    /// The file ends before the range that was asked for.
    #[error("could not read {length} bytes at byte {offset} of {}: it has only {actual}; fetch or write it again", path.display())]
    Short {
        /// The path as it was given.
        path: PathBuf,
        /// First byte asked for.
        offset: u64,
        /// Bytes asked for.
        length: usize,
        /// Bytes the file has.
        actual: u64,
    },
    /// Anything else, in the system's own words.
    #[error("could not {action} {}: {reason}; check the disk and try again", path.display())]
    Other {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
        /// The system's error; not a `source`, since the message holds it already.
        reason: Error,
    },
}

/// What was being done to the path; reads as a verb in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Reading a file.
    Read,
    /// Writing a file.
    Write,
    /// Adding to the end of a file.
    Append,
    /// Listing a folder.
    List,
    /// Making a folder.
    Create,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Append => "append to",
            Self::List => "list",
            Self::Create => "make the folder",
        })
    }
}

impl FileError {
    /// Gives the system's error its place, its action and its remedy.
    pub fn new(path: &Path, action: Action, source: Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            // Lists and makes folders: a file is in the way. Otherwise a file stands where the path has a folder.
            ErrorKind::NotADirectory if matches!(action, Action::List | Action::Create) => {
                Self::NotFolder { path, action, source }
            }
            ErrorKind::AlreadyExists if action == Action::Create => Self::NotFolder { path, action, source },
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::NotFound { path, action, source },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::Denied { path, action, source },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull { path, action, source },
            ErrorKind::IsADirectory => Self::IsFolder { path, action },
            _ => Self::Other { path, action, reason: source },
        }
    }

    /// The path that the error is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path, .. }
            | Self::Denied { path, .. }
            | Self::DiskFull { path, .. }
            | Self::IsFolder { path, .. }
            | Self::NotFolder { path, .. }
            | Self::Short { path, .. }
            | Self::Other { path, .. } => path,
        }
    }
}
