//! `stitchscope foretell` and `stitchscope means`: what many reports say together, such as those of a sweep.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::Deserialize;
use stitchscope_core::foretell::{Settings, foretell, means, render, write_csv};
use stitchscope_core::platform::files;
use stitchscope_core::report::Report;
use stitchscope_core::statistics::Bootstrap;

use crate::output::{read_lines, read_report};
use crate::terminal;

/// Reports, and what is made of them.
#[derive(Clone, Debug, Args)]
pub struct ManyReports {
    /// `report.json` files, folders of studies or gathered sweeps, `reports.jsonl` files.
    #[arg(required = true)]
    reports: Vec<PathBuf>,
    /// A folder for the answer as `.txt`, `.csv` and `.json`.
    #[arg(short, long)]
    out: Option<PathBuf>,
    /// Resamples, for the intervals.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    resamples: u32,
    /// Seed of the resamples.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Leave out pairs of taps within one network.
    #[arg(long)]
    between: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// A line of a sweep's `reports.jsonl`, as far as it matters here.
#[derive(Deserialize)]
struct Line {
    study: usize,
    report: Report,
}

/// Which measure foretells the stitch.
pub fn foretold(options: &ManyReports) -> Result<()> {
    let found = foretell(&options.read()?, options.settings())?;
    let mut table = Vec::new();
    write_csv(&found, &mut table)?;
    options.answer("foretell", &render(&found), &table, &serde_json::to_string_pretty(&found)?)
}

/// Means over networks and seeds.
pub fn averaged(options: &ManyReports) -> Result<()> {
    let found = means(&options.read()?, options.settings())?;
    let mut table = Vec::new();
    found.write_csv(&mut table)?;
    options.answer("means", &found.table(), &table, &serde_json::to_string_pretty(&found)?)
}

impl ManyReports {
    fn settings(&self) -> Settings {
        let draws = Bootstrap { seed: self.seed, resamples: self.resamples };
        Settings { draws, between: self.between }
    }

    fn read(&self) -> Result<Vec<(String, Report)>> {
        let mut all = Vec::new();
        for source in &self.reports {
            all.extend(read(source)?);
        }
        Ok(all)
    }

    /// Prints the text or the JSON, and writes all forms where a folder is given.
    fn answer(&self, name: &str, text: &str, table: &[u8], json: &str) -> Result<()> {
        if let Some(folder) = &self.out {
            files::create_dir_all(folder)?;
            let json = format!("{json}\n");
            for (end, bytes) in [("txt", text.as_bytes()), ("csv", table), ("json", json.as_bytes())] {
                files::write_atomic(&folder.join(format!("{name}.{end}")), bytes)?;
            }
        }
        terminal::line(if self.json { json } else { text.trim_end() });
        Ok(())
    }
}

/// The reports that a path names, each with a name for errors.
fn read(source: &Path) -> Result<Vec<(String, Report)>> {
    let within = ["report.json", "reports.jsonl"].map(|name| source.join(name));
    let file = match within.iter().find(|path| path.is_file()) {
        Some(found) => found.as_path(),
        None if source.is_dir() => {
            bail!(
                "{} has neither report.json nor reports.jsonl; give the folder of a study that is done, or of a sweep that was gathered",
                source.display()
            )
        }
        None => source,
    };
    if file.extension().is_none_or(|end| end != "jsonl") {
        return Ok(vec![(file.display().to_string(), read_report(file)?)]);
    }
    let mut reports = Vec::new();
    for (at, line) in read_lines(file)?.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        let place = || format!("{}, line {}", file.display(), at + 1);
        let Line { study, report } = serde_json::from_str(line).with_context(place)?;
        let report = report.checked().with_context(place)?;
        reports.push((format!("study {study} of {}", file.display()), report));
    }
    Ok(reports)
}
