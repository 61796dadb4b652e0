//! `stitchscope export`: the stitched network of one cell as ONNX.

use std::path::Path;

use anyhow::{Result, bail};
use stitchscope_core::platform::files;
use stitchscope_core::provenance::hash;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::study::{FileSources, Network, exported, unchanged};

use crate::output::read_report;
use crate::shelf::Zoo;
use crate::terminal;

/// Writes front half, stitch and end half of a cell as one network.
pub fn export(path: &Path, cell: usize, out: &Path) -> Result<()> {
    let report = read_report(path)?;
    let Some(chosen) = report.cells.get(cell) else {
        bail!("{} has {} cells, counted from 0; there is no cell {cell}", path.display(), report.cells.len());
    };
    let recipe = Recipe::parse(&report.recipe, "the report's recipe")?;
    let sources = FileSources { shelf: &Zoo };
    for note in unchanged(&report, &sources)? {
        terminal::remark(&note);
    }
    let (front, end) = Network::pair(&recipe, &sources)?;
    let file = path.with_file_name("stitches").join(format!("cell-{cell}.safetensors"));
    let stitch = files::read(&file)?;
    if report.stitches.get(cell).is_some_and(|recorded| *recorded != hash(&stitch)) {
        bail!("{} is not as the study wrote it; run the study again to make it anew", file.display());
    }
    let taps = (chosen.front_tap.as_str(), chosen.end_tap.as_str());
    files::write_atomic(out, &exported(&recipe, (&front, &end), taps, &stitch)?)?;
    Ok(())
}
