//! What a study leaves in its folder, and errors as one sentence.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use stitchscope_core::platform::files;
use stitchscope_core::report::Report;
use stitchscope_core::words::message;
use stitchscope_figures::{Options, compatibility, results};

/// Pixels per 1/96 inch of the PNG: 2 is sharp on a projector and in print.
const PNG_SCALE: f32 = 2.0;

/// Writes `report.json`, `cells.csv`, `figure.svg` and `figure.png` into a folder that is there.
pub fn write_report(folder: &Path, report: &Report) -> Result<()> {
    for (name, bytes) in results(report).map_err(anyhow::Error::msg)? {
        files::write_atomic(&folder.join(name), &bytes)?;
    }
    Ok(())
}

/// Writes `figure.svg` and `figure.png` of one or several reports.
pub fn write_figures(folder: &Path, reports: &[&Report]) -> Result<()> {
    let figure = compatibility(reports, Options::default())?;
    files::write_atomic(&folder.join("figure.svg"), figure.to_svg().as_bytes())?;
    files::write_atomic(&folder.join("figure.png"), &figure.to_png(PNG_SCALE)?)?;
    Ok(())
}

/// The largest report, in bytes, that is read; one of a hundred thousand cells has a tenth of this.
const LARGEST_REPORT: u64 = 1 << 30;

/// The largest recipe, in bytes, that is read; every real one is a few hundred.
const LARGEST_RECIPE: u64 = 1 << 20;

/// A report from its file.
pub fn read_report(path: &Path) -> Result<Report> {
    let bytes = read_at_most(path, LARGEST_REPORT, "report")?;
    Report::parse(&bytes).with_context(|| path.display().to_string())
}

/// The lines of a sweep's `reports.jsonl`.
pub fn read_lines(path: &Path) -> Result<Vec<String>> {
    let bytes = read_at_most(path, LARGEST_REPORT, "file of reports")?;
    let text = std::str::from_utf8(&bytes).with_context(|| {
        format!("{} is not a text file; check that this is a sweep's reports.jsonl", path.display())
    })?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The text of a recipe file.
pub fn read_recipe(path: &Path) -> Result<String> {
    let bytes = read_at_most(path, LARGEST_RECIPE, "recipe")?;
    String::from_utf8(bytes)
        .map_err(|_| anyhow!("{} is not a text file; a recipe is TOML: check that this is the file", path.display()))
}

/// A file that is refused unread when it is too large to be what it should be.
fn read_at_most(path: &Path, largest: u64, what: &str) -> Result<Vec<u8>> {
    let size = files::size(path)?;
    if size > largest {
        bail!("{} has {size} bytes and a {what} at most {largest}; check that this is the {what}", path.display());
    }
    Ok(files::read(path)?.into())
}

/// An error and what it came from, as one sentence in one line of readable length, whatever others wrote of it.
pub fn sentence(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        // A transparent wrapper repeats its source.
        if !parts.iter().any(|p| p.contains(&cause)) {
            parts.push(cause);
        }
    }
    message(&parts.join(": "))
}
