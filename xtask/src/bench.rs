//! `cargo xtask bench`: the speed measurements in a build as it is published, on request beside PyTorch in Python and ONNX Runtime in a
//! browser.

use anyhow::{Context, Result};

use crate::bring::{adapters, browser, node, python, runtime};
use crate::command::Tool;

/// What the peers' script imports.
const PEERS: [&str; 4] = ["torch", "onnx", "onnxruntime", "numpy"];

/// Runs the benchmark; `args` are handed on to it.
///
/// # Errors
/// If PyTorch cannot be installed, or the build or the benchmark fails. Without a browser its peer is left out, which is said.
pub fn run(peers: bool, args: &[String]) -> Result<()> {
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
    bench.args(args).run()
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
