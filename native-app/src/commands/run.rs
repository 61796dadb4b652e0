//! `stitchscope run`: a study from a recipe.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use stitchscope_core::engine;
use stitchscope_core::platform::block_on;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::{Report, table};
use stitchscope_core::study::{self, Event, FileSources, Folder, Plan, lock};

use crate::progress::Display;
use crate::shelf::Zoo;
use crate::{output, signals, terminal};

/// Runs a recipe file.
pub fn run(path: &Path, out: Option<&Path>, json: bool, timings: bool) -> Result<()> {
    let started = Instant::now();
    let text = output::read_recipe(path)?;
    let recipe = Recipe::parse(&text, &path.display().to_string())?;
    let name = path.file_stem().map_or_else(|| "study".into(), |stem| stem.to_string_lossy().into_owned());
    let out = out.map_or_else(|| PathBuf::from("results").join(name), Path::to_path_buf);
    let report = study(&recipe, &out, &mut Display::new(json))?;
    if timings {
        terminal::remark(&timed(&report, started.elapsed().as_secs_f64()));
    }
    if !json {
        terminal::line(&format!("{}\nResults are in {}", table::render(&report), out.display()));
    }
    Ok(())
}

/// Where the time went, a line for each kind of work; `all` are the seconds of the whole command.
fn timed(report: &Report, all: f64) -> String {
    let known: f64 = report.timings.iter().map(|timing| timing.seconds).sum();
    let line = |stage: &str, seconds: f64| format!("{seconds:9.2} s  {stage}");
    // Reading, planning, opening the engine, and writing.
    let rest = ("everything else", (all - known).max(0.0));
    let stages = report.timings.iter().map(|timing| (timing.stage.as_str(), timing.seconds));
    let lines: Vec<String> =
        stages.chain([rest, ("in all", all)]).map(|(stage, seconds)| line(stage, seconds)).collect();
    lines.join("\n")
}

/// Runs a recipe into a folder and leaves its report there.
pub fn study(recipe: &Recipe, out: &Path, display: &mut Display) -> Result<Report> {
    // Everything that can be wrong with the input is found before a file is made.
    let plan = Plan::load(recipe, &FileSources { shelf: &Zoo })?;
    let choice = recipe.run.engine;
    // Asked here, so that a missing engine is told before a folder is made.
    let first = RefCell::new(Some(block_on(engine::open(choice))?));
    let open = async || match first.take() {
        Some(engine) => Ok(engine),
        None => engine::open(choice).await,
    };
    let store = Folder::create(out)?;
    signals::listen();
    // Until the report is written: a window or another command at work on the same folder would write into it.
    let (_lock, note) = lock(&store)?;
    if let Some(event) = &note {
        let _ = display.show(event);
    }
    let mut observer = |event: &Event| display.show(event);
    let report = block_on(study::run_recovering(&plan, open, &store, &mut observer));
    display.finish();
    let report = report?;
    output::write_report(out, &report)?;
    Ok(report)
}
