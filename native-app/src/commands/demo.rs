//! `stitchscope demo`: ordinary meets robust, both ways, from the bundled zoo.

use std::path::Path;

use anyhow::Result;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::table;

use super::run::study;
use crate::progress::Display;
use crate::{output, terminal};

/// The sub-folder of each study.
const FOLDERS: [&str; 2] = ["", "reverse"];

/// Runs both studies; the figure in `out` shows them side by side.
pub fn demo(out: &Path, json: bool) -> Result<()> {
    let mut reports = Vec::new();
    for (folder, text) in FOLDERS.into_iter().zip(stitchscope_zoo::DEMO) {
        let recipe = Recipe::parse(text, "demo recipe")?;
        if !json {
            terminal::remark(&format!("{} -> {}", recipe.front.model, recipe.end.model));
        }
        reports.push(study(&recipe, &out.join(folder), &mut Display::new(json))?);
    }
    output::write_figures(out, &reports.iter().collect::<Vec<_>>())?;
    if !json {
        for report in &reports {
            terminal::line(&table::render(report));
        }
        terminal::line(&format!(
            "Report, table and figure are in {} (the other way round in its folder reverse).\nThe figure: {}",
            out.display(),
            out.join("figure.png").display()
        ));
    }
    Ok(())
}
