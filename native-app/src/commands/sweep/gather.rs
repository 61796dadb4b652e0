//! `stitchscope gather`: what the jobs of a sweep have left, as the reports that one process would have written.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use serde_json::json;
use stitchscope_core::platform::files;
use stitchscope_core::report::Report;
use stitchscope_core::study::{JOURNAL, RECIPE};
use stitchscope_core::sweep::{
    Assignments, Bundle, CellRows, CellsTable, Gathered, Gathering, Head, Outcomes, Record, journal, ranges,
};

use super::arguments::Studies;
use super::columns::Columns;
use super::{GatherOptions, plan, sharing};
use crate::{output, terminal};

/// Sweeps of more studies get their folders only when asked: each has a figure to draw.
const FOLDERS: usize = 100;
/// The stage of a report's timings that computes nothing of it.
const SELF_CHECK: &str = "self-check";
/// Reasons of failed jobs that are told.
const REASONS: usize = 5;

/// Gathers a sweep.
pub fn gather(options: &GatherOptions) -> Result<()> {
    let out = &options.out;
    let file = options.plan.clone().unwrap_or_else(|| out.join("plan.jsonl"));
    let outcomes = Outcomes::of(out);
    let missing = plan::missing(&file, &outcomes, Bundle::Each)?;
    if !missing.is_empty() && !options.partial {
        bail!("{}", lacking(&file, &outcomes, &missing)?);
    }
    let reader = plan::open(&file)?;
    let head = reader.head.clone();
    let folders = options.studies.map_or(head.studies <= FOLDERS, |studies| studies == Studies::All);
    let mut gathering = Gathering::new(reader, &outcomes)?;
    let mut tables = Tables::begin(out, &head)?;
    while let Some(study) = gathering.next_study()? {
        tables.add(&study)?;
        if let (true, Some(_)) = (folders, &study.report) {
            lay_down(out, &head, &study, &outcomes)?;
        }
    }
    if missing.is_empty() {
        sharing::tidy(out);
    }
    let note = gathering.note();
    let said = tables.finish(out, &head, note.as_deref())?;
    if let Some(note) = note {
        terminal::remark(&note);
    }
    if !missing.is_empty() {
        terminal::remark(&lacking(&file, &outcomes, &missing)?);
    }
    terminal::line(&said);
    Ok(())
}

/// What is missing, and why as far as it is known.
fn lacking(plan: &Path, outcomes: &Outcomes, missing: &[usize]) -> Result<String> {
    let mut reader = plan::open(plan)?;
    let jobs = reader.head.jobs;
    let mut reasons = Vec::new();
    let mut open = missing.iter().peekable();
    while let (Some(next), true) = (open.peek(), reasons.len() < REASONS) {
        let Some(job) = reader.next_job()? else { break };
        if job.index == **next {
            open.next();
            reasons
                .extend(outcomes.reason(&job.id).map(|f| format!("job {} on {}: {}", f.index, f.made.node, f.reason)));
        }
    }
    let why = if reasons.is_empty() { String::new() } else { format!("; {}", reasons.join("; ")) };
    let (count, places) = (missing.len(), ranges(missing.iter().copied()));
    Ok(format!(
        "{count} of {jobs} jobs are not finished: {places}{why}. Submit them again, or gather what is there with --partial"
    ))
}

/// A line of `reports.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    study: usize,
    set: &'a Assignments,
    report: &'a Report,
}

/// The files of a whole sweep while they are written, under temporary names.
struct Tables {
    table: CellRows,
    cells: CellsTable<BufWriter<File>>,
    columns: Columns<File>,
    reports: BufWriter<File>,
    temporary: [(PathBuf, PathBuf); 3],
    studies: usize,
    counted: usize,
    jobs: usize,
    seconds: f64,
    /// Seconds that were no computing: networks and images opened, the engine checked, results written.
    overhead: f64,
    peak_mib: u64,
    nodes: BTreeMap<String, usize>,
    engine: Option<(String, String)>,
}

impl Tables {
    fn begin(out: &Path, head: &Head) -> Result<Self> {
        let [cells, columns, reports] = ["cells.csv", "cells.parquet", "reports.jsonl"].map(|name| out.join(name));
        let create = |path: &PathBuf| {
            let beside = plan::temporary(path);
            let file = File::create(&beside).with_context(|| format!("could not write {}", beside.display()))?;
            Ok::<_, anyhow::Error>((beside, file))
        };
        let buffered = |file| BufWriter::with_capacity(1 << 20, file);
        let (beside_cells, of_cells) = create(&cells)?;
        let (beside_columns, of_columns) = create(&columns)?;
        let (beside_reports, of_reports) = create(&reports)?;
        let table = CellRows::of(&head.keys);
        Ok(Self {
            cells: CellsTable::new(buffered(of_cells), &table)?,
            columns: Columns::new(of_columns, &table.columns())?,
            table,
            reports: buffered(of_reports),
            temporary: [(beside_cells, cells), (beside_columns, columns), (beside_reports, reports)],
            studies: 0,
            counted: 0,
            jobs: 0,
            seconds: 0.0,
            overhead: 0.0,
            peak_mib: 0,
            nodes: BTreeMap::new(),
            engine: None,
        })
    }

    fn add(&mut self, study: &Gathered) -> Result<()> {
        for Record { made, report, .. } in &study.records {
            let computing = report.timings.iter().filter(|timing| timing.stage != SELF_CHECK);
            self.overhead += (made.seconds - computing.map(|timing| timing.seconds).sum::<f64>()).max(0.0);
            self.jobs += 1;
            self.seconds += made.seconds;
            self.peak_mib = self.peak_mib.max(made.peak_mib.unwrap_or(0));
            *self.nodes.entry(made.node.clone()).or_default() += 1;
        }
        let Some(report) = &study.report else { return Ok(()) };
        self.studies += 1;
        self.counted += report.cells.len();
        let environment = &report.environment;
        self.engine.get_or_insert_with(|| (environment.engine.clone(), environment.version.clone()));
        for row in self.table.rows(study) {
            self.cells.add(&row)?;
            self.columns.add(row)?;
        }
        serde_json::to_writer(&mut self.reports, &Line { study: study.number, set: &study.set, report })?;
        Ok(self.reports.write_all(b"\n")?)
    }

    /// Puts the files in their places, and a summary beside them; says what there is.
    fn finish(self, out: &Path, head: &Head, note: Option<&str>) -> Result<String> {
        self.cells.finish()?;
        self.columns.finish()?;
        self.reports.into_inner()?.sync_all()?;
        for (beside, place) in &self.temporary {
            fs::rename(beside, place).with_context(|| format!("could not write {}", place.display()))?;
        }
        let (engine, version) = self.engine.unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "a count of jobs")]
        let overhead = self.overhead / self.jobs.max(1) as f64;
        let summary = json!({
            "name": head.name, "studies": self.studies, "of_studies": head.studies, "cells": self.counted, "jobs": self.jobs,
            "of_jobs": head.jobs, "engine": engine, "version": version, "seconds": self.seconds,
            "overhead_per_job": overhead, "peak_mib": self.peak_mib,
            "nodes": self.nodes, "note": note,
        });
        let mut text = serde_json::to_vec_pretty(&summary)?;
        text.push(b'\n');
        files::write_atomic(&out.join("summary.json"), &text)?;
        Ok(format!(
            "{} of {} studies with {} cells, {} of {} jobs, each with {overhead:.2} s beside computing; results are in {}",
            self.studies,
            head.studies,
            self.counted,
            self.jobs,
            head.jobs,
            out.display()
        ))
    }
}

/// Where the folder of a study lies.
fn folder(out: &Path, head: &Head, number: usize) -> PathBuf {
    let digits = head.studies.saturating_sub(1).to_string().len();
    out.join("studies").join(format!("{number:0digits$}"))
}

/// The folder of one study, as the process leaves it that makes it alone.
fn lay_down(out: &Path, head: &Head, study: &Gathered, outcomes: &Outcomes) -> Result<()> {
    let Some(report) = &study.report else { return Ok(()) };
    let folder = folder(out, head, study.number);
    files::create_dir_all(&folder)?;
    files::write_atomic(&folder.join(RECIPE), report.recipe.as_bytes())?;
    if head.keep {
        let mut kept = Vec::new();
        for record in &study.records {
            kept.extend(outcomes.kept(record)?);
        }
        for (name, bytes) in &kept {
            let place = folder.join(name);
            files::create_dir_all(place.parent().unwrap_or(&folder))?;
            files::write_atomic(&place, bytes)?;
        }
        files::write_atomic(&folder.join(JOURNAL), &journal(report, &kept)?)?;
    }
    output::write_report(&folder, report)
}
