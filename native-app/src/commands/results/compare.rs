//! `stitchscope compare`: which cells of a study differ by more than chance.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use stitchscope_core::compare::{compare, render, write_csv};
use stitchscope_core::platform::files;

use crate::output::read_report;
use crate::terminal;

/// Compares cells of the study in `folder` (or of the report in it): all, or those of `cells`.
pub fn run(source: &Path, cells: &[usize], out: Option<&Path>, json: bool) -> Result<()> {
    let file = if source.is_dir() { source.join("report.json") } else { source.to_owned() };
    let report = read_report(&file)?;
    let verdicts = file.with_file_name("verdicts");
    let chosen: Vec<usize> = if cells.is_empty() { (0..report.cells.len()).collect() } else { distinct(cells)? };
    let mut tables = Vec::with_capacity(chosen.len());
    for cell in chosen {
        let table: PathBuf = verdicts.join(format!("cell-{cell}.csv"));
        if cell < report.cells.len() && !table.is_file() {
            bail!("{} is not there; run the study again to make it anew", table.display());
        }
        tables.push((cell, if cell < report.cells.len() { files::read(&table)?.into() } else { Vec::new() }));
    }
    let found = compare(&report, &tables)?;
    let (text, as_json) = (render(&found), serde_json::to_string_pretty(&found)? + "\n");
    if let Some(folder) = out {
        files::create_dir_all(folder)?;
        let mut table = Vec::new();
        write_csv(&found, &mut table)?;
        let all = [("compare.txt", text.as_bytes()), ("compare.json", as_json.as_bytes()), ("compare.csv", &table)];
        for (name, bytes) in all {
            files::write_atomic(&folder.join(name), bytes)?;
        }
    }
    terminal::line(if json { &as_json } else { &text }.trim_end());
    Ok(())
}

fn distinct(cells: &[usize]) -> Result<Vec<usize>> {
    let mut all = cells.to_vec();
    all.sort_unstable();
    all.dedup();
    if all.len() < cells.len() {
        bail!("--cells names a cell twice; name each once");
    }
    Ok(all)
}
