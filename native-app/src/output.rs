//! What a study leaves in its folder, and errors as one sentence.

use std::path::Path;

use anyhow::{Context as _, Result};
use stitchscope_core::platform::files;
use stitchscope_core::study::csv;
use stitchscope_core::study::report::Report;
use stitchscope_ui::figure::{Options, compatibility};

/// Pixels per 1/96 inch of the PNG: 2 is sharp on a projector and in print.
const PNG_SCALE: f32 = 2.0;

/// Writes `report.json`, `cells.csv`, `figure.svg` and `figure.png`.
pub fn write_report(folder: &Path, report: &Report) -> Result<()> {
    files::create_dir_all(folder)?;
    files::write_atomic(&folder.join("report.json"), report.to_json()?.as_bytes())?;
    let mut cells = Vec::new();
    csv::write_cells(&report.cells, &mut cells)?;
    files::write_atomic(&folder.join("cells.csv"), &cells)?;
    write_figures(folder, &[report])
}

/// Writes `figure.svg` and `figure.png` of one or several reports.
pub fn write_figures(folder: &Path, reports: &[&Report]) -> Result<()> {
    let figure = compatibility(reports, Options::default())?;
    files::write_atomic(&folder.join("figure.svg"), figure.to_svg().as_bytes())?;
    files::write_atomic(&folder.join("figure.png"), &figure.to_png(PNG_SCALE)?)?;
    Ok(())
}

/// A report from its file.
pub fn read_report(path: &Path) -> Result<Report> {
    let bytes = files::read(path)?;
    Report::parse(&bytes).with_context(|| path.display().to_string())
}

/// An error and what it came from, as one sentence.
pub fn sentence(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        // A transparent wrapper repeats its source.
        if !parts.iter().any(|p| p.contains(&cause)) {
            parts.push(cause);
        }
    }
    parts.join(": ")
}
