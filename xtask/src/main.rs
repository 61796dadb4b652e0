//! The project's chores: `cargo xtask demo | test | check | bench | data | setup`.
//!
//! Every chore works from any folder of the workspace, prints each command before it runs it, and either installs what is
//! missing or says in one sentence what to do about it. Nothing here is part of the program that people use.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "talking to the terminal is what a chore is for")]

mod adapters;
mod bench;
mod browser;
mod checks;
mod command;
mod data;
mod demo;
mod install;
mod node;
mod python;
mod runtime;
mod suites;
mod summary;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::checks::Options;
use crate::data::Name;

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
        /// A check (fmt, tidy, clippy, docs, tests, doctests), a crate, or a suite of the folder tests/
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
    /// Run the quick checks only: fmt, tidy, clippy, docs
    Check {
        /// Run the remaining checks after a failure
        #[arg(long)]
        keep_going: bool,
    },
    /// Measure speed in a release build
    Bench {
        /// Compare with PyTorch in a Python environment made for it, and with onnxruntime-web in a browser
        #[arg(long)]
        peers: bool,
        /// Handed on to the benchmark
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Fetch a public data set into .cache/data
    Data {
        /// Which one
        name: Name,
    },
    /// Find or fetch what the engines load: ONNX Runtime, and the software Vulkan adapters of the tests
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
        Chore::Bench { peers, args } => bench::run(peers, &args)?,
        Chore::Data { name } => data::make(name)?,
        Chore::Setup => set_up()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Both, even where the first is not to be had.
fn set_up() -> Result<()> {
    let library = runtime::find_or_fetch().map(|found| println!("{found}"));
    library.and(adapters::require())
}
