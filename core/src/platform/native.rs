//! The desktop's side: the ordinary file system, written so that a crash or a full disk never harms an older file.

pub use pollster::block_on;

/// Files and folders of this machine.
pub mod files {
    use crate::platform::{Action, FileError, Held, Lock};
    use bytes::Bytes;
    use std::fs::{self, File, OpenOptions, TryLockError};
    use std::io::{self, Read, Seek, SeekFrom, Write};
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU32, Ordering};

    /// The whole file.
    pub fn read(path: &Path) -> Result<Bytes, FileError> {
        // Asked first, because not every system calls this error by its name.
        if path.is_dir() {
            return Err(FileError::IsFolder { path: path.to_path_buf(), action: Action::Read });
        }
        fs::read(path).map(Bytes::from).map_err(|source| FileError::new(path, Action::Read, source))
    }

    /// How many bytes the file has.
    pub fn size(path: &Path) -> Result<u64, FileError> {
        if path.is_dir() {
            return Err(FileError::IsFolder { path: path.to_path_buf(), action: Action::Read });
        }
        fs::metadata(path).map(|found| found.len()).map_err(|source| FileError::new(path, Action::Read, source))
    }

    /// The first `most` bytes, or all where the file has fewer, and how many it has: enough to refuse a wrong file.
    pub fn read_start(path: &Path, most: usize) -> Result<(Vec<u8>, u64), FileError> {
        let size = size(path)?;
        let start = read_range(path, 0, usize::try_from(size).unwrap_or(usize::MAX).min(most))?;
        Ok((start, size))
    }

    /// `length` bytes from byte `offset` on; [`FileError::Short`] where the file ends before them.
    pub fn read_range(path: &Path, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let failed = |source| FileError::new(path, Action::Read, source);
        let mut file = File::open(path).map_err(failed)?;
        let actual = file.metadata().map_err(failed)?.len();
        // Checked before allocating: the length may come from a damaged header.
        let end = u64::try_from(length).ok().and_then(|length| offset.checked_add(length));
        if end.is_none_or(|end| end > actual) {
            return Err(FileError::Short { path: path.to_path_buf(), offset, length, actual });
        }
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    /// Puts `bytes` at `path`, whole or not at all: a crash, an error or a full disk leaves what was there before.
    pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        if path.is_dir() {
            return Err(FileError::IsFolder { path: path.to_path_buf(), action: Action::Write });
        }
        replace(path, |file| file.write_all(bytes)).map_err(|source| FileError::new(path, Action::Write, source))
    }

    /// Adds `bytes` to the end of the file (made if missing) and waits until the disk has them.
    ///
    /// After an error the file is cut back to its former length, so that a journal keeps only whole entries.
    pub fn append_synced(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        append(path, |file| file.write_all(bytes)).map_err(|source| FileError::new(path, Action::Append, source))
    }

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

    /// Whether anything is there (links are followed).
    pub fn exists(path: &Path) -> bool {
        path.exists()
    }

    /// Makes the folder and those above it; fine if it is there already.
    pub fn create_dir_all(path: &Path) -> Result<(), FileError> {
        fs::create_dir_all(path).map_err(|source| FileError::new(path, Action::Create, source))
    }

    /// Tries to lock the file (made if missing), without waiting. File systems that know no locks answer [`Held::Free`].
    pub fn lock(path: &Path) -> Result<Held, FileError> {
        let failed = |source| FileError::new(path, Action::Create, source);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                // Where the system forbids reading a locked file, the number stays unknown.
                let text = fs::read_to_string(path).unwrap_or_default();
                return Ok(Held::Theirs(text.trim().parse().ok()));
            }
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(Held::Free),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Ok(()) => {}
        }
        let stale = file.metadata().map_err(failed)?.len() > 0;
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.write_all(std::process::id().to_string().as_bytes())
        };
        write(&mut file).map_err(failed)?;
        let lock = Lock::new(file);
        Ok(if stale { Held::Stale(lock) } else { Held::Mine(lock) })
    }

    fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
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

    fn temporary_beside(path: &Path) -> io::Result<PathBuf> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name =
            path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        Ok(path.with_file_name(hidden))
    }

    /// Makes the rename itself last through a power cut. Best effort: some systems cannot open a folder.
    fn sync_folder(path: &Path) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
    }

    fn append(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        let before = file.metadata()?.len();
        let done = write(&mut file).and_then(|()| file.sync_data());
        if done.is_err() {
            // The first error is the one to tell.
            let _ = file.set_len(before);
        }
        done
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn full(file: &mut File) -> io::Result<()> {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        }

        #[test]
        fn a_file_is_replaced_whole() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("report.json");
            write_atomic(&path, b"old").unwrap();
            write_atomic(&path, b"new").unwrap();
            assert_eq!(read(&path).unwrap(), &b"new"[..]);
            assert_eq!(list(folder.path()).unwrap(), [path]);
        }

        #[test]
        fn a_full_disk_leaves_the_old_file_and_no_litter() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("report.json");
            write_atomic(&path, b"old").unwrap();
            let error = FileError::new(&path, Action::Write, replace(&path, full).unwrap_err());
            assert!(matches!(error, FileError::DiskFull { .. }));
            assert!(error.to_string().contains("report.json: the disk is full"), "{error}");
            assert_eq!(read(&path).unwrap(), &b"old"[..]);
            assert_eq!(list(folder.path()).unwrap(), [path]);
        }

        #[test]
        fn a_failed_append_leaves_whole_entries() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("journal");
            append_synced(&path, b"one\n").unwrap();
            append(&path, full).unwrap_err();
            append_synced(&path, b"two\n").unwrap();
            assert_eq!(read(&path).unwrap(), &b"one\ntwo\n"[..]);
        }

        #[test]
        fn a_range_beyond_the_end_is_refused_before_allocating() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("weights");
            write_atomic(&path, b"0123456789").unwrap();
            assert_eq!(read_range(&path, 3, 4).unwrap(), b"3456");
            for (offset, length) in [(8, 3), (0, usize::MAX), (u64::MAX, 1)] {
                let error = read_range(&path, offset, length).unwrap_err();
                assert!(matches!(error, FileError::Short { actual: 10, .. }), "{error}");
            }
        }

        #[test]
        fn a_lock_is_one_programs_until_it_is_dropped_and_a_crash_leaves_a_trace() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("lock");
            let first = lock(&path).unwrap();
            assert!(matches!(first, Held::Mine(_)));
            assert!(matches!(lock(&path).unwrap(), Held::Theirs(Some(id)) if id == std::process::id()));
            drop(first);
            assert!(matches!(lock(&path).unwrap(), Held::Mine(_)));
            // What a program leaves that was killed: its number, and no lock.
            fs::write(&path, "4194304").unwrap();
            assert!(matches!(lock(&path).unwrap(), Held::Stale(_)));
        }

        #[test]
        fn errors_name_the_path_and_the_remedy() {
            let folder = tempfile::tempdir().unwrap();
            let missing = folder.path().join("nowhere").join("file");
            for error in [
                read(&missing).unwrap_err(),
                write_atomic(&missing, b"").unwrap_err(),
                append_synced(&missing, b"").unwrap_err(),
                list(&missing).unwrap_err(),
            ] {
                assert!(matches!(error, FileError::NotFound { .. }), "{error}");
                assert_eq!(error.path(), missing);
                assert!(error.to_string().contains("check the spelling"), "{error}");
            }
            assert!(matches!(read(folder.path()).unwrap_err(), FileError::IsFolder { .. }));
            assert!(matches!(write_atomic(folder.path(), b"").unwrap_err(), FileError::IsFolder { .. }));
        }

        #[test]
        fn a_file_in_the_way_of_a_folder_is_named() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("taken");
            write_atomic(&path, b"").unwrap();
            assert!(matches!(create_dir_all(&path).unwrap_err(), FileError::NotFolder { .. }));
            assert!(matches!(list(&path).unwrap_err(), FileError::NotFolder { .. }));
            create_dir_all(&folder.path().join("a/b")).unwrap();
            assert!(is_dir(&folder.path().join("a/b")) && exists(&path) && !is_dir(&path));
        }
    }
}
