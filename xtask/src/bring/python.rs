//! A Python with pip, to fetch wheels, to run the peers of the benchmark and the tests of the Python package: the system's, or an environment in `.cache/venv`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::bring::install;
use crate::command::Tool;
use crate::workspace;

const ELSEWHERE: &str = "https://www.python.org/downloads";

/// What the tests of the Python package import.
const TESTED: [&str; 1] = ["numpy"];
/// What they can do more with; PyTorch alone is a download of some gigabytes.
const TESTED_LONG: [&str; 5] = ["numpy", "torch", "onnx", "onnxruntime", "pandas"];

/// Makes the environment that the tests of the Python package run in, and says what it lacks.
pub fn set_up(long: bool) {
    let packages = if long { &TESTED_LONG[..] } else { &TESTED[..] };
    match environment().and_then(|python| require(&python, packages).map(|()| python)) {
        Ok(python) => {
            println!("Python: {} ({})", workspace::short(&python, &workspace::root()), packages.join(", "));
        }
        Err(error) => eprintln!("Tests of the Python package will be left out, in part or whole: {error:#}"),
    }
}

/// A new environment in `folder`; its Python.
///
/// # Errors
/// If it cannot be made.
pub fn fresh(folder: &Path) -> Result<PathBuf> {
    // Ours can make others wherever it could be made itself.
    Tool::new(environment()?).args(["-m", "venv", "--clear"]).arg(folder).run()?;
    Ok(program(folder, "python"))
}

/// A program among the scripts of the environment in `folder`.
pub fn program(folder: &Path, name: &str) -> PathBuf {
    let scripts = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    scripts.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// A Python that has pip: the system's own where it has, else the environment's.
///
/// # Errors
/// If there is none and none can be installed.
pub fn with_pip() -> Result<PathBuf> {
    match system().filter(|python| has_pip(python)) {
        Some(python) => Ok(python),
        None => environment(),
    }
}

/// The Python of the environment in `.cache/venv`, made if it is missing.
///
/// # Errors
/// If Python or its `venv` module is missing and cannot be installed.
pub fn environment() -> Result<PathBuf> {
    let folder = workspace::cache()?.join("venv");
    let python = program(&folder, "python");
    if has_pip(&python) {
        return Ok(python);
    }
    if make(&folder).is_err() {
        let packages = ["python3", "python3-venv"];
        install::debian("Python 3 with its `venv` module", &packages, ELSEWHERE)?;
        make(&folder)?;
    }
    Ok(python)
}

/// Installs `packages` into the environment unless each can be imported already; module and package have the same name.
///
/// # Errors
/// If pip fails.
pub fn require(python: &Path, packages: &[&str]) -> Result<()> {
    let import = format!("import {}", packages.join(", "));
    if Tool::new(python).args(["-c", &import]).works() {
        return Ok(());
    }
    Tool::new(python).args(["-m", "pip", "install"]).args(packages).run()
}

fn make(folder: &Path) -> Result<()> {
    let python = system().context("no python3 in PATH")?;
    Tool::new(python).args(["-m", "venv", "--clear"]).arg(folder).run()
}

fn system() -> Option<PathBuf> {
    let is_three = "import sys; sys.exit(sys.version_info < (3, 9))";
    let names = ["python3", "python", "py"].map(PathBuf::from);
    names.into_iter().find(|name| Tool::new(name).args(["-c", is_three]).works())
}

fn has_pip(python: &Path) -> bool {
    Tool::new(python).args(["-m", "pip", "--version"]).works()
}
