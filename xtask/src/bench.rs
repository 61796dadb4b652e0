//! `cargo xtask bench`: the speed measurements in a build as it is published, on request beside PyTorch in Python and ONNX Runtime in a
//! browser.

use anyhow::{Context, Result};

use crate::bring::{adapters, browser, node, python, runtime};
use crate::command::Tool;

/// What the peers' script imports.
const PEERS: [&str; 4] = ["torch", "onnx", "onnxruntime", "numpy"];

/// The measurement that needs no clock: it is a program of its own.
const STATIC: &str = "static";

/// Runs the benchmark, or only measurements whose name contains `only`; `args` are handed on to it.
///
/// # Errors
/// If PyTorch cannot be installed, or the build or the benchmark fails. Without a browser its peer is left out, which is said.
pub fn run(peers: bool, only: Option<&str>, args: &[String]) -> Result<()> {
    if only == Some(STATIC) {
        return kernels(args);
    }
    let library = runtime::set_up();
    // Whole commands are measured of the program beside the benchmark.
    Tool::cargo().args(["build", "--profile=dist", "-p", "stitchscope"]).run()?;
    let mut bench = Tool::cargo()
        .args(["run", "--profile=dist", "-p", "stitchscope-tests", "--bin", "bench", "--"])
        .runtime(library.as_deref());
    bench = adapters::set_up().added(bench);
    if peers {
        let python = python::environment()?;
        python::require(&python, &PEERS)
            .context("the peers could not be installed: without `--peers` the benchmark runs alone")?;
        bench = with_browser(bench.arg("--peers").env("STITCHSCOPE_PYTHON", python));
    }
    if let Some(name) = only {
        bench = bench.args(["--only", name]);
    }
    bench.args(args).run()
}

/// What compilers for graphics cards make of the kernels. Nothing of ours is timed, so that an ordinary build does.
fn kernels(args: &[String]) -> Result<()> {
    Tool::cargo().args(["run", "--quiet", "-p", "stitchscope-tests", "--bin", "static-bench", "--"]).args(args).run()
}

/// Tells the benchmark where the peer in the browser finds Node, its packages and a browser, if all are there.
fn with_browser(bench: Tool) -> Tool {
    let found = node::peers().and_then(|peers| Ok((peers, browser::require()?)));
    match found {
        Ok((peers, browser)) => bench
            .env("STITCHSCOPE_NODE", peers.node)
            .env("STITCHSCOPE_WEB_PEERS", peers.folder)
            .env(browser::VARIABLE, browser),
        Err(error) => {
            eprintln!("The peer in the browser, onnxruntime-web, is left out: {error:#}");
            bench
        }
    }
}
