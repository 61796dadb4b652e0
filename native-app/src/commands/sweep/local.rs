//! A sweep on this machine: processes of the same contract as everywhere, some at once.

use std::collections::{BTreeMap, VecDeque};
use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use stitchscope_core::study::StudyError;
use stitchscope_core::sweep::{Bundle, Head, Outcomes, ranges};

use super::cancel::Watch;
use super::scripts::Script;
use super::{GatherOptions, SweepOptions, gather as gathering, plan};
use crate::{signals, terminal};

/// Tasks for each process at once: enough that all end at about the same time, few enough that starting them costs little.
const TASKS: usize = 16;
/// A task whose process was killed is started so often.
const TRIES: usize = 3;
/// How often processes are asked whether they have ended.
const PAUSE: Duration = Duration::from_millis(20);
/// How often it is said how far the sweep is.
const SAY: Duration = Duration::from_secs(10);

/// Processes at once.
pub fn workers(options: &SweepOptions) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    options.workers.unwrap_or(cores)
}

/// How many tasks the jobs are dealt to.
pub fn tasks(options: &SweepOptions, head: &Head) -> usize {
    head.jobs.min(workers(options).saturating_mul(TASKS))
}

/// A process at a task.
struct Worker {
    task: usize,
    seat: usize,
    child: Child,
}

/// Starts the tasks, waits for them, and gathers.
pub fn run(options: &SweepOptions, script: &Script<'_>, missing: Vec<usize>) -> Result<()> {
    signals::listen();
    let workers = workers(options);
    let (of, mut open) = (missing.len(), VecDeque::from(missing));
    let mut seats: Vec<usize> = (0..workers).rev().collect();
    let (mut at_work, mut tries) = (Vec::<Worker>::new(), BTreeMap::<usize, usize>::new());
    let (mut said, mut watch) = (Instant::now(), Watch::of(script.out));
    while !open.is_empty() || !at_work.is_empty() {
        if signals::asked() || watch.cancelled() {
            // What they have finished is kept, whenever they end.
            for worker in &mut at_work {
                let _ = worker.child.kill();
                let _ = worker.child.wait();
            }
            return Err(StudyError::Stopped.into());
        }
        while let (false, Some(seat)) = (open.is_empty(), seats.last().copied()) {
            let Some(task) = open.pop_front() else { break };
            seats.pop();
            at_work.push(Worker { task, seat, child: started(script, task, (seat, workers))? });
        }
        let mut still = Vec::with_capacity(at_work.len());
        for mut worker in at_work {
            match worker.child.try_wait()? {
                None => still.push(worker),
                Some(status) => {
                    seats.push(worker.seat);
                    let tried = tries.entry(worker.task).or_default();
                    *tried += 1;
                    // One that ends by itself has said why; one that was killed may do better.
                    if status.code().is_none() && *tried < TRIES {
                        open.push_back(worker.task);
                    }
                }
            }
        }
        at_work = still;
        if said.elapsed() > SAY {
            said = Instant::now();
            terminal::remark(&format!("{} of {of} tasks to go", open.len() + at_work.len()));
        }
        std::thread::sleep(PAUSE);
    }
    gather(script.out)
}

/// Starts a process for a task, on the cores of its seat.
fn started(script: &Script<'_>, task: usize, seat: (usize, usize)) -> Result<Child> {
    let log = script.out.join("logs").join(format!("task-{task}.log"));
    let log = OpenOptions::new().create(true).append(true).open(&log).with_context(|| log.display().to_string())?;
    let mut command = on_cores(script.program, seat);
    command.arg("cell").arg(script.out.join("plan.jsonl")).args(["--index", &task.to_string()]);
    command.args(script.bundling.split_whitespace());
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().with_context(|| format!("{} could not be started", script.program.display()))
}

/// The program on its share of the cores where the system can be asked for that: processes that all take all cores hinder each other.
fn on_cores(program: &Path, (seat, seats): (usize, usize)) -> Command {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let own = list.and_then(cores).map(|cores| share(&cores, seat, seats)).unwrap_or_default();
    let can =
        || Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok_and(|done| done.success());
    if own.is_empty() || seats < 2 || !can() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &ranges(own)]).arg(program);
    command
}

/// The cores of a list such as `0-3,8`, which this process may use; it may itself have been given some only.
fn cores(list: &str) -> Option<Vec<usize>> {
    let mut all = Vec::new();
    for part in list.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        all.extend(first.parse::<usize>().ok()?..=last.parse().ok()?);
    }
    Some(all)
}

/// The cores of a seat; none where there are more seats than cores.
fn share(cores: &[usize], seat: usize, seats: usize) -> Vec<usize> {
    if seats > cores.len() {
        return Vec::new();
    }
    let (from, to) = (seat * cores.len() / seats, (seat + 1) * cores.len() / seats);
    cores.get(from..to).unwrap_or_default().to_vec()
}

/// Gathers a sweep that has ended.
pub fn gather(out: &Path) -> Result<()> {
    let missing = plan::missing(&out.join("plan.jsonl"), &Outcomes::of(out), Bundle::Each)?;
    let options = GatherOptions { out: out.to_path_buf(), plan: None, partial: !missing.is_empty(), studies: None };
    gathering::gather(&options)?;
    if !missing.is_empty() {
        bail!("{} jobs are not finished; their tasks' words are in {}", missing.len(), out.join("logs").display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_share_the_cores_that_there_are() {
        let all = cores("\t0-3,8\n").unwrap();
        assert_eq!(all, [0, 1, 2, 3, 8]);
        assert_eq!((share(&all, 0, 2), share(&all, 1, 2)), (vec![0, 1], vec![2, 3, 8]));
        assert_eq!(share(&all, 0, 6), Vec::<usize>::new());
        assert_eq!(cores("all"), None);
    }
}
