//! The one door through which everything is opened that is read: ordinary files only. A pipe would hold the program for ever, a device
//! might have no end, and either can lie where a file is expected.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;

use crate::platform::{Action, FileError};

/// Whether the last part of a path may be a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    /// A person named it: links of theirs are followed.
    Followed,
    /// A file's content named it, or it lies in a folder of ours: a link might lead anywhere.
    Refused,
}

/// The whole file. Links are followed: a person named it.
pub fn read(path: &Path) -> Result<Bytes, FileError> {
    whole(path, open(path, Links::Followed, Action::Read)?)
}

/// As [`read`], of a file that we wrote ourselves: it is no link.
pub fn read_own(path: &Path) -> Result<Bytes, FileError> {
    whole(path, open(path, Links::Refused, Action::Read)?)
}

/// How many bytes the file has.
pub fn size(path: &Path) -> Result<u64, FileError> {
    let found = fs::metadata(path).map_err(|source| FileError::new(path, Action::Read, source))?;
    ordinary(path, Action::Read, &found)?;
    Ok(found.len())
}

/// The first `most` bytes, or all where the file has fewer, and how many it has: enough to refuse a wrong file.
pub(crate) fn read_start(path: &Path, most: usize) -> Result<(Vec<u8>, u64), FileError> {
    let size = size(path)?;
    let start = read_range(path, 0, usize::try_from(size).unwrap_or(usize::MAX).min(most))?;
    Ok((start, size))
}

/// `length` bytes from byte `offset` on; [`FileError::Short`] where the file ends before them.
pub fn read_range(path: &Path, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
    range(path, open(path, Links::Followed, Action::Read)?, offset, length)
}

/// `length` bytes from byte `offset` on of a file that the content of another one names, relative to `folder`.
///
/// It lies in the folder, with all links resolved, is no link itself and has no second name anywhere, so that nobody's other files
/// come out through it.
pub(crate) fn read_inside(folder: &Path, location: &Path, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
    let path = folder.join(location);
    let outside = || FileError::Outside { path: path.clone(), folder: folder.to_path_buf() };
    if !location.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(outside());
    }
    let failed = |source| FileError::new(&path, Action::Read, source);
    let above = path.parent().unwrap_or(folder);
    let resolve = |folder: &Path| fs::canonicalize(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let (root, resolved) = (resolve(folder).map_err(failed)?, resolve(above).map_err(failed)?);
    if !resolved.starts_with(&root) {
        return Err(outside());
    }
    let name = location.file_name().ok_or_else(outside)?;
    let file = open(&resolved.join(name), Links::Refused, Action::Read).map_err(|why| why.at(&path))?;
    if names(&file.metadata().map_err(failed)?) > 1 {
        return Err(FileError::ManyNames { path });
    }
    range(&path, file, offset, length)
}

/// Opens an ordinary file for reading.
pub(super) fn open(path: &Path, links: Links, action: Action) -> Result<File, FileError> {
    open_with(path, links, action, OpenOptions::new().read(true))
}

/// Opens an ordinary file that is there.
pub(super) fn open_with(
    path: &Path,
    links: Links,
    action: Action,
    options: &mut OpenOptions,
) -> Result<File, FileError> {
    let failed = |source| FileError::new(path, action, source);
    // Looked at before opening, which alone may do something to a device; and after it, in case it was exchanged in between.
    let look = if links == Links::Followed { fs::metadata(path) } else { fs::symlink_metadata(path) };
    ordinary(path, action, &look.map_err(failed)?)?;
    let file = plain(options, links).open(path).map_err(failed)?;
    ordinary(path, action, &file.metadata().map_err(failed)?)?;
    Ok(file)
}

/// Asks the system not to wait for a pipe's other end, and not to follow a link where none is wanted.
#[cfg(unix)]
pub(super) fn plain(options: &mut OpenOptions, links: Links) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let stay = if links == Links::Refused { libc::O_NOFOLLOW } else { 0 };
    options.custom_flags(libc::O_NONBLOCK | stay)
}

#[cfg(not(unix))]
pub(super) fn plain(options: &mut OpenOptions, _links: Links) -> &mut OpenOptions {
    options
}

fn ordinary(path: &Path, action: Action, found: &Metadata) -> Result<(), FileError> {
    let path = || path.to_path_buf();
    match found.file_type() {
        kind if kind.is_file() => Ok(()),
        kind if kind.is_dir() => Err(FileError::IsFolder { path: path(), action }),
        kind if kind.is_symlink() => Err(FileError::Link { path: path(), action }),
        _ => Err(FileError::NotOrdinary { path: path(), action }),
    }
}

/// How many names the file has on its file system.
#[cfg(unix)]
pub(super) fn names(found: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(found)
}

#[cfg(not(unix))]
pub(super) fn names(_found: &Metadata) -> u64 {
    1
}

fn whole(path: &Path, mut file: File) -> Result<Bytes, FileError> {
    let failed = |source| FileError::new(path, Action::Read, source);
    let length = file.metadata().map_err(failed)?.len();
    let mut bytes = Vec::new();
    // Asked for, not taken: a file of holes may say that it is larger than any memory.
    let room = usize::try_from(length).ok().and_then(|length| bytes.try_reserve_exact(length).ok());
    room.ok_or_else(|| FileError::TooLarge { path: path.to_path_buf(), bytes: length })?;
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes.into())
}

fn range(path: &Path, mut file: File, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
    let failed = |source| FileError::new(path, Action::Read, source);
    let actual = file.metadata().map_err(failed)?.len();
    // Checked before allocating: the length may come from a damaged header.
    let end = u64::try_from(length).ok().and_then(|length| offset.checked_add(length));
    if end.is_none_or(|end| end > actual) {
        return Err(FileError::Short { path: path.to_path_buf(), offset, length, actual });
    }
    file.seek(SeekFrom::Start(offset)).map_err(failed)?;
    let mut bytes = Vec::new();
    if bytes.try_reserve_exact(length).is_err() {
        return Err(FileError::TooLarge { path: path.to_path_buf(), bytes: length as u64 });
    }
    bytes.resize(length, 0);
    file.read_exact(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

impl FileError {
    /// The same of the path that people know.
    fn at(self, shown: &Path) -> Self {
        let shown = || PathBuf::from(shown);
        match self {
            Self::Link { action, .. } => Self::Link { path: shown(), action },
            Self::NotOrdinary { action, .. } => Self::NotOrdinary { path: shown(), action },
            Self::IsFolder { action, .. } => Self::IsFolder { path: shown(), action },
            Self::NotFound { action, reason, .. } => Self::NotFound { path: shown(), action, reason },
            other => other,
        }
    }
}
