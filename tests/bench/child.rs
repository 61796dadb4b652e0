//! A measured process: started, asked for one repetition at a time, ended with its input.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// One repetition.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// By the clock on the wall.
    pub seconds: f64,
    /// On all processors together.
    pub processor: f64,
    /// Largest resident memory of the process so far.
    pub peak_kib: u64,
}

/// A process that serves repetitions.
pub struct Measured {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// What it said when it was ready.
    pub text: String,
}

impl Measured {
    /// Starts a program and waits until it is ready.
    ///
    /// # Errors
    /// If it cannot be started or ends before it is ready.
    pub fn start(program: &str, arguments: &[String], processors: usize) -> Result<Self> {
        let mut command = restricted(program, processors);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().with_context(|| format!("{program} could not be started"))?;
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().context("no output")?);
        let mut measured = Self { process, input, output, text: String::new() };
        let line = measured.line()?;
        let Some(text) = line.strip_prefix("ready ") else { bail!("{program} was not ready but said `{line}`") };
        measured.text = text.to_owned();
        Ok(measured)
    }

    /// Runs one repetition.
    ///
    /// # Errors
    /// If the process died.
    pub fn repetition(&mut self) -> Result<Sample> {
        // The other side's idle threads may still be spinning.
        std::thread::sleep(Duration::from_millis(250));
        let input = self.input.as_mut().context("the process has ended")?;
        writeln!(input)?;
        input.flush()?;
        let line = self.line()?;
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [seconds, processor, peak] = fields.as_slice() else { bail!("not a measurement: `{line}`") };
        Ok(Sample { seconds: seconds.parse()?, processor: processor.parse()?, peak_kib: peak.parse()? })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("the process ended: {}; its own words are above", self.process.wait()?);
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        // Its input ends, and so does it; how does not matter any more.
        self.input = None;
        let _ = self.process.wait();
    }
}

/// The program on the same few processors as the other side; both take their number of threads from there.
fn restricted(program: &str, processors: usize) -> Command {
    let present = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut command = if present <= processors || Command::new("taskset").arg("--version").output().is_err() {
        Command::new(program)
    } else {
        let mut command = Command::new("taskset");
        command.args(["-c", &format!("0-{}", processors.saturating_sub(1)), program]);
        command
    };
    command.env("STITCHSCOPE_BENCH_THREADS", processors.to_string());
    command
}
