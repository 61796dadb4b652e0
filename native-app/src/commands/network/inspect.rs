//! `stitchscope inspect`: where a network can be cut.

use anyhow::Result;
use stitchscope_core::inspect::Inspection;
use stitchscope_core::study::{FileSources, Sources as _};

use crate::arguments::Reading;
use crate::shelf::Zoo;
use crate::terminal;

/// Prints inputs, outputs and taps.
pub fn inspect(model: &str, reading: &Reading, json: bool) -> Result<()> {
    let opened = FileSources { shelf: &Zoo }.model_as(model, &reading.donor(model)?.interface(None))?;
    let inspection = Inspection::of(model, &opened);
    if json {
        terminal::line(&serde_json::to_string_pretty(&inspection)?);
    } else {
        terminal::line(&inspection.to_text());
    }
    Ok(())
}
