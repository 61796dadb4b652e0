//! A compiler for WebAssembly: rustup's target, or, where rustup cannot fetch it, Debian's compiler with the standard library from
//! source.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::bring::install;
use crate::command::Tool;
use crate::workspace;

/// Where Cargo looks for flags first; the unit separator stands between two.
const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";
const TARGET: &str = "wasm32-unknown-unknown";
/// Debian's compiler, Cargo, sources of the standard library and linker.
const DEBIAN: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
const OURS: [&str; 6] = ["build", "--package", "stitchscope-web", "--target", TARGET, "--profile=web"];

/// Where the compiler comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The ordinary way.
    Rustup,
    /// The way round, where rustup cannot fetch the target.
    Debian,
}

/// Sees to it that there is a compiler.
///
/// # Errors
/// If there is none and none can be had.
pub fn require() -> Result<Source> {
    if has_target() {
        return Ok(Source::Rustup);
    }
    let why = "rustup has no wasm32-unknown-unknown for this toolchain and could not fetch it";
    install::debian("a compiler for WebAssembly", &DEBIAN, "rustup target add wasm32-unknown-unknown").context(why)?;
    if new_enough() {
        Ok(Source::Debian)
    } else {
        bail!("{why}, and Debian's compiler is older than this project needs")
    }
}

/// A module of the page's package, built: the page itself, or what arguments `what` of `cargo build` name; its path.
///
/// # Errors
/// If there is no compiler for it and none can be had, or the build fails.
pub fn compile(what: &[&str], name: &str) -> Result<PathBuf> {
    if require()? == Source::Rustup {
        Tool::cargo().args(OURS).args(what).env(FLAGS, flags()).run()?;
        return found(&workspace::target(), name);
    }
    let folder = workspace::target().join("debian");
    Tool::new("/usr/bin/cargo")
        .args(OURS)
        .args(what)
        .args(["-Zbuild-std=std,panic_abort", "--target-dir"])
        .arg(&folder)
        .env(FLAGS, flags())
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19")
        .run()?;
    found(&folder, name)
}

/// The compiler's flags: those of `.cargo/config.toml`, which these replace, and short names for the folders of this machine, as messages of
/// panics name source files.
fn flags() -> OsString {
    let mut flags = OsString::from("-Ctarget-feature=+simd128");
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let crates = home.map(|home| (home.join("registry/src"), "crates"));
    for (folder, short) in crates.into_iter().chain([(workspace::root(), "stitchscope")]) {
        flags.push("\x1f--remap-path-prefix=");
        flags.push(&folder);
        flags.push(format!("={short}"));
    }
    flags
}

fn has_target() -> bool {
    let is_there = || {
        let listed = Tool::new("rustup").args(["target", "list", "--installed"]).output();
        listed.is_ok_and(|list| list.lines().any(|line| line == TARGET))
    };
    // The second look decides; why an attempt failed is on the terminal.
    is_there() || (Tool::new("rustup").args(["target", "add", TARGET]).run().is_ok() && is_there())
}

fn new_enough() -> bool {
    let version = Tool::new("/usr/bin/rustc").arg("--version").output().unwrap_or_default();
    minor(&version).zip(minor(&format!("rustc {}", env!("CARGO_PKG_RUST_VERSION")))).is_some_and(|(a, b)| a >= b)
}

/// The second number of `rustc 1.95.0 (...)`.
fn minor(version: &str) -> Option<u32> {
    version.split_whitespace().nth(1)?.split('.').nth(1)?.parse().ok()
}

fn found(target: &Path, name: &str) -> Result<PathBuf> {
    let module = target.join(TARGET).join("web").join(format!("{name}.wasm"));
    if module.is_file() { Ok(module) } else { bail!("the build ended well but left no {}", module.display()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_second_number() {
        assert_eq!(minor("rustc 1.96.0 (abc 2026-05-25)"), Some(96));
        assert_eq!(minor("rustc 1.95"), Some(95));
        assert_eq!(minor(""), None);
    }
}
