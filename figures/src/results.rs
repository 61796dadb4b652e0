//! What a finished study leaves, as files: the same from the window and from the command line.

use stitchscope_core::report::Report;
use stitchscope_core::report::csv;

use crate::{Options, compatibility};

/// Pixels per 1/96 inch of the PNG: 2 is sharp on a projector and in print.
const PNG_SCALE: f32 = 2.0;

/// `report.json`, `cells.csv`, `figure.svg` and `figure.png`, and `controls.csv`, `ranks.csv`, `security.csv` and `probes.csv` where there are some: names
/// and bytes.
///
/// # Errors
/// A sentence about the part that cannot be made.
pub fn results(report: &Report) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let say = |error: &dyn std::error::Error| error.to_string();
    let mut cells = Vec::new();
    csv::write_cells(&report.cells, &mut cells).map_err(|e| say(&e))?;
    let figure = compatibility(&[report], Options::default()).map_err(|e| say(&e))?;
    let mut files = vec![
        ("report.json", report.to_json().map_err(|e| say(&e))?.into_bytes()),
        ("cells.csv", cells),
        ("figure.svg", figure.to_svg().into_bytes()),
        ("figure.png", figure.to_png(PNG_SCALE).map_err(|e| say(&e))?),
    ];
    if !report.controls.is_empty() {
        let mut controls = Vec::new();
        csv::write_controls(&report.controls, &mut controls).map_err(|e| say(&e))?;
        files.push(("controls.csv", controls));
    }
    if report.cells.iter().any(|cell| !cell.ranks.is_empty()) {
        let mut ranks = Vec::new();
        csv::write_ranks(&report.cells, &mut ranks).map_err(|e| say(&e))?;
        files.push(("ranks.csv", ranks));
    }
    if report.donors.iter().any(|donor| donor.change.as_ref().is_some_and(|change| !change.curve.is_empty())) {
        let mut security = Vec::new();
        csv::write_security(report, &mut security).map_err(|e| say(&e))?;
        files.push(("security.csv", security));
    }
    if !report.probes.is_empty() {
        let mut probes = Vec::new();
        csv::write_probes(&report.probes, &mut probes).map_err(|e| say(&e))?;
        files.push(("probes.csv", probes));
    }
    Ok(files)
}
