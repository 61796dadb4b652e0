//! Locks. The file holds the number of the process that has it and is emptied when it is let go of; nothing else is ever cut or written.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use super::door::{Links, names, open_with, plain};
use crate::platform::{Action, FileError, Held, Lock};

/// More digits than any process number has.
const MOST: u64 = 20;

/// Tries to lock the file (made if missing), without waiting. File systems that know no locks answer [`Held::Free`].
pub fn lock(path: &Path) -> Result<Held, FileError> {
    let failed = |source| FileError::new(path, Action::Lock, source);
    let mut file = match plain(OpenOptions::new().read(true).write(true).create_new(true), Links::Refused).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            open_with(path, Links::Refused, Action::Lock, OpenOptions::new().read(true).write(true))?
        }
        made => made.map_err(failed)?,
    };
    if names(&file.metadata().map_err(failed)?) > 1 {
        return Err(FileError::ManyNames { path: path.to_path_buf() });
    }
    match file.try_lock() {
        // Where the system forbids reading a locked file, the number stays unknown.
        Err(TryLockError::WouldBlock) => return Ok(Held::Theirs(holder(&mut file).ok().flatten().flatten())),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(Held::Free),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
        Ok(()) => {}
    }
    let before = holder(&mut file).map_err(failed)?;
    let Some(before) = before else {
        return Err(FileError::NoLock { path: path.to_path_buf() });
    };
    let write = |file: &mut File| {
        file.set_len(0)?;
        io::Seek::rewind(file)?;
        file.write_all(std::process::id().to_string().as_bytes())
    };
    write(&mut file).map_err(failed)?;
    let lock = Lock::new(file);
    Ok(if before.is_some() { Held::Stale(lock) } else { Held::Mine(lock) })
}

/// The process in a lock file: `Some(None)` where it is empty, `None` where it holds something else and is no lock.
fn holder(file: &mut File) -> io::Result<Option<Option<u32>>> {
    let mut text = String::new();
    match file.take(MOST + 1).read_to_string(&mut text) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
        other => other?,
    };
    let text = text.trim();
    let number = text.len() as u64 <= MOST && text.bytes().all(|b| b.is_ascii_digit());
    // A number that is none of a process's is still one that we wrote.
    Ok(number.then(|| (!text.is_empty()).then(|| text.parse().unwrap_or(0))))
}
