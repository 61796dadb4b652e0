//! The browser's side: no file system, so every file function says so. Waiting is left to the page's event loop.

/// The names of the native file functions, each answering that there are no files here.
pub mod files {
    use crate::platform::{Action, FileError, Held};
    use std::path::{Path, PathBuf};

    fn none<T>(path: &Path, action: Action) -> Result<T, FileError> {
        Err(FileError::NoFileSystem { path: path.to_path_buf(), action })
    }

    /// Always [`FileError::NoFileSystem`].
    pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
        none(path, Action::Read)
    }

    /// Always [`FileError::NoFileSystem`].
    pub fn size(path: &Path) -> Result<u64, FileError> {
        none(path, Action::Read)
    }

    /// Always [`FileError::NoFileSystem`].
    pub fn read_start(path: &Path, _most: usize) -> Result<(Vec<u8>, u64), FileError> {
        none(path, Action::Read)
    }

    /// Always [`FileError::NoFileSystem`].
    pub fn read_range(path: &Path, _offset: u64, _length: usize) -> Result<Vec<u8>, FileError> {
        none(path, Action::Read)
    }

    /// Always [`FileError::NoFileSystem`].
    pub fn write_atomic(path: &Path, _bytes: &[u8]) -> Result<(), FileError> {
        none(path, Action::Write)
    }

    /// Always [`FileError::NoFileSystem`].
    pub fn append_synced(path: &Path, _bytes: &[u8]) -> Result<(), FileError> {
        none(path, Action::Append)
    }

    /// Always [`FileError::NoFileSystem`].
    pub fn list(path: &Path) -> Result<Vec<PathBuf>, FileError> {
        none(path, Action::List)
    }

    /// Always false.
    pub fn is_dir(_path: &Path) -> bool {
        false
    }

    /// Always false.
    pub fn exists(_path: &Path) -> bool {
        false
    }

    /// Always [`FileError::NoFileSystem`].
    pub fn create_dir_all(path: &Path) -> Result<(), FileError> {
        none(path, Action::Create)
    }

    /// Always [`FileError::NoFileSystem`].
    pub fn lock(path: &Path) -> Result<Held, FileError> {
        none(path, Action::Create)
    }
}
