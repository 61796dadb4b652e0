//! `stitchscope cell`: the jobs of one task, whoever started it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use stitchscope_core::engine;
use stitchscope_core::platform::{Held, block_on};
use stitchscope_core::report::Report;
use stitchscope_core::study::{self, Event, FileSources, Flow, Folder, Memory, Plan, Pool, Store, StudyError};
use stitchscope_core::sweep::{Bundle, Head, Job, Outcomes, Part, SharedFolder};

use super::cancel::Watch;
use super::machine::made;
use super::{CellOptions, plan, sharing};
use crate::progress::Display;
use crate::shelf::Zoo;
use crate::{output, signals, terminal};

/// Where engines say which task a process is.
const PLACES: [&str; 4] = ["SLURM_ARRAY_TASK_ID", "HQ_TASK_ID", "JOB_COMPLETION_INDEX", "PBS_ARRAY_INDEX"];

/// How long a job waits before it looks again whether another one has made what both need.
const PAUSE: Duration = Duration::from_millis(250);

/// Computes a task's jobs, those that are finished left out. One that fails leaves its reason and does not keep the others from being done.
pub fn cell(options: &CellOptions) -> Result<()> {
    let out = options.out.clone().unwrap_or_else(|| beside(&options.plan));
    let (head, jobs) = chosen(options)?;
    let outcomes = Outcomes::of(&out);
    signals::listen();
    let mut display = Display::new(options.json);
    let mut watch = Watch::of(&out);
    let mut failed = 0;
    let count = jobs.len();
    let mut split: Vec<usize> = jobs.iter().filter(|job| job.part != Part::Study).map(|job| job.study).collect();
    split.dedup();
    for job in jobs {
        if outcomes.finished(&job.id) {
            terminal::remark(&format!("Job {} is finished already.", job.index));
            continue;
        }
        if watch.cancelled() {
            bail!("the sweep was ended with --cancel; submit it again to go on");
        }
        terminal::remark(&format!("Job {} ({}), study {}.", job.index, job.id, job.study));
        let started = Instant::now();
        match one((&head, &job), &outcomes, &mut display, &mut watch) {
            Ok(()) => forget(&outcomes, &job),
            Err(why) if matches!(why.downcast_ref(), Some(StudyError::Stopped)) => return Err(why),
            // Another process was at the same job and has finished it: what became of ours does not matter.
            Err(_) if outcomes.finished(&job.id) => forget(&outcomes, &job),
            Err(why) => {
                failed += 1;
                let reason = output::sentence(&why);
                terminal::remark(&format!("Job {} failed: {reason}", job.index));
                outcomes.fail(&job, &reason, made(started))?;
            }
        }
    }
    sharing::clear(&options.plan, &split, &out)?;
    if failed > 0 {
        bail!("{failed} of {count} jobs of this task failed; their reasons are in {}", out.join("failed").display());
    }
    Ok(())
}

/// The folder of a plan is its sweep's folder.
fn beside(plan: &Path) -> PathBuf {
    plan.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf()
}

/// The plan's head, and the jobs of the task.
fn chosen(options: &CellOptions) -> Result<(Head, Vec<Job>)> {
    let from_engine = || PLACES.iter().find_map(|name| std::env::var(name).ok());
    let asked = options
        .index
        .clone()
        .or_else(from_engine)
        .ok_or_else(|| anyhow!("which task? Give --index, or let an engine say it in {}", PLACES.join(", ")))?;
    let mut reader = plan::open(&options.plan)?;
    let bundle = options.bundling.bundle();
    let mut jobs = Vec::new();
    if asked.len() == 32 {
        while let Some(job) = reader.next_job()? {
            if job.id == asked {
                jobs.push(job);
                break;
            }
        }
    } else {
        let task: usize =
            asked.trim().parse().map_err(|_| anyhow!("{asked:?} is neither a task's number nor a job's id"))?;
        let tasks = bundle.tasks(reader.head.jobs);
        if task >= tasks {
            bail!("{} has {tasks} tasks, counted from 0; there is no task {task}", options.plan.display());
        }
        // Where the number says where they stand, the lines before need not be understood.
        let skip = match bundle {
            Bundle::Each => task,
            Bundle::Chunk(each) => task.saturating_mul(each),
            Bundle::Tasks(_) => 0,
        };
        for _ in 0..skip {
            reader.skip_job()?;
        }
        let mut dealer = bundle.dealer(&reader.head);
        while let Some(job) = reader.next_job()? {
            match dealer.task(&job) {
                of if of == task => jobs.push(job),
                of if of > task => break,
                _ => {}
            }
        }
    }
    if jobs.is_empty() && asked.len() == 32 {
        bail!("{} has no job {asked}", options.plan.display());
    }
    Ok((reader.head, jobs))
}

/// Computes one job and keeps what it finds.
fn one((head, job): (&Head, &Job), outcomes: &Outcomes, display: &mut Display, watch: &mut Watch) -> Result<()> {
    let started = Instant::now();
    let recipe = job.recipe(head)?;
    let mut plan = Plan::load(&recipe, &FileSources { shelf: &Zoo })?;
    let shared = job.check(&plan)?;
    plan.share = job.part.into();
    let common = SharedFolder::of(outcomes.root(), &shared, Box::new(|| std::thread::sleep(PAUSE)));
    let pool: Option<&dyn Pool> = if job.part == Part::Study { None } else { Some(&common) };
    // Its work so far lies in a folder, so that a task that was ended goes on. Where another one is at the same job, or where the file
    // system cannot tell, it is kept apart, in memory.
    let folder = Folder::create(&outcomes.workplace(&job.id))?;
    let held = folder.lock()?;
    let apart = Memory::default();
    let store: &dyn Store = if matches!(held, Held::Mine(_) | Held::Stale(_)) { &folder } else { &apart };
    let mut observer = |event: &Event| {
        common.alive();
        let flow = display.show(event);
        if watch.cancelled() { Flow::Stop } else { flow }
    };
    let choice = recipe.run.engine;
    let open = async || engine::open(choice).await;
    let report = block_on(study::run_share_recovering(&plan, open, (store, pool), &mut observer));
    display.finish();
    let report = report?;
    let kept = if head.keep { kept(job, &report, store)? } else { Vec::new() };
    outcomes.keep(job, &report, &kept, made(started))?;
    Ok(())
}

/// Stitches and verdicts of the job.
fn kept(job: &Job, report: &Report, store: &dyn Store) -> Result<Vec<(String, Vec<u8>)>> {
    let first = if let Part::Cells([from, _]) = job.part { from } else { 0 };
    let donors = report.donors.iter().zip(["verdicts/front.csv", "verdicts/end.csv"]).map(|(_, name)| name.to_owned());
    let cells = (first..first + report.cells.len())
        .flat_map(|at| [format!("stitches/cell-{at}.safetensors"), format!("verdicts/cell-{at}.csv")]);
    let mut all = Vec::new();
    for name in donors.chain(cells) {
        let bytes = store.get(&name)?.ok_or_else(|| anyhow!("{} is gone", store.place(&name)))?;
        all.push((name, bytes));
    }
    Ok(all)
}

/// Takes away what a finished job needs no more. Best effort: it hinders nobody.
fn forget(outcomes: &Outcomes, job: &Job) {
    let _ = std::fs::remove_dir_all(outcomes.workplace(&job.id));
    let _ = std::fs::remove_file(outcomes.failure(&job.id));
}
