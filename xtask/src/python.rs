//! A Python with pip, to fetch wheels and to run the peers of the benchmark: the system's, or an environment in `.cache/venv`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::Tool;
use crate::{install, workspace};

const ELSEWHERE: &str = "https://www.python.org/downloads";

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
    let python = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    let python = folder.join(python);
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
