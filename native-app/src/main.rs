//! `stitchscope` on a workstation: the window, and the command line.

mod arguments;
mod commands;
mod output;
mod progress;
mod quiet;
mod restart;
mod shelf;
mod signals;
mod terminal;
mod version;
#[cfg_attr(not(feature = "window"), path = "windowless.rs")]
mod window;

use std::process::ExitCode;

use clap::Parser;
use stitchscope_core::study::StudyError;

use arguments::{Arguments, Command};

/// Exit code for what the user can mend: a recipe, a file, an option.
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    quiet::leave_out_caught_panics();
    let arguments = Arguments::parse();
    restart::where_needed(arguments.command.is_none());
    let Some(command) = arguments.command else {
        return finish(open(&arguments.files));
    };
    signals::large_files();
    finish(match command {
        Command::Demo { out, json } => commands::demo::demo(&out, json),
        Command::Run { recipe, out, json, timings } => commands::run::run(&recipe, out.as_deref(), json, timings),
        Command::Recipe { recipe, schema: _ } => commands::recipe::run(recipe.as_deref()),
        Command::Inspect { model, reading, json } => commands::inspect::inspect(&model, &reading, json),
        Command::Evaluate { model, reading, data, images, attack, engine, batch, out, keep, json } => {
            let (data, engine, out) = (data.as_str(), engine.as_str(), out.as_deref());
            let donor = reading.donor(&model);
            donor.and_then(|donor| {
                let asked = commands::evaluate::Asked { donor, data, images, attack, engine, batch, out, keep, json };
                commands::evaluate::evaluate(&asked)
            })
        }
        Command::Check { model, reading, data, images } => {
            reading.donor(&model).and_then(|donor| commands::check::check(&donor, data.as_deref(), images))
        }
        Command::Grad { model, reading, loss, out } => {
            reading.donor(&model).and_then(|donor| commands::grad::grad(&donor, &loss, &out))
        }
        Command::Figure { reports, out, dark } => commands::figure::figure(&reports, &out, dark),
        Command::Compare { study, cells, out, json } => commands::compare::run(&study, &cells, out.as_deref(), json),
        Command::Foretell(options) => commands::foretell::foretold(&options),
        Command::Means(options) => commands::foretell::averaged(&options),
        Command::Report { report, out } => commands::report::report(&report, &out),
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
        Command::Checks { ground_truth, preset, out } => {
            commands::checks::checks(&ground_truth, preset.into(), out.as_deref())
        }
        Command::Robustbench { report, out } => commands::robustbench::robustbench(&report, &out),
        Command::Sweep(options) => commands::sweep::submit::sweep(&options),
        Command::Plan(options) => commands::sweep::plan::plan(&options),
        Command::Cell(options) => commands::sweep::cell::cell(&options),
        Command::Gather(options) => commands::sweep::gather::gather(&options),
        Command::Doctor => commands::doctor::doctor(),
        Command::Completions { shell } => commands::shell::completions(shell),
        Command::Man { folder } => commands::shell::manual(&folder),
    })
}

/// The window, with what the command line names.
fn open(files: &[String]) -> anyhow::Result<()> {
    for file in files {
        anyhow::ensure!(
            std::path::Path::new(file).exists(),
            "`{file}` is neither a command nor a file; `stitchscope --help` lists the commands"
        );
    }
    window::open(files.to_vec())
}

fn finish(result: anyhow::Result<()>) -> ExitCode {
    match result.and_then(|()| terminal::closing()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::remark(&format!("error: {}", output::sentence(&error)));
            ExitCode::from(if stopped(&error) { signals::exit_code().unwrap_or(BAD_INPUT) } else { BAD_INPUT })
        }
    }
}

/// Whether it ended because somebody asked it to.
fn stopped(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(StudyError::Stopped))
}
