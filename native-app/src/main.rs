//! `stitchscope` on a workstation: the window, and the command line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

mod arguments;
mod commands;
mod output;
mod progress;
mod shelf;
mod window;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

/// Exit code for what the user can mend: a recipe, a file, an option.
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Some(command) = arguments.command else {
        return finish(window::open());
    };
    finish(match command {
        Command::Demo { out, json } => commands::demo::demo(&out, json),
        Command::Run { recipe, out, json } => commands::run::run(&recipe, out.as_deref(), json),
        Command::Inspect { model, json } => commands::inspect::inspect(&model, json),
        Command::Figure { reports, out, dark } => commands::figure::figure(&reports, &out, dark),
        Command::Export { report, cell, out } => commands::export::export(&report, cell, &out),
        Command::Invert { sources, tap, images, data, steps, seed, from_image, out } => {
            let (sources, tap, data, out) = (&sources, &tap, &data, &out);
            commands::invert::invert(&commands::invert::Inversion {
                sources,
                tap,
                images,
                data,
                steps,
                seed,
                from_image,
                out,
            })
        }
        Command::Robustbench { report, out } => commands::robustbench::robustbench(&report, &out),
        Command::Doctor => commands::doctor::doctor(),
    })
}

fn finish(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", output::sentence(&error));
            ExitCode::from(BAD_INPUT)
        }
    }
}
