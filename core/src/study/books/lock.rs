//! A study for oneself: whoever runs one holds its lock, the window's worker and the command line alike.

use crate::platform::{FileError, Held, Lock};
use crate::study::{Event, Store};

/// Why a study cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else runs it.
    #[error(
        "another Stitchscope{process} is at work on this study, in {place}; let it finish or stop it there, then go on here: what it has finished is kept"
    )]
    Taken {
        /// ` (process 12)`, or nothing where the number cannot be read.
        process: String,
        /// The study's folder.
        place: String,
    },
    /// The lock cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The study for ourselves, as long as the lock lives (none where files know no locks); and what to tell where somebody left it
/// locked who is gone.
///
/// # Errors
/// [`LockError::Taken`] while somebody else runs it, [`LockError::File`] when the lock cannot be written.
pub fn lock(store: &dyn Store) -> Result<(Option<Lock>, Option<Event>), LockError> {
    match store.lock()? {
        Held::Free => Ok((None, None)),
        Held::Mine(lock) => Ok((Some(lock), None)),
        Held::Stale(lock) => Ok((Some(lock), Some(Event::Note { text: STALE.to_owned() }))),
        Held::Theirs(process) => {
            let process = process.map(|number| format!(" (process {number})")).unwrap_or_default();
            Err(LockError::Taken { process, place: store.place("") })
        }
    }
}

const STALE: &str = "The program that ran this study last ended without a farewell. Nothing that was finished is lost: going on from the journal.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Folder;

    #[test]
    fn the_second_one_is_told_who_has_it_and_gets_it_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let store = Folder::create(folder.path()).unwrap();
        let first = lock(&store).unwrap();
        assert!(first.0.is_some() && first.1.is_none());
        let why = lock(&store).unwrap_err().to_string();
        assert!(why.contains(&folder.path().display().to_string()) && why.contains("let it finish"), "{why}");
        drop(first);
        assert!(lock(&store).is_ok());
    }

    #[test]
    fn what_was_left_without_a_farewell_is_said_to_go_on() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lock"), b"4294967295").unwrap();
        let (lock, note) = lock(&Folder::create(folder.path()).unwrap()).unwrap();
        assert!(lock.is_some() && matches!(note, Some(Event::Note { text }) if text.contains("journal")));
    }
}
