//! `stitchscope plan`: a sweep's jobs, a line each; and which of them are not finished.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use stitchscope_core::study::FileSources;
use stitchscope_core::sweep::{Bundle, Head, Outcomes, PlanReader, SweepRecipe, ranges, write_plan};

use super::PlanOptions;
use crate::shelf::Zoo;
use crate::{output, terminal};

/// What a core does in a second, roughly, to say hours from days.
const SPEED: f64 = 1e10;

/// Plans, or tells what is missing.
pub fn plan(options: &PlanOptions) -> Result<()> {
    match (&options.missing, &options.out) {
        (Some(out), _) => {
            let missing = missing(&options.file, &Outcomes::of(out), options.bundling.bundle())?;
            terminal::line(&ranges(missing));
            Ok(())
        }
        (None, Some(out)) => {
            let head = write(&options.file, out)?;
            terminal::remark(&size(&head));
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

/// Plans a recipe into a file.
pub fn write(recipe: &Path, out: &Path) -> Result<Head> {
    let text = output::read_recipe(recipe)?;
    let sweep = SweepRecipe::parse(&text, &recipe.display().to_string(), &Zoo)?;
    let name = recipe.file_stem().map_or_else(|| "sweep".into(), |stem| stem.to_string_lossy());
    let beside = temporary(out);
    let written = written(&sweep, &name, &beside, out);
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Writes the plan under a temporary name and then gives it its own.
fn written(sweep: &SweepRecipe, name: &str, beside: &Path, out: &Path) -> Result<Head> {
    let failed = |path: &Path| format!("could not write {}; check that its folder is there", path.display());
    let file = OpenOptions::new().write(true).create_new(true).open(beside);
    let mut file = BufWriter::new(file.with_context(|| failed(beside))?);
    let head = write_plan(sweep, name, &FileSources { shelf: &Zoo }, &mut file, out)?;
    file.into_inner()?.sync_all()?;
    fs::rename(beside, out).with_context(|| failed(out))?;
    Ok(head)
}

/// A name beside the plan: it appears there whole or not at all.
pub fn temporary(out: &Path) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

/// A plan, to be read line by line.
pub fn open(path: &Path) -> Result<PlanReader<BufReader<File>>> {
    let file = File::open(path).with_context(|| {
        format!(
            "could not read the plan {}; make it with `stitchscope plan RECIPE -o {}`",
            path.display(),
            path.display()
        )
    })?;
    PlanReader::open(BufReader::with_capacity(1 << 20, file)).with_context(|| path.display().to_string())
}

/// Tasks with a job that is not finished.
pub fn missing(plan: &Path, outcomes: &Outcomes, bundle: Bundle) -> Result<Vec<usize>> {
    let mut reader = open(plan)?;
    let mut dealer = bundle.dealer(&reader.head);
    let mut missing = Vec::new();
    while let Some(job) = reader.next_job()? {
        let task = dealer.task(&job);
        if missing.last() != Some(&task) && !outcomes.finished(&job.id) {
            missing.push(task);
        }
    }
    Ok(missing)
}

/// A plan's size in a sentence.
#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
pub fn size(head: &Head) -> String {
    let Head { studies, jobs, cells, cost, .. } = head;
    let cost = *cost as f64;
    let time = span(cost / SPEED);
    format!(
        "{studies} studies, {jobs} jobs, {cells} cells; at most about {cost:.1e} multiply-adds, which is {time} of a core that does {SPEED:.0e} a second."
    )
}

/// Seconds as people say them.
pub fn span(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds")];
    let unit = UNITS.iter().find(|(size, _)| seconds >= 2.0 * size).unwrap_or(&(1.0, "seconds"));
    format!("{:.0} {}", seconds / unit.0, unit.1)
}
