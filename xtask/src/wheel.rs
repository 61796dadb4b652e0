//! `cargo xtask wheel`: program and Python package as a wheel for this system, made by maturin in the chores' own Python environment;
//! and the check that somebody who has only Python gets to a figure with it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::bring::python;
use crate::checks::summary::Outcome;
use crate::command::Tool;
use crate::{dist, workspace};

/// What an environment needs for a part of the package's tests and for the fastest engine.
const BESIDE: [&str; 2] = ["numpy", "onnxruntime"];
/// What the program is asked with nothing beside it.
const ONE: [&str; 6] = ["evaluate", "zoo:fashion-robust-a", "--data", "zoo:fashion-test", "--images", "50"];
/// Tests that the installed package passes, without its checkout.
const TESTS: [&str; 2] = ["test_single", "test_study"];
/// Names a wheel that is tried instead of one built for it.
const VARIABLE: &str = "STITCHSCOPE_WHEEL";
/// Tells the tests to leave the checkout's package alone.
const INSTALLED: &str = "STITCHSCOPE_INSTALLED";

/// Builds the wheel and says where it is; `args` are handed on to maturin.
///
/// # Errors
/// If maturin cannot be had or the build fails.
pub fn run(args: &[String]) -> Result<()> {
    let wheel = build(args)?;
    println!("The wheel: {}", wheel.display());
    Ok(())
}

/// The wheel's path.
///
/// # Errors
/// As [`run`].
pub fn build(args: &[String]) -> Result<PathBuf> {
    let python = python::environment()?;
    python::require(&python, &["maturin"])?;
    let wheels = workspace::target().join("wheels");
    let _ = std::fs::remove_dir_all(&wheels);
    Tool::new(python)
        .args(["-m", "maturin", "build", "--out"])
        .arg(&wheels)
        .args(args)
        .env("STITCHSCOPE_COMMIT", dist::commit()?)
        .run()?;
    let entries = std::fs::read_dir(&wheels).with_context(|| format!("maturin left no {}", wheels.display()))?;
    let wheel = entries.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "whl"));
    wheel.context("maturin ended well but left no wheel")
}

/// Builds the wheel, unless `STITCHSCOPE_WHEEL` names one, installs it into an empty environment and uses it there: one network is measured with
/// the wheel alone; then, with `onnxruntime` beside it, the demo and the package's tests.
///
/// # Errors
/// If one of them fails.
pub fn check() -> Result<Outcome> {
    let wheel = std::env::var_os(VARIABLE).map_or_else(|| build(&[]), |named| Ok(std::path::absolute(named)?))?;
    // Not in the checkout, where the program would find what the chores have fetched.
    let folder = tempfile::tempdir()?;
    let environment = folder.path().join("venv");
    let python = python::fresh(&environment)?;
    install(&python, &[&wheel])?;
    let program = python::program(&environment, "stitchscope");
    let alone_it_gives = alone(Tool::new(&program)).args(ONE).output()?;
    ensure!(alone_it_gives.contains("clean"), "the installed program measured nothing:\n{alone_it_gives}");
    install(&python, &BESIDE.map(Path::new))?;
    let found = alone(Tool::new(&program)).arg("doctor").output()?;
    ensure!(found.contains("package onnxruntime"), "the environment's onnxruntime was not found:\n{found}");
    demo(&program, &folder.path().join("demo"))?;
    let tests = workspace::root().join("python/tests");
    alone(Tool::new(&python)).args(["-m", "unittest", "-v"]).args(TESTS).env(INSTALLED, "1").folder(&tests).run()?;
    Ok(Outcome::Passed)
}

fn install(python: &Path, packages: &[&Path]) -> Result<()> {
    Tool::new(python).args(["-m", "pip", "install", "--quiet"]).args(packages).run()
}

fn demo(program: &Path, out: &Path) -> Result<()> {
    let start = Instant::now();
    alone(Tool::new(program)).args(["demo", "--out"]).arg(out).run()?;
    ensure!(out.join("figure.png").is_file(), "the demo left no figure in {}", out.display());
    println!("The demo of the installed wheel took {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Without what tells a program where things are.
fn alone(tool: Tool) -> Tool {
    ["ORT_DYLIB_PATH", "STITCHSCOPE_PROGRAM", "PYTHONPATH", "VIRTUAL_ENV"].into_iter().fold(tool, Tool::without)
}
