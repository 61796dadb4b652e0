//! What can go wrong with a file, each case as one sentence that says what happened and what to do.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// A file operation that failed.
///
/// The message is complete by itself. The system's own error is there for programs: no message repeats it, save that of
/// [`FileError::Other`], where its words are all that is known.
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
        reason: Error,
    },
    /// A file in use is not where it was.
    #[error(
        "could not {action} {}: it was deleted or moved while it was in use; put it back to go on, or begin anew", path.display()
    )]
    Gone {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
        /// The system's error.
        reason: Error,
    },
    /// Not a file but a pipe, a device or a socket.
    #[error("could not {action} {}: it is no ordinary file (a pipe, a device, a socket); give a file", path.display())]
    NotOrdinary {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
    },
    /// A link where none is followed.
    #[error(
        "could not {action} {}: it is a link, and none is followed here, for it may lead anywhere; put the file itself in its place",
        path.display()
    )]
    Link {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
    },
    /// A file that lies in other places too.
    #[error(
        "{} has several names on this disk (hard links), so it may be a file from anywhere, and is refused; put a copy in its place",
        path.display()
    )]
    ManyNames {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A path that leads out of the folder it should stay in.
    #[error("{} leads out of the folder {}, which is refused; put the file itself there", path.display(), folder.display())]
    Outside {
        /// The path as it was given.
        path: PathBuf,
        /// Where it should stay.
        folder: PathBuf,
    },
    /// Something that we did not write is where a lock should be.
    #[error("{} is in the way: it is not a lock of Stitchscope, and is left as it is; give another folder, or remove it", path.display())]
    NoLock {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A file that does not fit into memory.
    #[error("could not read {}: it has {bytes} bytes, more than there is memory; check that this is the right file", path.display())]
    TooLarge {
        /// The path as it was given.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The system forbids it.
    #[error("could not {action} {}: permission denied; change its permissions or choose another place", path.display())]
    Denied {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
        /// The system's error.
        reason: Error,
    },
    /// The disk or the quota is used up. What was at the path before is unharmed.
    #[error("could not {action} {}: the disk is full; what was there before is unharmed; free some space and try again", path.display())]
    DiskFull {
        /// The path as it was given.
        path: PathBuf,
        /// What was tried.
        action: Action,
        /// The system's error.
        reason: Error,
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
        reason: Error,
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
    /// Locking a file.
    Lock,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Append => "append to",
            Self::List => "list",
            Self::Create => "make the folder",
            Self::Lock => "lock",
        })
    }
}

impl FileError {
    /// Gives the system's error its place, its action and its remedy.
    pub fn new(path: &Path, action: Action, source: Error) -> Self {
        let path = path.to_path_buf();
        #[cfg(unix)]
        if source.raw_os_error() == Some(libc::ELOOP) {
            return Self::Link { path, action };
        }
        match source.kind() {
            // Lists and makes folders: a file is in the way. Otherwise a file stands where the path has a folder.
            ErrorKind::NotADirectory if matches!(action, Action::List | Action::Create) => {
                Self::NotFolder { path, action, reason: source }
            }
            ErrorKind::AlreadyExists if action == Action::Create => Self::NotFolder { path, action, reason: source },
            ErrorKind::NotFound if action == Action::Append => Self::Gone { path, action, reason: source },
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::NotFound { path, action, reason: source },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { path, action, reason: source }
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull { path, action, reason: source },
            ErrorKind::IsADirectory => Self::IsFolder { path, action },
            _ => Self::Other { path, action, reason: source },
        }
    }

    /// The path that the error is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path, .. }
            | Self::Gone { path, .. }
            | Self::NotOrdinary { path, .. }
            | Self::Link { path, .. }
            | Self::ManyNames { path }
            | Self::Outside { path, .. }
            | Self::NoLock { path }
            | Self::TooLarge { path, .. }
            | Self::Denied { path, .. }
            | Self::DiskFull { path, .. }
            | Self::IsFolder { path, .. }
            | Self::NotFolder { path, .. }
            | Self::Short { path, .. }
            | Self::Other { path, .. } => path,
        }
    }
}
