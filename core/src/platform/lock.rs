//! Locks on files: two programs must not write one study.

use std::fs::File;

/// A lock that is ours until it is dropped. The system lets go of it when the program ends, in whatever way, so that no crash leaves
/// a lock behind.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// What came of an attempt to lock.
#[derive(Debug)]
pub enum Held {
    /// There is nothing to lock here: nobody else can reach these files.
    Free,
    /// It is ours.
    Mine(Lock),
    /// It is ours, and the program that had it before ended without letting go of it.
    Stale(Lock),
    /// Another program has it; the number of its process, where the system tells it.
    Theirs(Option<u32>),
}

impl Lock {
    /// Takes a file that is locked already.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) const fn new(file: File) -> Self {
        Self { file }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // An empty file says that it was let go of in good order; a failure only makes the next one say "stale".
        let _ = self.file.set_len(0);
    }
}
