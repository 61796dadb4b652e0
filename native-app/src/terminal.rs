//! The one way to the terminal: what was asked for goes to standard output, what is said beside it to standard error.
//!
//! A reader that has gone away (`| head`) is no failure: what it did not read is dropped, and the work goes on. Output that cannot
//! be written for another reason, such as a full disk, is an error once the work is done: [`closing`]. What would command the terminal
//! is spelled out.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};
use stitchscope_core::words::harmless;

/// Why standard output takes no more.
static LOST: Mutex<Option<io::Error>> = Mutex::new(None);

/// A line, or several, of what was asked for: on standard output.
pub fn line(text: &str) {
    let mut lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
    if lost.is_none() {
        *lost = write(&mut io::stdout().lock(), text).err();
    }
}

/// A line beside what was asked for: on standard error. Where that cannot be written, nobody is left to hear of it.
pub fn remark(text: &str) {
    drop(write(&mut io::stderr().lock(), text));
}

/// To be called at the end of a command.
///
/// # Errors
/// If a part of what was asked for could not be printed, for another reason than that its reader had gone.
pub fn closing() -> Result<()> {
    let lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
    match lost.as_ref() {
        Some(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            bail!(
                "standard output cannot be written ({why}), so what was printed there is not complete; files are: print to another place"
            )
        }
        _ => Ok(()),
    }
}

/// The text and the end of its line at once, so that lines of several threads do not mix.
fn write(to: &mut dyn Write, text: &str) -> io::Result<()> {
    to.write_all(format!("{}\n", harmless(text)).as_bytes())?;
    to.flush()
}
