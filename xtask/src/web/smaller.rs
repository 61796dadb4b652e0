//! Binaryen's `wasm-opt` over the module: an eighth of the compiler's output is left over for it.

use std::path::Path;

use anyhow::{Context, Result};

use crate::bring::node;
use crate::command::Tool;

/// Debian 12 has 108, which knows too little of today's modules.
const OLDEST: u32 = 116;
/// Names npm's package and its version.
const MANIFEST: &str = "xtask/src/web/package.json";
/// Small first; the loops that compute have been unrolled by the compiler already.
const LEVEL: &str = "-Oz";
/// What the compiler's modules contain beyond the first WebAssembly.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-simd",
];

/// Makes the module smaller.
///
/// # Errors
/// If `wasm-opt` can neither be found nor fetched, or fails.
pub fn make(module: &Path) -> Result<()> {
    let smaller = module.with_extension("opt.wasm");
    tool()?.arg(LEVEL).args(FEATURES).arg(module).arg("-o").arg(&smaller).run()?;
    std::fs::rename(&smaller, module).with_context(|| format!("cannot replace {}", module.display()))
}

/// The `wasm-opt` of this machine if it is young enough, else npm's, which is WebAssembly itself and runs in Node.js.
fn tool() -> Result<Tool> {
    let installed = Tool::new("wasm-opt").arg("--version").output().ok();
    if installed.and_then(|said| version(&said)).is_some_and(|found| found >= OLDEST) {
        return Ok(Tool::new("wasm-opt"));
    }
    let packages = node::packages(MANIFEST, "web-tools")?;
    Ok(Tool::new(packages.node).arg(packages.folder.join("node_modules/binaryen/bin/wasm-opt")))
}

/// The number of `wasm-opt version 122 (version_122)`.
fn version(said: &str) -> Option<u32> {
    said.split_whitespace().find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_in_what_it_says() {
        assert_eq!(version("wasm-opt version 122 (version_122)\n"), Some(122));
        assert_eq!(version("wasm-opt"), None);
    }
}
