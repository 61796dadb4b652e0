//! Where a study keeps its journal and its stitches.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::platform::{Action, FileError, Held, files};

/// Named files of one study.
pub trait Store {
    /// The file's bytes, if it is there.
    ///
    /// # Errors
    /// [`FileError`] when it is there and cannot be read.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileError>;

    /// Writes the file whole: after a failure the old content is still there.
    ///
    /// # Errors
    /// [`FileError`].
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), FileError>;

    /// Appends to a file that is there, and makes sure that it is kept.
    ///
    /// # Errors
    /// [`FileError`], also when the file is gone.
    fn append(&self, name: &str, bytes: &[u8]) -> Result<(), FileError>;

    /// Where the file lies, for people.
    fn place(&self, name: &str) -> String;

    /// Tries to become the only one who writes this study, for as long as what is returned lives.
    ///
    /// # Errors
    /// [`FileError`] when the lock cannot be written.
    fn lock(&self) -> Result<Held, FileError> {
        Ok(Held::Free)
    }
}

/// A folder of the file system.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder, made if it is not there.
    ///
    /// # Errors
    /// [`FileError`] when it cannot be made.
    pub fn create(root: &Path) -> Result<Self, FileError> {
        files::create_dir_all(root)?;
        Ok(Self { root: root.to_path_buf() })
    }
}

impl Store for Folder {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileError> {
        let path = self.root.join(name);
        if files::exists(&path) { files::read_own(&path).map(|bytes| Some(bytes.into())) } else { Ok(None) }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = self.root.join(name);
        // Not the study's own folder: one that was deleted while the study runs must not come back with half of what was in it.
        if let Some(folder) = path.parent().filter(|folder| *folder != self.root) {
            files::create_dir(folder)?;
        }
        files::write_atomic(&path, bytes)
    }

    fn append(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        files::append_synced(&self.root.join(name), bytes)
    }

    fn place(&self, name: &str) -> String {
        self.root.join(name).display().to_string()
    }

    fn lock(&self) -> Result<Held, FileError> {
        let held = files::lock(&self.root.join("lock"))?;
        // Now nobody else writes here, and what is half written is nobody's.
        if matches!(held, Held::Mine(_) | Held::Stale(_)) {
            for folder in [&self.root, &self.root.join("stitches"), &self.root.join("verdicts")] {
                files::clear_temporaries(folder);
            }
        }
        Ok(held)
    }
}

/// A study that is kept only as long as it runs: for tests and for a page without storage.
#[derive(Debug, Default)]
pub struct Memory {
    files: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Store for Memory {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileError> {
        Ok(self.files.borrow().get(name).cloned())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.files.borrow_mut().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn append(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        match self.files.borrow_mut().get_mut(name) {
            Some(kept) => kept.extend_from_slice(bytes),
            None => return Err(FileError::new(name.as_ref(), Action::Append, ErrorKind::NotFound.into())),
        }
        Ok(())
    }

    fn place(&self, name: &str) -> String {
        name.to_owned()
    }
}
