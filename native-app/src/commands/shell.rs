//! `stitchscope completions` and `stitchscope man`: what shells and manual readers want to know of the command line.

use std::path::Path;

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;
use stitchscope_core::platform::files;

use crate::arguments::Arguments;
use crate::terminal;

/// Prints the script that completes commands and options.
pub fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "stitchscope", &mut script);
    terminal::line(String::from_utf8(script)?.trim_end());
    Ok(())
}

/// Writes `stitchscope.1` and a page for each command into `folder`.
pub fn manual(folder: &Path) -> Result<()> {
    files::create_dir_all(folder)?;
    clap_mangen::generate_to(Arguments::command(), folder)?;
    Ok(())
}
