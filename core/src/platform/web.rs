//! The browser's side: files are those that the page was given or has fetched, kept in memory under paths of their own. Waiting
//! is left to the page's event loop.

/// A browser does not say what it can spare.
pub(crate) const fn free_memory() -> Option<u64> {
    None
}

/// The names of the native file functions, on files in memory.
pub mod files {
    use crate::platform::{Action, FileError, Held};
    use bytes::{Bytes, BytesMut};
    use std::cell::RefCell;
    use std::collections::{BTreeMap, BTreeSet};
    use std::io::ErrorKind;
    use std::path::{Component, Path, PathBuf};

    /// All files together may take so many bytes: a page that asks for more is closed by its browser without a word.
    pub(crate) const ROOM: usize = 1 << 30;

    thread_local! {
        static FILES: RefCell<BTreeMap<PathBuf, Bytes>> = const { RefCell::new(BTreeMap::new()) };
        static CHANGED: RefCell<BTreeSet<PathBuf>> = const { RefCell::new(BTreeSet::new()) };
    }

    fn failed<T>(path: &Path, action: Action, kind: ErrorKind) -> Result<T, FileError> {
        Err(FileError::new(path, action, kind.into()))
    }

    fn with<T>(path: &Path, look: impl FnOnce(&Bytes) -> T) -> Result<T, FileError> {
        if is_dir(path) {
            return failed(path, Action::Read, ErrorKind::IsADirectory);
        }
        FILES.with_borrow(|files| match files.get(path) {
            Some(bytes) => Ok(look(bytes)),
            None => failed(path, Action::Read, ErrorKind::NotFound),
        })
    }

    /// The whole file, not copied: a network's weights are decoded from where they lie.
    pub fn read(path: &Path) -> Result<Bytes, FileError> {
        with(path, Bytes::clone)
    }

    /// How many bytes the file has.
    pub fn size(path: &Path) -> Result<u64, FileError> {
        with(path, |bytes| bytes.len() as u64)
    }

    /// The first `most` bytes, or all where the file has fewer, and how many it has.
    pub fn read_start(path: &Path, most: usize) -> Result<(Vec<u8>, u64), FileError> {
        with(path, |bytes| (bytes.iter().copied().take(most).collect(), bytes.len() as u64))
    }

    /// `length` bytes from byte `offset` on; [`FileError::Short`] where the file ends before them.
    pub fn read_range(path: &Path, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        with(path, |bytes| {
            let start = usize::try_from(offset).ok();
            let end = start.and_then(|start| start.checked_add(length));
            let part = start.zip(end).and_then(|(start, end)| bytes.get(start..end));
            let actual = bytes.len() as u64;
            part.map(<[u8]>::to_vec).ok_or_else(|| FileError::Short {
                path: path.to_path_buf(),
                offset,
                length,
                actual,
            })
        })?
    }

    /// As [`read`]: there are no links here.
    pub fn read_own(path: &Path) -> Result<Bytes, FileError> {
        read(path)
    }

    /// As [`read_range`] of a file that the content of another one names, relative to `folder`.
    pub fn read_inside(folder: &Path, location: &Path, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let path = folder.join(location);
        if !location.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(FileError::Outside { path, folder: folder.to_path_buf() });
        }
        // Files have their names without `.`.
        read_range(&path.components().collect::<PathBuf>(), offset, length)
    }

    /// Puts `bytes` at `path`, in place of what was there.
    pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        if is_dir(path) {
            return failed(path, Action::Write, ErrorKind::IsADirectory);
        }
        make_room(path, Action::Write, bytes.len())?;
        FILES.with_borrow_mut(|files| files.insert(path.to_path_buf(), Bytes::copy_from_slice(bytes)));
        CHANGED.with_borrow_mut(|changed| changed.insert(path.to_path_buf()));
        Ok(())
    }

    /// Adds `bytes` to the end of the file, which must be there.
    pub fn append_synced(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        if is_dir(path) {
            return failed(path, Action::Append, ErrorKind::IsADirectory);
        }
        if !exists(path) {
            return failed(path, Action::Append, ErrorKind::NotFound);
        }
        make_room(path, Action::Append, bytes.len())?;
        FILES.with_borrow_mut(|files| {
            // Not copied unless somebody still reads it.
            let mut all = BytesMut::from(files.remove(path).unwrap_or_default());
            all.extend_from_slice(bytes);
            files.insert(path.to_path_buf(), all.freeze());
        });
        CHANGED.with_borrow_mut(|changed| changed.insert(path.to_path_buf()));
        Ok(())
    }

    /// What lies in the folder, sorted by name.
    pub fn list(path: &Path) -> Result<Vec<PathBuf>, FileError> {
        let entries: BTreeSet<PathBuf> = FILES.with_borrow(|files| {
            let inside = files.keys().filter_map(|file| file.strip_prefix(path).ok());
            inside.filter_map(|rest| rest.components().next()).map(|first| path.join(first)).collect()
        });
        if !entries.is_empty() {
            return Ok(entries.into_iter().collect());
        }
        failed(path, Action::List, if exists(path) { ErrorKind::NotADirectory } else { ErrorKind::NotFound })
    }

    /// Whether a folder is there: files make their folders.
    pub fn is_dir(path: &Path) -> bool {
        FILES.with_borrow(|files| files.keys().any(|file| file != path && file.starts_with(path)))
    }

    /// Whether a file is there.
    pub fn is_file(path: &Path) -> bool {
        FILES.with_borrow(|files| files.contains_key(path))
    }

    /// Files in memory are written at once and leave nothing behind.
    pub fn clear_temporaries(_path: &Path) {}

    /// Whether anything is there.
    pub fn exists(path: &Path) -> bool {
        FILES.with_borrow(|files| files.contains_key(path)) || is_dir(path)
    }

    /// Folders need not be made; only a file in the way is an error.
    pub fn create_dir_all(path: &Path) -> Result<(), FileError> {
        let in_the_way = FILES.with_borrow(|files| path.ancestors().any(|folder| files.contains_key(folder)));
        if in_the_way { failed(path, Action::Create, ErrorKind::AlreadyExists) } else { Ok(()) }
    }

    /// As [`create_dir_all`]: folders are where files are.
    pub fn create_dir(path: &Path) -> Result<(), FileError> {
        create_dir_all(path)
    }

    /// Nobody else can reach files in memory.
    pub fn lock(_path: &Path) -> Result<Held, FileError> {
        Ok(Held::Free)
    }

    /// Files that were written since the last question, for a page that keeps some of them.
    #[must_use]
    pub fn changed() -> Vec<PathBuf> {
        CHANGED.take().into_iter().collect()
    }

    /// Forgets a file or a folder with all that is in it.
    pub fn forget(path: &Path) {
        FILES.with_borrow_mut(|files| files.retain(|file, _| !file.starts_with(path)));
    }

    fn make_room(path: &Path, action: Action, more: usize) -> Result<(), FileError> {
        let held: usize = FILES.with_borrow(|files| files.values().map(Bytes::len).sum());
        if held.checked_add(more).is_none_or(|sum| sum > ROOM) {
            return failed(path, action, ErrorKind::StorageFull);
        }
        Ok(())
    }
}
