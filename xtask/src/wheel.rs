//! `cargo xtask wheel`: the program as a Python wheel for this system, made by maturin in the chores' own Python environment.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::Tool;
use crate::{dist, python, workspace};

/// Builds the wheel and says where it is.
///
/// # Errors
/// If maturin cannot be had or the build fails.
pub fn run() -> Result<()> {
    let wheel = build()?;
    println!("The wheel: {}", wheel.display());
    Ok(())
}

/// The wheel's path.
///
/// # Errors
/// As [`run`].
pub fn build() -> Result<PathBuf> {
    let python = python::environment()?;
    python::require(&python, &["maturin"])?;
    let wheels = workspace::target().join("wheels");
    let _ = std::fs::remove_dir_all(&wheels);
    Tool::new(python)
        .args(["-m", "maturin", "build", "--out"])
        .arg(&wheels)
        .env("STITCHSCOPE_COMMIT", dist::commit()?)
        .run()?;
    let entries = std::fs::read_dir(&wheels).with_context(|| format!("maturin left no {}", wheels.display()))?;
    let wheel = entries.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "whl"));
    wheel.context("maturin ended well but left no wheel")
}
