//! Makes what browsers load from what the compiler left:
//!
//! - `web-pack script MODULE.wasm FOLDER NAME` writes the JavaScript side of a WebAssembly module;
//! - `web-pack page FOLDER` makes the page of such a folder, compressed, and holds its size against the budget.
//!
//! A program of its own, because wasm-bindgen's compiler is large and no other chore needs it. As a library it has the version that
//! the lock file gives to wasm-bindgen; the two must be the same.
#![expect(clippy::print_stderr, reason = "talking to the terminal is what a chore is for")]

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;
use xtask::web;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["script", module, folder, name] => {
            script(module, folder, name).with_context(|| format!("{module} cannot be packed"))
        }
        ["page", folder] => web::size::report(&web::assemble::assemble(Path::new(folder))?),
        _ => bail!("give `script MODULE FOLDER NAME` or `page FOLDER`"),
    }
}

fn script(module: &str, folder: &str, name: &str) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name(name).web(true)?.typescript(false).remove_name_section(true).generate(folder)
}
