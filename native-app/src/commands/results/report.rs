//! `stitchscope report`: a report as one page of HTML.

use std::path::Path;

use anyhow::Result;
use stitchscope_core::platform::files;
use stitchscope_figures::page;

use crate::output::read_report;

/// Writes the page.
pub fn report(path: &Path, out: &Path) -> Result<()> {
    let page = page(&read_report(path)?)?;
    files::write_atomic(out, page.as_bytes())?;
    Ok(())
}
