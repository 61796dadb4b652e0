//! The measured side of a child process: prepares, says `ready TEXT`, and answers each line of its input with one repetition.
//!
//! An answer is `seconds processor_seconds peak_kib`. The Python peers speak the same.

use std::cell::Cell;
use std::io::{BufRead, Write};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{adapter, command, matching, material, step, training, window};

/// A prepared measurement: what to say first, and one repetition.
pub struct Prepared {
    /// One line for the reader.
    pub text: String,
    /// The measured work.
    pub repetition: Box<dyn FnMut() -> Result<()>>,
}

thread_local! {
    static INSTEAD: Cell<Option<f64>> = const { Cell::new(None) };
}

/// This repetition answers with so many seconds rather than with the time it took: its slowest part, for one.
pub fn instead(seconds: f64) {
    INSTEAD.set(Some(seconds));
}

/// Prepares the work that `words` name (`KIND` or `KIND@ENGINE`, and arguments) and serves it until the input ends.
///
/// # Errors
/// If the work is unknown or fails.
pub fn serve(words: &[String]) -> Result<()> {
    let (kind, arguments) = words.split_first().context("--worker needs the name of a measurement")?;
    let (kind, engine) = kind.split_once('@').unwrap_or((kind, "ort"));
    material::choose(engine)?;
    let mut prepared = match kind {
        "step" => step::prepare(arguments)?,
        "forward" => step::prepare_forward(arguments)?,
        "product" => step::prepare_product(arguments)?,
        "train" => training::cached(arguments)?,
        "train-whole" => training::whole(arguments)?,
        "match" => matching::prepare(arguments)?,
        "command" => command::prepare(arguments)?,
        "process" => command::prepare_process(arguments)?,
        "pairs" => matching::prepare_all(arguments)?,
        "wgpu-forward" => adapter::forward(arguments)?,
        "wgpu-gradient" => adapter::gradient(arguments)?,
        "wgpu-stitch" => adapter::stitch(arguments)?,
        "window-first" => window::first(),
        "window-running" => window::running(),
        "window-cells" => window::cells(arguments)?,
        "window-nodes" => window::nodes(arguments)?,
        other => bail!("there is no measurement `{other}`"),
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "ready {}", prepared.text)?;
    for line in std::io::stdin().lock().lines() {
        line?;
        let (processor, start) = (processor_seconds(), Instant::now());
        (prepared.repetition)()?;
        let seconds = INSTEAD.take().unwrap_or_else(|| start.elapsed().as_secs_f64());
        writeln!(out, "{seconds} {} {}", processor_seconds() - processor, peak::kib())?;
        out.flush()?;
    }
    Ok(())
}

/// User and system time of this process and of those it has started and waited for; 0 where the system does not tell.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in parentheses may hold anything; after it, fields 12 to 15 count ticks of 10 ms.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    fields.iter().skip(11).take(4).filter_map(|f| f.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Memory at its largest.
pub mod peak {
    use std::cell::Cell;

    thread_local! {
        static NOTED: Cell<u64> = const { Cell::new(0) };
    }

    /// Notes the peak of another process, by its file `/proc/ID/status`: where one is noted, it is that which counts.
    pub fn note(status: &str) {
        NOTED.set(NOTED.get().max(of(status)));
    }

    /// KiB of what was noted, else of this process; 0 where the system does not tell.
    pub fn kib() -> u64 {
        match NOTED.get() {
            0 => of("/proc/self/status"),
            noted => noted,
        }
    }

    fn of(status: &str) -> u64 {
        let text = std::fs::read_to_string(status).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }
}

/// The argument at `index` as a number.
///
/// # Errors
/// If it is missing or none.
pub fn number(arguments: &[String], index: usize) -> Result<usize> {
    let word = arguments.get(index).context("a number is missing")?;
    word.parse().with_context(|| format!("`{word}` is no number"))
}

/// The argument at `index`.
///
/// # Errors
/// If it is missing.
pub fn text(arguments: &[String], index: usize) -> Result<&str> {
    arguments.get(index).map(String::as_str).context("an argument is missing")
}
