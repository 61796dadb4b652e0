//! `cargo xtask bench`: the speed measurements in a release build, on request beside PyTorch and ONNX Runtime in Python.

use anyhow::{Context, Result};

use crate::command::Tool;
use crate::{python, runtime};

/// What the peers' script imports.
const PEERS: [&str; 4] = ["torch", "onnx", "onnxruntime", "numpy"];

/// Runs the benchmark; `args` are handed on to it.
///
/// # Errors
/// If the peers cannot be installed, or the build or the benchmark fails.
pub fn run(peers: bool, args: &[String]) -> Result<()> {
    let library = runtime::set_up();
    let mut bench = Tool::cargo()
        .args(["run", "--release", "-p", "stitchscope-tests", "--bin", "bench", "--"])
        .runtime(library.as_deref());
    if peers {
        let python = python::environment()?;
        python::require(&python, &PEERS)
            .context("the peers could not be installed: without `--peers` the benchmark runs alone")?;
        bench = bench.arg("--peers").env("STITCHSCOPE_PYTHON", python);
    }
    bench.args(args).run()
}
