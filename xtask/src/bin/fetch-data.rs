//! `cargo xtask data NAME`: a program of its own, because no other chore reads pictures.
#![expect(clippy::print_stderr, reason = "talking to the terminal is what a chore is for")]

use std::process::ExitCode;

use clap::Parser;
use xtask::data::{self, Name};

/// Fetch a public data set into .cache/data
#[derive(Parser)]
#[command(name = "cargo xtask data", bin_name = "cargo xtask data", max_term_width = 100)]
struct Arguments {
    /// Which one
    name: Name,
}

fn main() -> ExitCode {
    match data::make(Arguments::parse().name) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
