//! `cargo xtask web`: the page as a folder of static files that any web server can hand out.

#[cfg(feature = "web")]
pub mod assemble;
pub mod check;
mod serve;
#[cfg(feature = "web")]
pub mod size;
mod toolchain;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::Tool;
use crate::workspace;

use serve::Server;

/// Builds the page, reports its size, and serves it if asked to.
///
/// # Errors
/// If something needed is missing and cannot be had, the build fails, or the page is larger than its budget.
pub fn run(serve: bool, port: u16) -> Result<()> {
    println!(
        "The page, in three steps: the program is compiled to WebAssembly, its script is written, all is compressed. \
         The first time this takes about a quarter of an hour on two cores.\n"
    );
    let folder = build()?;
    println!("The page is in {}", workspace::short(&folder, &workspace::root()));
    if serve {
        let server = Server::start(&folder, port)?;
        println!("It is served at {} until Ctrl+C", server.address());
        server.wait();
    }
    Ok(())
}

/// The page's folder, built anew.
///
/// # Errors
/// As [`run`].
pub fn build() -> Result<PathBuf> {
    let packed = pack(&toolchain::compile(&[], "stitchscope_web")?, "stitchscope")?;
    web_pack().arg("page").arg(&packed).run()?;
    Ok(folder())
}

/// The folder of the conformance suite for browsers, built anew.
///
/// # Errors
/// As [`run`].
pub fn build_suite() -> Result<PathBuf> {
    let suite = toolchain::compile(&["--example", "conformance"], "examples/conformance")?;
    let folder = pack(&suite, "conformance")?;
    let sources = workspace::root().join("tests").join("web");
    for name in ["suite.html", "suite.js", "suite_worker.js"] {
        std::fs::copy(sources.join(name), folder.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    Ok(folder)
}

/// A folder with a module and its script.
fn pack(module: &Path, name: &str) -> Result<PathBuf> {
    let packed = workspace::target().join(format!("page-{name}"));
    let _ = std::fs::remove_dir_all(&packed);
    web_pack().arg("script").arg(module).arg(&packed).arg(name).run()?;
    Ok(packed)
}

/// The program that turns modules into pages; its libraries are large, so it is built here and not with the chores.
fn web_pack() -> Tool {
    Tool::cargo().args(["run", "--package", "xtask", "--features", "web", "--bin", "web-pack", "--"])
}

/// Where the page is made.
fn folder() -> PathBuf {
    workspace::target().join("page")
}
