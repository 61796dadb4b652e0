//! A sweep that somebody ended: a file in its folder, which tasks look for. So one word reaches tasks on all machines, whoever started them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use stitchscope_core::platform::files;

use super::submit::{Submitted, submitted};
use crate::terminal;

/// How often a task looks.
const EVERY: Duration = Duration::from_secs(2);

/// Looks for the file now and then.
pub struct Watch {
    file: PathBuf,
    last: Option<Instant>,
    found: bool,
}

impl Watch {
    /// Of the sweep in this folder.
    pub fn of(out: &Path) -> Self {
        Self { file: file(out), last: None, found: false }
    }

    /// Whether the sweep was ended, as of a moment ago.
    pub fn cancelled(&mut self) -> bool {
        if self.last.is_none_or(|last| last.elapsed() > EVERY) {
            (self.last, self.found) = (Some(Instant::now()), self.file.exists());
        }
        self.found
    }
}

fn file(out: &Path) -> PathBuf {
    out.join("cancelled")
}

/// Lets a sweep go on that was ended before.
pub fn lift(out: &Path) {
    let _ = std::fs::remove_file(file(out));
}

/// Ends the sweep in this folder, here and at the engine that it was submitted to.
pub fn cancel(out: &Path) -> Result<()> {
    files::write_atomic(&file(out), b"by stitchscope sweep --cancel\n")?;
    if let Some(Submitted { cancel, .. }) = submitted(out)?
        && let Some((program, arguments)) = cancel.split_first()
    {
        let done = Command::new(program)
            .args(arguments)
            .output()
            .with_context(|| format!("{program} could not be started"))?;
        if !done.status.success() {
            terminal::remark(&format!("{} says: {}", cancel.join(" "), String::from_utf8_lossy(&done.stderr).trim()));
        }
    }
    terminal::line(&format!(
        "The sweep in {} ends; what is finished is kept, and submitting it again goes on.",
        out.display()
    ));
    Ok(())
}
