//! `stitchscope sweep --status`: how far a sweep is, from what its jobs have left.

use std::path::Path;

use anyhow::Result;
use stitchscope_core::platform::{Held, files};
use stitchscope_core::sweep::{Job, Outcomes, ranges};

use super::plan;
use crate::terminal;

/// Records that are read to learn how fast jobs are.
const SAMPLE: usize = 200;
/// Reasons that are told.
const REASONS: usize = 5;

/// Tells how far the sweep in the folder is.
pub fn status(out: &Path) -> Result<()> {
    let outcomes = Outcomes::of(out);
    let mut reader = plan::open(&out.join("plan.jsonl"))?;
    let head = reader.head.clone();
    let (mut done, mut failed, mut left, mut reasons) = (0, Vec::new(), 0_u128, Vec::new());
    let mut sample: Vec<Job> = Vec::new();
    let step = (head.jobs / SAMPLE).max(1);
    while let Some(job) = reader.next_job()? {
        if outcomes.finished(&job.id) {
            done += 1;
            if done % step == 0 {
                sample.push(job);
            }
            continue;
        }
        left += u128::from(job.cost) + 1;
        if files::exists(&outcomes.failure(&job.id)) {
            failed.push(job.index);
            if reasons.len() < REASONS {
                reasons.extend(outcomes.reason(&job.id));
            }
        }
    }
    let (running, lost) = at_work(out)?;
    let jobs = head.jobs;
    let mut parts = vec![format!("{done} of {jobs} jobs done")];
    if running > 0 {
        parts.push(format!("{running} at work"));
    }
    if lost > 0 {
        parts.push(format!("{lost} begun and left (they go on when they are started again)"));
    }
    if !failed.is_empty() {
        parts.push(format!("{} failed: {}", failed.len(), ranges(failed)));
    }
    if let Some(seconds) = time_left(&sample, &outcomes, left, running)? {
        parts.push(format!("about {} left at this pace", plan::span(seconds)));
    }
    if out.join("cancelled").exists() {
        parts.push("ended with --cancel".to_owned());
    }
    terminal::line(&parts.join("; "));
    for failure in reasons {
        terminal::line(&format!("  job {} on {}: {}", failure.index, failure.made.node, failure.reason));
    }
    Ok(())
}

/// Jobs that somebody is at, and those that were begun and left.
fn at_work(out: &Path) -> Result<(usize, usize)> {
    let folder = out.join("work");
    if !files::is_dir(&folder) {
        return Ok((0, 0));
    }
    let (mut running, mut lost) = (0, 0);
    for place in files::list(&folder)?.into_iter().filter(|place| files::is_file(&place.join("lock"))) {
        // One that is being taken away at this moment is neither.
        match files::lock(&place.join("lock")) {
            Ok(Held::Theirs(_)) => running += 1,
            Ok(Held::Mine(_) | Held::Stale(_)) => lost += 1,
            Ok(Held::Free) | Err(_) => {}
        }
    }
    Ok((running, lost))
}

/// Seconds for what is left, at the pace of the sample and with so many at work.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn time_left(sample: &[Job], outcomes: &Outcomes, left: u128, running: usize) -> Result<Option<f64>> {
    let (mut seconds, mut cost) = (0.0, 0_u128);
    for job in sample {
        if let Some(record) = outcomes.read(job)? {
            seconds += record.made.seconds;
            cost += u128::from(job.cost) + 1;
        }
    }
    let known = cost > 0 && running > 0 && left > 0;
    Ok(known.then(|| seconds * left as f64 / cost as f64 / running as f64))
}
