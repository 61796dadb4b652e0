//! The project's chores: `cargo xtask demo | test | check | docs | web | dist | wheel | bench | data | fuzz | soak | setup`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "talking to the terminal is what a chore is for")]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::bring::{adapters, clusters, onnx_cases, python, runtime};
use xtask::checks::Options;
use xtask::command::Tool;
use xtask::{bench, book, checks, demo, dist, fuzz, soak, web, wheel};

/// The chores of the Stitchscope workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Chores {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build the program and run the bundled study; the results go to results/demo
    Demo {
        /// Handed on to `stitchscope demo`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Run every check, cheapest first, or one suite
    Test {
        /// A check (fmt, tidy, typos, deny, clippy, docs, tests, doctests, web, wheel), a crate, or a suite of the folder tests/
        suite: Option<String>,
        /// Leave out docs and doctests, and tell the suites (STITCHSCOPE_FAST=1) to leave out what takes long
        #[arg(long)]
        fast: bool,
        /// Also run the tests that are left out for their length
        #[arg(long)]
        long: bool,
        /// Run the remaining checks after a failure
        #[arg(long)]
        keep_going: bool,
    },
    /// Run the quick checks only: fmt, tidy, typos, deny, clippy, docs
    Check {
        /// Run the remaining checks after a failure
        #[arg(long)]
        keep_going: bool,
    },
    /// Build the documentation as a site into target/book
    Docs,
    /// Build the page for browsers into target/page
    Web {
        /// Serve it on this machine afterwards
        #[arg(long)]
        serve: bool,
        /// Where to serve it
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Build the program as it is published and pack it: target/archives
    Dist,
    /// Build the Python wheel, program and package, for this system: target/wheels
    Wheel {
        /// Handed on to `maturin build`, such as `--profile release` for a build that is done sooner
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Measure speed, in a build as it is published
    Bench {
        /// Compare with PyTorch in a Python environment made for it, and with onnxruntime-web in a browser
        #[arg(long)]
        peers: bool,
        /// Measure the page in a browser instead, forward passes of this ONNX network beside onnxruntime-web
        #[arg(long, value_name = "MODEL.onnx")]
        page: Option<std::path::PathBuf>,
        /// Only measurements whose name contains this; `static` times nothing: it shows what a compiler for graphics cards makes of the kernels
        #[arg(long, value_name = "NAME")]
        only: Option<String>,
        /// Handed on to the benchmark
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Fetch a public data set into .cache/data; `cargo xtask data --help` lists them
    #[command(disable_help_flag = true)]
    Data {
        /// Which one
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Feed the readers of files with what libFuzzer makes up, and say what came of it
    Fuzz {
        /// Which targets of fuzz/targets; all when left out
        targets: Vec<String>,
        /// How long, all targets together
        #[arg(long, default_value_t = 10)]
        minutes: u64,
    },
    /// Run studies and a window for hours, disturbed in every way; memory must stay flat
    Soak {
        /// How long, all suites together
        #[arg(long, default_value_t = 30)]
        minutes: u64,
    },
    /// Find or fetch what engines and tests run on: ONNX Runtime, software Vulkan adapters, Slurm, HyperQueue, strace
    Setup,
}

fn main() -> ExitCode {
    run(Chores::parse().chore).unwrap_or_else(|error| {
        // Not by returning the error: a backtrace says nothing to one who misses a program.
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(chore: Chore) -> Result<ExitCode> {
    match chore {
        Chore::Demo { args } => demo::run(&args)?,
        Chore::Test { suite, fast, long, keep_going } => {
            return checks::test(suite.as_deref(), &Options { fast, long, keep_going });
        }
        Chore::Check { keep_going } => {
            return Ok(checks::check(&Options { fast: false, long: false, keep_going }));
        }
        Chore::Docs => book::run()?,
        Chore::Web { serve, port } => web::run(serve, port)?,
        Chore::Bench { page: Some(model), .. } => web::check::bench(&std::path::absolute(model)?)?,
        Chore::Bench { peers, page: None, only, args } => bench::run(peers, only.as_deref(), &args)?,
        Chore::Dist => dist::run()?,
        Chore::Wheel { args } => wheel::run(&args)?,
        Chore::Data { args } => data(&args)?,
        Chore::Fuzz { targets, minutes } => fuzz::run(&targets, minutes)?,
        Chore::Soak { minutes } => soak::run(minutes)?,
        Chore::Setup => set_up()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// By a program of its own, which needs more libraries than the chores.
fn data(args: &[String]) -> Result<()> {
    Tool::cargo()
        .args(["run", "--quiet", "--package", "xtask", "--features", "data", "--bin", "fetch-data", "--"])
        .args(args)
        .run()
}

/// All, even where one is not to be had.
fn set_up() -> Result<()> {
    onnx_cases::set_up();
    python::set_up(false);
    clusters::set_up_alone();
    let library = runtime::find_or_fetch().map(|found| println!("{found}"));
    library.and(adapters::require())
}
