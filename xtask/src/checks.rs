//! `cargo xtask test` and `cargo xtask check`: the checks, cheapest first, and the summary as the last thing printed.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::adapters::{self, Found};
use crate::command::Tool;
use crate::suites::{self, Scope};
use crate::summary::{Outcome, Row, Summary};
use crate::{runtime, tidy, workspace};

/// What the user asked for beside the suite.
pub struct Options {
    /// Leave out what takes long.
    pub fast: bool,
    /// Also run what is left out for its length.
    pub long: bool,
    /// Go on after a failure.
    pub keep_going: bool,
}

/// One thing that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The house's layout of code.
    Fmt,
    /// The house's own rules.
    Tidy,
    /// The lints.
    Clippy,
    /// The documentation builds without a warning.
    Docs,
    /// Unit, property and integration tests.
    Tests,
    /// The examples in the documentation.
    Doctests,
}

impl Check {
    /// All, cheapest first.
    pub const ALL: [Self; 6] = [Self::Fmt, Self::Tidy, Self::Clippy, Self::Docs, Self::Tests, Self::Doctests];
    const QUICK: [Self; 4] = [Self::Fmt, Self::Tidy, Self::Clippy, Self::Docs];
    const FAST: [Self; 4] = [Self::Fmt, Self::Tidy, Self::Clippy, Self::Tests];

    /// As it is typed and as the summary names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Tidy => "tidy",
            Self::Clippy => "clippy",
            Self::Docs => "docs",
            Self::Tests => "tests",
            Self::Doctests => "doctests",
        }
    }
}

/// Set-up, then every check, or the one that `suite` names. The exit code tells whether all went well.
///
/// # Errors
/// If there is no such suite. A failing check is no error but a row of the summary.
pub fn test(suite: Option<&str>, options: &Options) -> Result<ExitCode> {
    let scope = suite.map(|name| suites::resolve(name, &workspace::packages()?)).transpose()?;
    let (checks, chosen) = match scope {
        Some(Scope::Check(check)) => (vec![check], Vec::new()),
        Some(Scope::Tests(chosen)) => (vec![Check::Tests], chosen),
        None if options.fast => (Check::FAST.to_vec(), Vec::new()),
        None => (Check::ALL.to_vec(), Vec::new()),
    };
    let mut run = Run { options, chosen, library: None, adapters: Found::default(), summary: Summary::default() };
    if checks.contains(&Check::Tests) || checks.contains(&Check::Doctests) {
        run.set_up();
    }
    Ok(run.all(&checks))
}

/// The quick checks, which need no set-up.
pub fn check(options: &Options) -> ExitCode {
    let run =
        Run { options, chosen: Vec::new(), library: None, adapters: Found::default(), summary: Summary::default() };
    run.all(&Check::QUICK)
}

/// A run of checks under way.
struct Run<'a> {
    options: &'a Options,
    /// Which tests, as arguments of `cargo test`; empty for the whole workspace.
    chosen: Vec<String>,
    /// ONNX Runtime.
    library: Option<PathBuf>,
    /// Software Vulkan adapters.
    adapters: Found,
    summary: Summary,
}

impl Run<'_> {
    fn set_up(&mut self) {
        let start = Instant::now();
        self.library = runtime::set_up();
        self.adapters = adapters::set_up();
        let no_library = || "no ONNX Runtime: the `ort` engine is not checked here".to_owned();
        let no_library = self.library.is_none().then(no_library);
        let lacks: Vec<_> = no_library.into_iter().chain(adapters::lack(&self.adapters)).collect();
        let outcome = if lacks.is_empty() { Outcome::Passed } else { Outcome::Skipped(lacks.join("; ")) };
        self.summary.rows.push(Row { name: "set-up", outcome, time: start.elapsed() });
    }

    fn all(mut self, checks: &[Check]) -> ExitCode {
        for &check in checks {
            let row = if self.summary.failed() && !self.options.keep_going {
                Row { name: check.name(), outcome: Outcome::NotRun, time: Duration::ZERO }
            } else {
                self.timed(check)
            };
            self.summary.rows.push(row);
        }
        println!("{}", self.summary);
        if self.summary.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn timed(&self, check: Check) -> Row {
        println!("\n== {}", check.name());
        let start = Instant::now();
        let outcome = match self.one(check) {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        Row { name: check.name(), outcome, time: start.elapsed() }
    }

    fn one(&self, check: Check) -> Result<Outcome> {
        match check {
            Check::Fmt => component("rustfmt", "fmt", &["--all", "--check"]),
            Check::Tidy => tidy::report(&workspace::root()),
            Check::Clippy => component("clippy", "clippy", &["--workspace", "--all-targets", "--", "-D", "warnings"]),
            Check::Docs => docs(),
            Check::Tests => self.tests(),
            Check::Doctests => self.cargo().args(["test", "--workspace", "--doc"]).run().map(|()| Outcome::Passed),
        }
    }

    /// Cargo with the variables that tests look at.
    fn cargo(&self) -> Tool {
        let cargo = self.adapters.only(Tool::cargo().runtime(self.library.as_deref()));
        if self.options.fast { cargo.env("STITCHSCOPE_FAST", "1") } else { cargo }
    }

    fn tests(&self) -> Result<Outcome> {
        let mut cargo = self.cargo();
        // nextest knows no doctests; `cargo test` is told to leave them to their own check.
        let nextest = Tool::cargo().args(["nextest", "--version"]).works();
        if nextest {
            cargo = cargo.args(["nextest", "run"]);
        } else {
            cargo = cargo.arg("test");
            if !self.chosen.iter().any(|arg| arg == "--test") {
                cargo = cargo.args(["--lib", "--bins", "--tests"]);
            }
        }
        // Building the tests is what takes long: one run shows all that fails.
        cargo = cargo.arg("--no-fail-fast");
        cargo = if self.chosen.is_empty() { cargo.arg("--workspace") } else { cargo.args(&self.chosen) };
        if self.options.long {
            cargo = cargo.args(if nextest { &["--run-ignored", "all"] } else { &["--", "--include-ignored"] });
        }
        cargo.run()?;
        Ok(Outcome::Passed)
    }
}

/// A check by a part of the toolchain that may not be installed.
fn component(name: &str, subcommand: &str, args: &[&str]) -> Result<Outcome> {
    let is_there = || Tool::cargo().args([subcommand, "--version"]).works();
    if !is_there() {
        // The second look decides; why an attempt failed is on the terminal.
        let _ = Tool::new("rustup").args(["component", "add", name]).run();
        if !is_there() {
            let why = format!("{name} is not installed: `rustup component add {name}` adds it");
            println!("{why}");
            return Ok(Outcome::Skipped(why));
        }
    }
    Tool::cargo().arg(subcommand).args(args).run()?;
    Ok(Outcome::Passed)
}

fn docs() -> Result<Outcome> {
    Tool::cargo()
        .args(["doc", "--workspace", "--no-deps", "--document-private-items"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    Ok(Outcome::Passed)
}
