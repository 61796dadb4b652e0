//! The speed measurements: `cargo xtask bench [--peers]`.
//!
//! Every measurement runs in a child process of its own, so that peaks of memory do not mix: ours in this very binary
//! (`--worker ...`), the peers' in Python. Both sides take turns, repetition by repetition, and ratios are medians of pairs:
//! what else the machine does hits both. A target that is missed is printed, never a failure.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod adapter;
mod child;
mod command;
mod engines;
mod matching;
mod material;
mod plan;
mod step;
mod table;
mod training;
mod window;
mod worker;

// The same window as in the suite `ui`.
#[allow(clippy::unwrap_used, clippy::panic, dead_code, reason = "helpers of tests fail as tests do")]
#[path = "../ui/harness/made_up.rs"]
mod made_up;
#[allow(clippy::unwrap_used, clippy::panic, dead_code, reason = "helpers of tests fail as tests do")]
#[path = "../ui/harness/shell.rs"]
mod shell;

use anyhow::{Result, bail};

/// What the command line asks for.
#[derive(Debug)]
struct Options {
    /// Measure PyTorch too.
    peers: bool,
    /// Only measurements whose name contains this.
    only: Option<String>,
    /// Pairs of repetitions.
    repetitions: usize,
    /// Processors and threads for each side. On a machine that does other work, 1 and the column `by cpu` are fairest.
    processors: usize,
}

fn main() -> Result<()> {
    let mut options = Options { peers: false, only: None, repetitions: 7, processors: 2 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--peers" => options.peers = true,
            "--only" => options.only = words.next(),
            "--repetitions" => options.repetitions = words.next().unwrap_or_default().parse()?,
            "--processors" => options.processors = words.next().unwrap_or_default().parse()?,
            "--worker" => return worker::serve(&words.collect::<Vec<_>>()),
            // The attack step as ONNX, for a look with other tools.
            "--dump" => return step::dump(&words.next().unwrap_or_else(|| "step.onnx".to_owned())),
            other => {
                bail!(
                    "`{other}` is unknown; known are --peers, --only NAME, --repetitions COUNT, --processors COUNT and --dump FILE.onnx"
                )
            }
        }
    }
    let material = material::Files::find()?;
    println!("{}", material.note);
    let rows = plan::run(&material, &options)?;
    println!("\n{}", table::show(&rows));
    Ok(())
}
