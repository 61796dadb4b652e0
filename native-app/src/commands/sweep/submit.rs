//! `stitchscope sweep`: plans a sweep and hands its tasks to an engine.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use stitchscope_core::platform::files;
use stitchscope_core::sweep::{Bundle, Head, Outcomes, Part, ranges};

use super::arguments::Engine;
use super::scripts::{FIRST, Script};
use super::{SweepOptions, cancel, local, plan, status};
use crate::terminal;

/// More tasks than most centres take in one array.
const MOST_TASKS: usize = 1000;

/// What was submitted, as the sweep's folder keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Submitted {
    /// The engine.
    pub engine: String,
    /// What it calls the submission.
    pub id: String,
    /// The command that ends it.
    pub cancel: Vec<String>,
}

/// Plans and submits, or tells, or ends.
pub fn sweep(options: &SweepOptions) -> Result<()> {
    if let Some(out) = &options.status {
        return status::status(out);
    }
    if let Some(out) = &options.cancel {
        return cancel::cancel(out);
    }
    let Some(recipe) = &options.recipe else { return Ok(()) };
    let name = recipe.file_stem().map_or_else(|| "sweep".into(), |stem| stem.to_string_lossy().into_owned());
    let out = options.out.clone().unwrap_or_else(|| PathBuf::from("results").join(&name));
    let head = planned(recipe, &out)?;
    terminal::remark(&plan::size(&head));
    let out = std::path::absolute(&out)?;
    let bundle = bundle(options, &head);
    let missing = plan::missing(&out.join("plan.jsonl"), &Outcomes::of(&out), bundle)?;
    if !options.dry_run {
        cancel::lift(&out);
    }
    if missing.is_empty() {
        terminal::remark("Every job is finished.");
        return local::gather(&out);
    }
    let (program, bundling) = (std::env::current_exe()?, bundling(bundle));
    let places = ranges(missing.iter().copied());
    let [first, then] = stages(&out, bundle, &missing)?;
    let stages = [first.as_str(), then.as_str()];
    let script =
        Script { name: &head.name, program: &program, out: &out, places: &places, stages, bundling: &bundling };
    files::create_dir_all(&out.join("logs"))?;
    match options.on {
        Engine::Local if options.dry_run => {
            let (program, plan) = (program.display(), out.join("plan.jsonl"));
            terminal::line(&format!("{} processes at once, for TASK in {places}:", local::workers(options)));
            terminal::line(&format!("{program} cell {} --index TASK{bundling}", plan.display()));
            Ok(())
        }
        Engine::Local => local::run(options, &script, missing),
        Engine::Slurm => slurm(options, &script),
        Engine::Hq => hq(options, &script),
    }
}

/// The sweep's plan in its folder; one that is there must be of the same sweep.
fn planned(recipe: &Path, out: &Path) -> Result<Head> {
    files::create_dir_all(out)?;
    let (place, fresh) = (out.join("plan.jsonl"), out.join("plan.new.jsonl"));
    let head = plan::write(recipe, &fresh)?;
    if !files::exists(&place) {
        std::fs::rename(&fresh, &place)?;
        return Ok(head);
    }
    let same = same(&place, &fresh)?;
    std::fs::remove_file(&fresh)?;
    if !same {
        bail!(
            "{} is of another sweep, or a network, image set or version has changed since; give another --out, or delete that plan: \
             results of jobs that are the same stay valid",
            place.display()
        );
    }
    Ok(head)
}

/// Whether two plans are the same, read piece by piece.
fn same(one: &Path, other: &Path) -> Result<bool> {
    use std::io::{BufRead as _, BufReader};
    let open = |path: &Path| std::fs::File::open(path).map(BufReader::new).with_context(|| path.display().to_string());
    let (mut one, mut other) = (open(one)?, open(other)?);
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let common = left.len().min(right.len());
        if left.get(..common) != right.get(..common) || (common == 0 && left.len() != right.len()) {
            return Ok(false);
        }
        if common == 0 {
            return Ok(true);
        }
        one.consume(common);
        other.consume(common);
    }
}

/// As asked; else a task for each job, as long as arrays take them.
fn bundle(options: &SweepOptions, head: &Head) -> Bundle {
    match options.bundling.bundle() {
        Bundle::Each if options.on == Engine::Local => Bundle::Tasks(local::tasks(options, head)),
        Bundle::Each if head.jobs > MOST_TASKS => Bundle::Tasks(MOST_TASKS),
        asked => asked,
    }
}

fn bundling(bundle: Bundle) -> String {
    match bundle {
        Bundle::Each => String::new(),
        Bundle::Chunk(jobs) => format!(" --chunk {jobs}"),
        Bundle::Tasks(tasks) => format!(" --tasks {tasks}"),
    }
}

fn slurm(options: &SweepOptions, script: &Script<'_>) -> Result<()> {
    let text = script.slurm(options);
    if options.dry_run {
        terminal::line(&text);
        let stages = script.slurm_stages(options, &script.place("slurm").display().to_string());
        stages.iter().filter(|_| stages.len() > 1).for_each(|command| terminal::line(&shown(command)));
        terminal::line(&shown(&script.slurm_gather("ARRAY")));
        return Ok(());
    }
    let place = kept(script, "slurm", &text)?;
    let mut arrays: Vec<String> = Vec::new();
    for stage in script.slurm_stages(options, &place) {
        let first = arrays.first().cloned().unwrap_or_default();
        arrays.push(submit(&waiting(stage, &first))?);
    }
    let gather = submit(&script.slurm_gather(&arrays.join(":")))?;
    let cancel = ["scancel".to_owned()].into_iter().chain(arrays.iter().cloned()).chain([gather]).collect();
    told(script, &Submitted { engine: "slurm".to_owned(), id: arrays.join(" and "), cancel })
}

/// The command with what Slurm calls the array that it waits for.
fn waiting(command: Vec<String>, first: &str) -> Vec<String> {
    let word = |word: String| if word.starts_with("--dependency=") { word.replace(FIRST, first) } else { word };
    command.into_iter().map(word).collect()
}

/// Submits to Slurm; gives what it calls the job. `--parsable` prints `JOB` or `JOB;CLUSTER`.
fn submit(command: &[String]) -> Result<String> {
    Ok(said(command)?.split(';').next().unwrap_or_default().to_owned())
}

/// Missing tasks that make what others share, and the others, where a task is a job and there are both.
fn stages(out: &Path, bundle: Bundle, missing: &[usize]) -> Result<[String; 2]> {
    if bundle != Bundle::Each {
        return Ok(Default::default());
    }
    let mut reader = plan::open(&out.join("plan.jsonl"))?;
    let mut stages = [Vec::new(), Vec::new()];
    let mut open = missing.iter().peekable();
    while let Some(job) = reader.next_job()? {
        if open.next_if(|next| **next == job.index).is_some() {
            stages[usize::from(job.part != Part::Shared)].push(job.index);
        }
    }
    Ok(stages.map(ranges))
}

fn hq(options: &SweepOptions, script: &Script<'_>) -> Result<()> {
    let text = script.hq(options);
    if options.dry_run {
        terminal::line(&text);
        return Ok(());
    }
    let place = kept(script, "hq", &text)?;
    let command = ["hq", "submit", "--output-mode=quiet", &place].map(str::to_owned);
    let id = said(&command)?;
    let cancel = ["hq", "job", "cancel", &id].map(str::to_owned).into();
    told(script, &Submitted { engine: "hq".to_owned(), id, cancel })
}

/// Writes the script that is submitted, so that it can be looked at; gives its place.
fn kept(script: &Script<'_>, engine: &str, text: &str) -> Result<String> {
    let place = script.place(engine);
    files::write_atomic(&place, text.as_bytes())?;
    Ok(place.display().to_string())
}

/// Runs an engine's command; gives what it prints.
fn said(command: &[String]) -> Result<String> {
    let Some((program, arguments)) = command.split_first() else { bail!("no command") };
    let missing = || {
        format!("{program} could not be started; is the engine installed here? --dry-run prints what it would be given")
    };
    let answer = Command::new(program).args(arguments).output().with_context(missing)?;
    if !answer.status.success() {
        bail!("`{}` says: {}", shown(command), String::from_utf8_lossy(&answer.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

fn shown(command: &[String]) -> String {
    let word =
        |word: &String| if word.contains(' ') { format!("'{}'", word.replace('\'', r"'\''")) } else { word.clone() };
    command.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn told(script: &Script<'_>, submitted: &Submitted) -> Result<()> {
    let Submitted { engine, id, .. } = submitted;
    terminal::line(&format!(
        "Submitted to {engine} as {id}. `stitchscope sweep --status {}` tells how far it is.",
        script.out.display()
    ));
    files::write_atomic(&script.out.join("submitted.json"), &serde_json::to_vec(submitted)?)?;
    Ok(())
}

/// What was submitted last from this folder.
pub fn submitted(out: &Path) -> Result<Option<Submitted>> {
    let place = out.join("submitted.json");
    if !files::exists(&place) {
        return Ok(None);
    }
    let submitted = serde_json::from_slice(&files::read_own(&place)?);
    Ok(Some(submitted.with_context(|| place.display().to_string())?))
}
