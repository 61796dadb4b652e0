//! `cargo xtask test` and `cargo xtask check`: the checks, cheapest first, and the summary as the last thing printed.

mod suites;
pub(crate) mod summary;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use self::suites::Scope;
use self::summary::{Outcome, Row, Summary};
use crate::bring::adapters::{self, Found};
use crate::bring::{clusters, onnx_cases, python, runtime};
use crate::command::Tool;
use crate::{tidy, web, wheel, workspace};

/// The chores that are programs of their own, too.
const ALL_CHORES: [&str; 2] = ["--features", "xtask/data,xtask/web"];

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
    /// Slips of the pen.
    Typos,
    /// Licences of the crates we use, and known faults in them.
    Deny,
    /// The lints.
    Clippy,
    /// The documentation builds without a warning.
    Docs,
    /// Unit, property and integration tests.
    Tests,
    /// The examples in the documentation.
    Doctests,
    /// The page in a browser.
    Web,
    /// The wheel in an empty Python environment; it takes a build of its own, so that it is among all checks only with `--long`.
    Wheel,
}

impl Check {
    /// All, cheapest first.
    pub const ALL: [Self; 10] = [
        Self::Fmt,
        Self::Tidy,
        Self::Typos,
        Self::Deny,
        Self::Clippy,
        Self::Docs,
        Self::Tests,
        Self::Doctests,
        Self::Web,
        Self::Wheel,
    ];
    const QUICK: [Self; 6] = [Self::Fmt, Self::Tidy, Self::Typos, Self::Deny, Self::Clippy, Self::Docs];
    const FAST: [Self; 4] = [Self::Fmt, Self::Tidy, Self::Clippy, Self::Tests];

    /// As it is typed and as the summary names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Tidy => "tidy",
            Self::Typos => "typos",
            Self::Deny => "deny",
            Self::Clippy => "clippy",
            Self::Docs => "docs",
            Self::Tests => "tests",
            Self::Doctests => "doctests",
            Self::Web => "web",
            Self::Wheel => "wheel",
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
        None => (Check::ALL.into_iter().filter(|check| options.long || *check != Check::Wheel).collect(), Vec::new()),
    };
    println!("{}", opening(&checks));
    let mut run = Run::of(options, chosen);
    if [Check::Tests, Check::Doctests, Check::Web].iter().any(|check| checks.contains(check)) {
        run.set_up();
    }
    Ok(run.all(&checks))
}

/// What is going to happen, said first.
fn opening(checks: &[Check]) -> String {
    let names = checks.iter().map(|check| check.name()).collect::<Vec<_>>().join(", ");
    let whole = if checks.contains(&Check::Web) && checks.len() > 1 {
        "; all of them take up to 40 minutes on two cores the first time"
    } else {
        ""
    };
    format!("Checks, one after the other: {names}{whole}. A table closes the run.\n")
}

/// The quick checks, which need no set-up.
pub fn check(options: &Options) -> ExitCode {
    Run::of(options, Vec::new()).all(&Check::QUICK)
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
    /// Engines of sweeps, for the long suites.
    clusters: clusters::Found,
    summary: Summary,
}

impl<'a> Run<'a> {
    fn of(options: &'a Options, chosen: Vec<String>) -> Self {
        let (adapters, clusters, summary) = (Found::default(), clusters::Found::default(), Summary::default());
        Self { options, chosen, library: None, adapters, clusters, summary }
    }

    fn set_up(&mut self) {
        let start = Instant::now();
        self.library = runtime::set_up();
        self.adapters = adapters::set_up();
        onnx_cases::set_up();
        python::set_up(self.options.long);
        if self.options.long {
            self.clusters = clusters::set_up();
        }
        let no_library = || "no ONNX Runtime: the `ort` engine is not checked here".to_owned();
        let no_library = self.library.is_none().then(no_library);
        let lacks = no_library.into_iter().chain(adapters::lack(&self.adapters));
        let lacks: Vec<_> = lacks.chain(self.clusters.lacks.iter().cloned()).collect();
        let outcome = if lacks.is_empty() { Outcome::Passed } else { Outcome::Skipped(lacks.join("; ")) };
        self.summary.rows.push(Row { name: "set-up", outcome, time: start.elapsed() });
    }

    fn all(mut self, checks: &[Check]) -> ExitCode {
        for (index, &check) in checks.iter().enumerate() {
            let row = if self.summary.failed() && !self.options.keep_going {
                Row { name: check.name(), outcome: Outcome::NotRun, time: Duration::ZERO }
            } else {
                println!("\n== {} ({} of {})", check.name(), index + 1, checks.len());
                self.timed(check)
            };
            self.summary.rows.push(row);
        }
        println!("{}", self.summary);
        if self.summary.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn timed(&self, check: Check) -> Row {
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
            Check::Clippy => {
                let all = [&["--workspace", "--all-targets"], &ALL_CHORES[..], &["--", "-D", "warnings"]].concat();
                component("clippy", "clippy", &all)
            }
            Check::Typos => typos(),
            Check::Deny => deny(),
            Check::Docs => docs(),
            Check::Tests => self.tests(),
            Check::Wheel => wheel::check(),
            Check::Web => web::check::check(&self.adapters, self.library.as_deref()),
            Check::Doctests => self.cargo().args(["test", "--workspace", "--doc"]).run().map(|()| Outcome::Passed),
        }
    }

    /// Cargo with the variables that tests look at.
    fn cargo(&self) -> Tool {
        let cargo = self.clusters.named(self.adapters.only(Tool::cargo().runtime(self.library.as_deref())));
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
        cargo = if self.chosen.is_empty() {
            cargo.args(["--workspace", "--features", "xtask/data"])
        } else {
            cargo.args(&self.chosen)
        };
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
            return Ok(left_out(&format!("{name} is not installed: `rustup component add {name}` adds it")));
        }
    }
    Tool::cargo().arg(subcommand).args(args).run()?;
    Ok(Outcome::Passed)
}

/// Spelling, where the tool is installed.
fn typos() -> Result<Outcome> {
    if !Tool::new("typos").arg("--version").works() {
        return Ok(left_out("typos is not installed: `cargo install typos-cli` or `pip install typos` adds it"));
    }
    Tool::new("typos").args(["--format", "brief"]).run()?;
    Ok(Outcome::Passed)
}

/// Licences and sources of all crates; known faults where their list can be fetched.
fn deny() -> Result<Outcome> {
    if !Tool::cargo().args(["deny", "--version"]).works() {
        return Ok(left_out("cargo-deny is not installed: `cargo install cargo-deny` adds it"));
    }
    Tool::cargo().args(["deny", "check", "bans", "licenses", "sources"]).run()?;
    if Tool::cargo().args(["deny", "fetch", "db"]).run().is_err() {
        return Ok(left_out("the list of known faults could not be fetched: licences are checked, advisories are not"));
    }
    Tool::cargo().args(["deny", "check", "advisories"]).run()?;
    Ok(Outcome::Passed)
}

fn left_out(why: &str) -> Outcome {
    println!("{why}");
    Outcome::Skipped(why.to_owned())
}

fn docs() -> Result<Outcome> {
    Tool::cargo()
        .args(["doc", "--workspace", "--no-deps", "--document-private-items"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    Ok(Outcome::Passed)
}
