//! `stitchscope robustbench`: what was measured as entries of RobustBench's `model_info`.

use std::path::Path;

use anyhow::Result;
use stitchscope_core::platform::files;
use stitchscope_core::report::robustbench::entries;
use stitchscope_core::study::{FileSources, unchanged};

use crate::output::read_report;
use crate::shelf::Zoo;
use crate::terminal;

/// Writes one JSON file per attacked network of the report into `folder`.
pub fn robustbench(path: &Path, folder: &Path) -> Result<()> {
    let report = read_report(path)?;
    let entries = entries(&report)?;
    for note in unchanged(&report, &FileSources { shelf: &Zoo })? {
        terminal::remark(&note);
    }
    files::create_dir_all(folder)?;
    for (name, text) in entries {
        files::write_atomic(&folder.join(&name), text.as_bytes())?;
        terminal::line(&folder.join(name).display().to_string());
    }
    Ok(())
}
