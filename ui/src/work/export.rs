//! Results as files, where a person wants them.

use stitchscope_core::study::csv;
use stitchscope_core::study::report::Report;

use super::Ground;
use super::messages::{Export, Format, Subject};
use crate::figure::{Options, compatibility};
use crate::theme::Theme;

/// Pixels per 1/96 inch: print wants about three.
const PNG_SCALE: f32 = 3.0;

/// Writes the file and says where it is, or why not.
pub(super) fn write(ground: &dyn Ground, export: &Export) -> Result<String, String> {
    let bytes = match &export.subject {
        Subject::Figure { reports, format, theme, width_mm } => figure(reports, *format, *theme, *width_mm)?,
        Subject::Table(report) => {
            let mut bytes = Vec::new();
            csv::write_cells(&report.cells, &mut bytes).map_err(|error| error.to_string())?;
            bytes
        }
        Subject::Text(text) => text.clone().into_bytes(),
    };
    ground.write(&export.place, &bytes).map_err(|error| error.to_string())
}

fn figure(reports: &[Report], format: Format, theme: Theme, width_mm: f64) -> Result<Vec<u8>, String> {
    let reports: Vec<&Report> = reports.iter().collect();
    let figure = compatibility(&reports, Options { theme, width_mm }).map_err(|error| error.to_string())?;
    match format {
        Format::Svg => Ok(figure.to_svg().into_bytes()),
        Format::Png => figure.to_png(PNG_SCALE).map_err(|error| error.to_string()),
    }
}
