//! Writes the JavaScript side of a WebAssembly module: `web-pack MODULE.wasm FOLDER NAME`.
//!
//! A program of its own, because wasm-bindgen's compiler is large and no other chore needs it. As a library it has the version that
//! the lock file gives to wasm-bindgen; the two must be the same.
#![expect(clippy::print_stderr, reason = "talking to the terminal is what a chore is for")]

use std::env;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, folder, name] = arguments.as_slice() else {
        eprintln!("error: give a module, a folder and a name");
        return ExitCode::FAILURE;
    };
    let packed = Bindgen::new()
        .input_path(module)
        .out_name(name)
        .web(true)
        .and_then(|bindgen| bindgen.typescript(false).remove_name_section(true).generate(folder));
    match packed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {module} cannot be packed: {error:#}");
            ExitCode::FAILURE
        }
    }
}
