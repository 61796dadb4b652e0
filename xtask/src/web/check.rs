//! `cargo xtask test web`: the page in a headless Chromium, held against the program.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::serve::Server;
use super::toolchain;
use crate::adapters::Found;
use crate::command::Tool;
use crate::summary::Outcome;
use crate::{browser, node, workspace};

/// Beside the tests: which packages they need.
const MANIFEST: &str = "tests/web/package.json";
const RECIPE: &str = "tests/web/recipe.toml";

/// Builds the page, serves it and drives it.
///
/// # Errors
/// If it does not build or a test fails. A missing browser, Node or compiler leaves it out, with the reason.
pub fn check(adapters: &Found, library: Option<&Path>) -> Result<Outcome> {
    let tools = node::packages(MANIFEST, "tests/web").and_then(|node| Ok((node, browser::require()?)));
    let (node, chromium) = match tools {
        Ok(found) => found,
        Err(why) => return Ok(Outcome::Skipped(format!("the page is not checked here: {why:#}"))),
    };
    if let Err(why) = toolchain::require() {
        return Ok(Outcome::Skipped(format!("the page is not checked here: {why:#}")));
    }
    let page = super::build()?;
    let native = native(adapters, library)?;
    let server = Server::start(&page, 0)?;
    let suite = Server::start(&super::build_suite()?, 0)?;
    let root = workspace::root();
    Tool::new(&node.node)
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(["tests/web/page.test.mjs", "tests/web/suite.test.mjs"].map(|file| root.join(file)))
        .env("STITCHSCOPE_SUITE", suite.address())
        .env("STITCHSCOPE_PAGE", server.address())
        .env("STITCHSCOPE_WEB_PACKAGES", &node.folder)
        .env("STITCHSCOPE_RECIPE", root.join(RECIPE))
        .env("STITCHSCOPE_NATIVE", native)
        .env("STITCHSCOPE_ZOO", root.join("zoo"))
        .env("STITCHSCOPE_PICTURES", workspace::target().join("page-pictures"))
        .env(browser::VARIABLE, chromium)
        .run()?;
    Ok(Outcome::Passed)
}

/// The program's report for the tests' recipe, by the same engine.
fn native(adapters: &Found, library: Option<&Path>) -> Result<PathBuf> {
    let folder = workspace::target().join("page-native");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let text = fs::read_to_string(workspace::root().join(RECIPE)).with_context(|| format!("{RECIPE} is missing"))?;
    let recipe = folder.join("recipe.toml");
    fs::write(&recipe, text.replace("engine = \"auto\"", "engine = \"wgpu\"")).context("cannot write a recipe")?;
    let program = Tool::cargo().args(["run", "--quiet", "--package", "stitchscope", "--", "run"]).arg(&recipe);
    let out = folder.join("out");
    adapters.only(program.runtime(library)).arg("--out").arg(&out).run()?;
    Ok(out.join("report.json"))
}
