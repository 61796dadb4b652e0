//! `stitchscope figure`: the main figure of one or several reports.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use stitchscope_core::platform::files;
use stitchscope_core::report::Report;
use stitchscope_figures::theme::Theme;
use stitchscope_figures::{Options, compatibility};

use crate::output::read_report;

/// Draws the reports side by side into an SVG or PNG file.
pub fn figure(paths: &[PathBuf], out: &Path, dark: bool) -> Result<()> {
    let reports: Vec<Report> = paths.iter().map(|path| read_report(path)).collect::<Result<_>>()?;
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let figure = compatibility(&reports.iter().collect::<Vec<_>>(), Options { theme, ..Options::default() })?;
    let bytes = match out.extension().and_then(|e| e.to_str()) {
        Some("svg") => figure.to_svg().into_bytes(),
        Some("png") => figure.to_png(2.0)?,
        _ => bail!("{}: a figure is written as .svg or .png; give one of these endings", out.display()),
    };
    files::write_atomic(out, &bytes)?;
    Ok(())
}
