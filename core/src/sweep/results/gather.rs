//! From the records of jobs to the reports that one process would have written, study by study, none kept.

use std::collections::BTreeSet;
use std::io::BufRead;

use super::record::{Outcomes, Record};
use crate::provenance::{Inputs, hash};
use crate::recipe::Recipe;
use crate::report::{Report, Role, Timing};
use crate::study::journal::{Entry, Header, KeptDonor, Tail};
use crate::sweep::{Assignments, Job, PlanReader, SweepError};

/// A study of the plan with what its jobs have left.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// Its number, from 0.
    pub number: usize,
    /// What the sweep sets in it.
    pub set: Assignments,
    /// The report; absent while a job is not finished.
    pub report: Option<Report>,
    /// The records of its finished jobs.
    pub records: Vec<Record>,
    /// Its jobs that are not finished, by their places in the plan.
    pub missing: Vec<usize>,
}

/// Goes through a plan, study by study.
#[derive(Debug)]
pub struct Gathering<'a, R> {
    plan: PlanReader<R>,
    outcomes: &'a Outcomes,
    /// The first job of the next study.
    ahead: Option<Job>,
    /// Engine and version of the first record.
    kin: Option<(String, String)>,
    /// Devices with their threads.
    devices: BTreeSet<String>,
}

impl<'a, R: BufRead> Gathering<'a, R> {
    /// Of a plan and what its jobs have left.
    ///
    /// # Errors
    /// [`SweepError::Plan`].
    pub fn new(mut plan: PlanReader<R>, outcomes: &'a Outcomes) -> Result<Self, SweepError> {
        let ahead = plan.next_job()?;
        Ok(Self { plan, outcomes, ahead, kin: None, devices: BTreeSet::new() })
    }

    /// What should be said of devices and threads where there are several: they decide the last bits of sums.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let several = self.devices.len() > 1;
        several.then(|| {
            let all: Vec<&str> = self.devices.iter().map(String::as_str).collect();
            format!(
                "Jobs ran on {}: numbers of one study may differ from those of another by rounding.",
                all.join("; ")
            )
        })
    }

    /// The next study.
    ///
    /// # Errors
    /// [`SweepError::Plan`], [`SweepError::Record`], and [`SweepError::Mixed`] where records do not belong together.
    pub fn next_study(&mut self) -> Result<Option<Gathered>, SweepError> {
        let Some(first) = self.ahead.take() else { return Ok(None) };
        let (number, set) = (first.study, first.set.clone());
        let (mut records, mut missing) = (Vec::new(), Vec::new());
        let mut job = Some(first);
        while let Some(at) = job {
            if at.study != number {
                self.ahead = Some(at);
                break;
            }
            match self.outcomes.read(&at)? {
                Some(record) => {
                    self.admit(&at, &record)?;
                    records.push(record);
                }
                None => missing.push(at.index),
            }
            job = self.plan.next_job()?;
        }
        let report = if missing.is_empty() { Some(merged(number, &records)?) } else { None };
        Ok(Some(Gathered { number, set, report, records, missing }))
    }

    /// Refuses what another engine or version computed.
    fn admit(&mut self, job: &Job, record: &Record) -> Result<(), SweepError> {
        let environment = &record.report.environment;
        let own = (environment.engine.clone(), environment.version.clone());
        let kin = self.kin.get_or_insert_with(|| own.clone());
        if *kin != own {
            return Err(SweepError::Mixed(format!(
                "job {} was computed by engine {} of version {}, those before it by engine {} of version {}; delete {} and run it again \
                 there, or name the engine in [run]",
                job.index,
                own.0,
                own.1,
                kin.0,
                kin.1,
                self.outcomes.record(&job.id).display()
            )));
        }
        let numerics = record.report.inputs.as_ref().map(|inputs| inputs.numerics);
        if numerics.is_some_and(|found| found != self.plan.head.numerics) {
            return Err(SweepError::Mixed(format!(
                "job {} was computed by another numeric version than planned",
                job.index
            )));
        }
        self.devices.insert(format!("{} ({} threads)", environment.device, environment.threads));
        Ok(())
    }
}

/// The report of a study from those of its parts.
fn merged(number: usize, records: &[Record]) -> Result<Report, SweepError> {
    let mixed =
        |what: &str| SweepError::Mixed(format!("jobs of study {number} differ in their {what}; run them again"));
    let (Some(first), others) = (records.first(), records.get(1..).unwrap_or_default()) else {
        return Err(mixed("number"));
    };
    let mut report = first.report.clone();
    for other in others {
        let part = &other.report;
        if part.recipe != report.recipe {
            return Err(mixed("recipes"));
        }
        if part.inputs != report.inputs {
            return Err(mixed("networks or images"));
        }
        if part.environment != report.environment {
            return Err(mixed("devices, threads or self-checks, so that no single machine could have made the study"));
        }
        // Donors, controls and probes come from the one job that has them.
        report.donors.extend(part.donors.iter().cloned());
        report.controls.extend(part.controls.iter().cloned());
        report.probes.extend(part.probes.iter().cloned());
        report.cells.extend(part.cells.iter().cloned());
        report.stitches.extend(part.stitches.iter().cloned());
        for timing in &part.timings {
            add(&mut report.timings, timing);
        }
    }
    report.timings.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    Ok(report)
}

fn add(timings: &mut Vec<Timing>, of: &Timing) {
    match timings.iter_mut().find(|timing| timing.stage == of.stage) {
        Some(timing) => timing.seconds += of.seconds,
        None => timings.push(of.clone()),
    }
}

/// The journal that a process leaves which makes the whole study; `kept` are its stitches and verdicts.
///
/// # Errors
/// [`SweepError::Mixed`] where a file is missing, [`SweepError::Write`] where a line cannot be written.
pub fn journal(report: &Report, kept: &[(String, Vec<u8>)]) -> Result<Vec<u8>, SweepError> {
    let recipe = Recipe::parse(&report.recipe, "the report's recipe")?;
    let failed = |why: crate::study::journal::JournalError| SweepError::Write(why.to_string());
    let table = |name: &str| kept.iter().find(|(file, _)| file == name).map(|(_, bytes)| hash(bytes));
    let inputs = report.inputs.clone().unwrap_or_else(Inputs::none);
    let (mut text, mut tail) = Tail::begin(&Header::new(recipe.fingerprint(), inputs)).map_err(failed)?;
    let donors = report.donors.iter().map(|donor| {
        let name = if donor.role == Role::Front { "verdicts/front.csv" } else { "verdicts/end.csv" };
        Ok::<_, SweepError>(Entry::Donor(KeptDonor { donor: donor.clone(), verdicts_blake3: table(name) }))
    });
    let cells = report.cells.iter().enumerate().map(|(index, cell)| {
        let (stitch_file, verdicts) =
            (format!("stitches/cell-{index}.safetensors"), format!("verdicts/cell-{index}.csv"));
        let gone = || SweepError::Mixed(format!("the stitch {stitch_file} was not kept; run its job again"));
        let stitch_blake3 =
            report.stitches.get(index).filter(|hash| table(&stitch_file).as_ref() == Some(hash)).cloned();
        let stitch_blake3 = stitch_blake3.ok_or_else(gone)?;
        Ok(Entry::Cell { cell: Box::new(cell.clone()), stitch_file, stitch_blake3, verdicts_blake3: table(&verdicts) })
    });
    let controls = report.controls.iter().map(|control| Ok(Entry::Control(Box::new(control.clone()))));
    let probes = recipe.probe.linear.then(|| Ok(Entry::Probes(report.probes.clone())));
    for entry in donors.chain(cells).chain(controls).chain(probes) {
        let (line, next) = tail.next(&entry?).map_err(failed)?;
        text.push_str(&line);
        tail = next;
    }
    Ok(text.into_bytes())
}
