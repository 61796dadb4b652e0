//! Writing a plan and reading it, a line at a time, so that a million jobs take no memory.

use std::collections::HashSet;
use std::io::{BufRead, Seek, SeekFrom, Write};

use super::check::Checker;
use super::cost;
use super::job::{Head, Job, Part, SCHEMA};
use crate::platform::{Action, FileError};
use crate::provenance::NUMERICS;
use crate::study::Sources;
use crate::sweep::{Assignments, SweepError, SweepRecipe, shown};

/// Longest line of a plan, in bytes: its head holds a recipe.
const LONGEST_LINE: u64 = 1 << 22;

/// Walks through a sweep, checks every study and writes its jobs to `out`, a file named `path` in messages.
///
/// # Errors
/// The first study that cannot be; [`SweepError::Sweep`] when two studies are the same.
pub fn write_plan(
    sweep: &SweepRecipe,
    name: &str,
    sources: &dyn Sources,
    out: &mut (impl Write + Seek),
    path: &std::path::Path,
) -> Result<Head, SweepError> {
    let failed = |error| SweepError::File(FileError::new(path, Action::Write, error));
    let mut head = Head {
        plan: SCHEMA,
        name: name.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        numerics: NUMERICS,
        recipe: sweep.base(),
        keep: sweep.keep,
        keys: sweep.keys(),
        studies: usize::MAX,
        jobs: usize::MAX,
        cells: usize::MAX,
        cost: u64::MAX,
    };
    // The totals are known at the end: room is left for them.
    let room = json(&head)?.len();
    writeln!(out, "{:room$}", "").map_err(failed)?;
    (head.studies, head.jobs, head.cells, head.cost) = (0, 0, 0, 0);
    let mut checker = Checker::new(sources);
    let mut ids = HashSet::new();
    sweep.walk(&mut |point| {
        let checked = checker.check(point)?;
        let seeds = point.recipe.stitch.seeds.len();
        let each = cost::cell(point.recipe, checked.size, seeds as u64);
        for (part, cells) in Part::all(checked.pairs * seeds, sweep.split) {
            let id = checked.identity.id(point.recipe, part);
            if !ids.insert(u128::from_str_radix(&id, 16).unwrap_or_default()) {
                return Err(twice(sweep, point.number, point.set));
            }
            let common = cost::passes(checked.size).saturating_add(cost::rest(point.recipe, checked.size));
            // The jobs of a study that is split find what they share.
            let common = if matches!(part, Part::Study | Part::Shared) { common } else { 0 };
            let cost = common.saturating_add(each.saturating_mul(cells as u64));
            let job = Job { index: head.jobs, id, study: head.studies, part, cells, cost, set: point.set.clone() };
            writeln!(out, "{}", json(&job)?).map_err(failed)?;
            head.jobs += 1;
            head.cells += cells;
            head.cost = head.cost.saturating_add(cost);
        }
        head.studies += 1;
        Ok(())
    })?;
    out.seek(SeekFrom::Start(0)).map_err(failed)?;
    write!(out, "{:room$}", json(&head)?).map_err(failed)?;
    out.flush().map_err(failed)?;
    Ok(head)
}

fn twice(sweep: &SweepRecipe, number: usize, set: &Assignments) -> SweepError {
    SweepError::Sweep {
        file: sweep.file.clone(),
        what: format!("study {number} of the sweep ({}) is one of those before it", shown(set)),
        remedy: "leave out the value or the row that stands twice".to_owned(),
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, SweepError> {
    serde_json::to_string(value).map_err(|e| SweepError::Write(format!("a plan's line could not be written ({e})")))
}

/// A plan that is read line by line.
#[derive(Debug)]
pub struct PlanReader<R> {
    lines: R,
    /// Its first line.
    pub head: Head,
    /// Jobs read so far.
    read: usize,
    text: Vec<u8>,
}

impl<R: BufRead> PlanReader<R> {
    /// Reads the head.
    ///
    /// # Errors
    /// [`SweepError::Plan`] when this is no plan or one of a later version.
    pub fn open(mut lines: R) -> Result<Self, SweepError> {
        let mut text = Vec::new();
        line(&mut lines, &mut text, 1)?;
        let wrong = |why: String| SweepError::Plan { line: 1, why };
        let head: Head =
            serde_json::from_slice(&text).map_err(|e| wrong(format!("it is not the head of a plan ({e})")))?;
        if head.plan > SCHEMA {
            return Err(wrong(format!("the plan is of schema {}, this program reads up to {SCHEMA}", head.plan)));
        }
        Ok(Self { lines, head, read: 0, text })
    }

    /// The next job.
    ///
    /// # Errors
    /// [`SweepError::Plan`] for a line that does not read, stands in a wrong place or is missing.
    pub fn next_job(&mut self) -> Result<Option<Job>, SweepError> {
        let number = self.read + 2;
        let wrong = |why: String| SweepError::Plan { line: number, why };
        if !line(&mut self.lines, &mut self.text, number)? {
            let (read, jobs) = (self.read, self.head.jobs);
            return if read == jobs {
                Ok(None)
            } else {
                Err(wrong(format!("the plan ends after {read} of its {jobs} jobs")))
            };
        }
        let job: Job = serde_json::from_slice(&self.text).map_err(|e| wrong(format!("it is no job ({e})")))?;
        let hex = job.id.len() == 32 && job.id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if job.index != self.read || !hex {
            return Err(wrong("it is not the job that belongs there".to_owned()));
        }
        self.read += 1;
        Ok(Some(job))
    }

    /// Passes over a job without reading what is in it; whether there was one.
    ///
    /// # Errors
    /// [`SweepError::Plan`] when the file cannot be read.
    pub fn skip_job(&mut self) -> Result<bool, SweepError> {
        let there = line(&mut self.lines, &mut self.text, self.read + 2)?;
        self.read += usize::from(there);
        Ok(there)
    }
}

/// Reads a line without its end; whether there was one.
fn line(from: &mut impl BufRead, text: &mut Vec<u8>, number: usize) -> Result<bool, SweepError> {
    text.clear();
    let failed = |e: std::io::Error| SweepError::Plan { line: number, why: format!("it cannot be read ({e})") };
    let count = std::io::Read::take(from, LONGEST_LINE).read_until(b'\n', text).map_err(failed)?;
    let whole = text.pop_if(|last| *last == b'\n').is_some();
    if count > 0 && !whole {
        return Err(SweepError::Plan { line: number, why: "it is not whole".to_owned() });
    }
    Ok(count > 0)
}
