//! What can be asked of a sweep on the command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use stitchscope_core::sweep::Bundle;

/// How jobs are shared among tasks; a task for each when left out.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Bundling {
    /// So many jobs a task.
    #[arg(long, value_name = "JOBS", value_parser = at_least_one, conflicts_with = "tasks")]
    pub chunk: Option<usize>,
    /// So many tasks, each with about the same estimated cost.
    #[arg(long, value_name = "TASKS", value_parser = at_least_one)]
    pub tasks: Option<usize>,
}

/// `stitchscope plan`.
#[derive(Debug, Args)]
pub struct PlanOptions {
    /// A recipe, mostly with `[sweep]`; with --missing a plan.
    pub file: PathBuf,
    /// The plan: a file with a job a line.
    #[arg(short, long, required_unless_present = "missing")]
    pub out: Option<PathBuf>,
    /// Print the tasks of the plan that are not finished in this folder, as ranges that engines take: 3,17-19.
    #[arg(long, value_name = "OUT", conflicts_with = "out")]
    pub missing: Option<PathBuf>,
    #[command(flatten)]
    pub bundling: Bundling,
}

/// `stitchscope cell`.
#[derive(Debug, Args)]
pub struct CellOptions {
    /// The plan.
    pub plan: PathBuf,
    /// The task's number, or a job's id; what Slurm, HyperQueue or Kubernetes says in its environment when left out.
    #[arg(long)]
    pub index: Option<String>,
    #[command(flatten)]
    pub bundling: Bundling,
    /// The sweep's folder; that of the plan when left out.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Events as JSON lines.
    #[arg(long)]
    pub json: bool,
}

/// `stitchscope gather`.
#[derive(Debug, Args)]
pub struct GatherOptions {
    /// The sweep's folder.
    pub out: PathBuf,
    /// The plan; `plan.jsonl` in that folder when left out.
    #[arg(long)]
    pub plan: Option<PathBuf>,
    /// Go on without the studies that are not finished.
    #[arg(long)]
    pub partial: bool,
    /// Lay down the folder of each study, as `run` leaves it; when left out, of sweeps of at most 100 studies.
    #[arg(long, value_enum)]
    pub studies: Option<Studies>,
}

/// Of which studies folders are laid down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Studies {
    /// Of all.
    All,
    /// Of none: tables alone.
    None,
}

/// `stitchscope sweep`.
#[derive(Debug, Args)]
pub struct SweepOptions {
    /// A recipe, mostly with `[sweep]`.
    #[arg(required_unless_present_any = ["status", "cancel"])]
    pub recipe: Option<PathBuf>,
    /// Who starts the tasks.
    #[arg(long, value_enum, default_value = "local")]
    pub on: Engine,
    /// The sweep's folder, which all machines see; `results/<name of the recipe>` when left out.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print what would be submitted, and submit nothing.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub bundling: Bundling,
    /// Tasks at once; on this machine as many as it has cores, on others as the engine allows, when left out.
    #[arg(long, value_parser = at_least_one)]
    pub workers: Option<usize>,
    /// Cores for each task.
    #[arg(long, value_parser = at_least_one)]
    pub cpus: Option<usize>,
    /// Graphics cards for each task.
    #[arg(long, value_parser = at_least_one)]
    pub gpus: Option<usize>,
    /// Memory for each task, as the engine writes it, such as 8G.
    #[arg(long)]
    pub memory: Option<String>,
    /// Longest time of a task, as the engine writes it, such as 2:00:00.
    #[arg(long)]
    pub time: Option<String>,
    /// Slurm's partition.
    #[arg(long)]
    pub partition: Option<String>,
    /// Slurm's account.
    #[arg(long)]
    pub account: Option<String>,
    /// Tell how far the sweep in this folder is.
    #[arg(long, value_name = "OUT", conflicts_with_all = ["recipe", "cancel"])]
    pub status: Option<PathBuf>,
    /// End the sweep in this folder; what is finished is kept.
    #[arg(long, value_name = "OUT", conflicts_with = "recipe")]
    pub cancel: Option<PathBuf>,
}

/// Who starts the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// This command, on this machine.
    Local,
    /// Slurm, as an array.
    Slurm,
    /// HyperQueue, as an array.
    Hq,
}

impl Bundling {
    /// As the plan has it.
    pub fn bundle(self) -> Bundle {
        match (self.chunk, self.tasks) {
            (Some(jobs), _) => Bundle::Chunk(jobs),
            (None, Some(tasks)) => Bundle::Tasks(tasks),
            (None, None) => Bundle::Each,
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("write a whole number, 1 or more".to_owned()),
        Ok(number) => Ok(number),
    }
}
