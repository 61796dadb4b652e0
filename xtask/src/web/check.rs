//! `cargo xtask test web`: the page in a headless Chromium, held against the program.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::serve::Server;
use super::toolchain::{self, Source};
use crate::bring::adapters::Found;
use crate::bring::browser;
use crate::bring::node::{self, Peers};
use crate::checks::summary::Outcome;
use crate::command::Tool;
use crate::workspace;

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
    let source = match toolchain::require() {
        Ok(source) => source,
        Err(why) => return Ok(Outcome::Skipped(format!("the page is not checked here: {why:#}"))),
    };
    let page = match super::build() {
        Ok(page) => page,
        // Another compiler's build of the standard library is no part of what is checked.
        Err(why) if source == Source::Debian => {
            return Ok(Outcome::Skipped(format!("the page is not checked here, Debian's compiler fails: {why:#}")));
        }
        Err(why) => return Err(why),
    };
    let native = native(adapters, library)?;
    let tests = ["tests/web/page.test.mjs", "tests/web/suite.test.mjs"].map(|file| workspace::root().join(file));
    driven(&node, &chromium, &page)?
        .env("STITCHSCOPE_NATIVE", native)
        .env("STITCHSCOPE_PICTURES", workspace::target().join("page-pictures"))
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(tests)
        .run()?;
    Ok(Outcome::Passed)
}

/// Measures the page's speed, beside onnxruntime-web.
///
/// # Errors
/// If something is missing or the script fails.
pub fn bench(model: &Path) -> Result<()> {
    let (node, chromium) = (node::packages(MANIFEST, "tests/web")?, browser::require()?);
    let page = super::build()?;
    driven(&node, &chromium, &page)?
        .env("STITCHSCOPE_WEB_PEERS", node::peers()?.folder)
        .env("STITCHSCOPE_BENCH_MODEL", model)
        .arg(workspace::root().join("tests/web/speed.mjs"))
        .run()
}

/// Node with what the scripts want to know, the page and the suite served for as long as this program runs.
fn driven(node: &Peers, chromium: &Path, page: &Path) -> Result<Tool> {
    let server = Server::start(page, 0)?;
    let suite = Server::start(&super::build_suite()?, 0)?;
    let root = workspace::root();
    Ok(Tool::new(&node.node)
        .env("STITCHSCOPE_PAGE", server.address())
        .env("STITCHSCOPE_SUITE", suite.address())
        .env("STITCHSCOPE_WEB_PACKAGES", &node.folder)
        .env("STITCHSCOPE_RECIPE", root.join(RECIPE))
        .env("STITCHSCOPE_ZOO", root.join("zoo"))
        .env(browser::VARIABLE, chromium))
}

/// The program's report for the tests' recipe, by the same engine.
fn native(adapters: &Found, library: Option<&Path>) -> Result<PathBuf> {
    let folder = workspace::target().join("page-native");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let text = fs::read_to_string(workspace::root().join(RECIPE)).with_context(|| format!("{RECIPE} is missing"))?;
    let recipe = folder.join("recipe.toml");
    fs::write(&recipe, text.replace("engine = \"auto\"", "engine = \"wgpu\"")).context("cannot write a recipe")?;
    // With the whole workspace's features, as the tests before have built it.
    Tool::cargo().args(["build", "--quiet", "--workspace", "--bins"]).run()?;
    let name = format!("stitchscope{}", std::env::consts::EXE_SUFFIX);
    let program = Tool::new(workspace::target().join("debug").join(name)).runtime(library);
    let out = folder.join("out");
    adapters.only(program).arg("run").arg(&recipe).arg("--out").arg(&out).run()?;
    Ok(out.join("report.json"))
}
