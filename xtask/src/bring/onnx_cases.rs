//! The ONNX standard's own tests, which the suite `onnx` tries: made by the package `onnx` from PyPI, kept in `.cache`.
//!
//! Missing, they stop nothing: the suite's tests are ignored, with the reason.

use std::path::PathBuf;

use anyhow::Result;

use crate::bring::python;
use crate::command::Tool;
use crate::workspace;

/// The version whose tests are tried; `tests/onnx/case.rs` and `tests/build.rs` look for it too.
const VERSION: &str = "1.23.2";

/// Makes the cases where they are missing, and says where they are or why not.
pub fn set_up() {
    match make() {
        Ok(folder) => println!("ONNX's tests: {}", workspace::short(&folder, &workspace::root())),
        Err(error) => eprintln!("ONNX's tests are not at hand, so the suite `onnx` tries none: {error:#}"),
    }
}

fn make() -> Result<PathBuf> {
    let folder = workspace::cache()?.join(format!("onnx-{VERSION}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    let python = python::environment()?;
    let package = format!("onnx=={VERSION}");
    Tool::new(&python).args(["-m", "pip", "install", "--quiet", "--retries", "2", &package]).run()?;
    let script = workspace::root().join("tests/onnx/cases.py");
    Tool::new(&python).arg(script).arg(&folder).run()?;
    workspace::material_has_come()?;
    Ok(folder)
}
