//! What `cargo xtask test NAME` means: a check, a crate, or one suite of tests.

use anyhow::{Result, bail};

use crate::checks::Check;
use crate::workspace::Package;

/// What a run covers.
#[derive(Debug, PartialEq, Eq)]
pub enum Scope {
    /// One check on the whole workspace.
    Check(Check),
    /// The tests that these arguments of `cargo test` choose.
    Tests(Vec<String>),
}

/// Looks `name` up among the checks, the crates (by folder or package name) and their integration tests.
///
/// # Errors
/// If there is no such name; the message lists those there are.
pub fn resolve(name: &str, packages: &[Package]) -> Result<Scope> {
    if let Some(check) = Check::ALL.into_iter().find(|check| check.name() == name) {
        return Ok(Scope::Check(check));
    }
    let chosen = |args: &[&str]| Ok(Scope::Tests(args.iter().map(|&arg| arg.to_owned()).collect()));
    if let Some(package) = packages.iter().find(|package| package.tests.iter().any(|test| test == name)) {
        return chosen(&["--package", &package.name, "--test", name]);
    }
    if let Some(package) = packages.iter().find(|package| package.folder == name || package.name == name) {
        return chosen(&["--package", &package.name]);
    }
    let checks = Check::ALL.map(Check::name).join(", ");
    let folders = packages.iter().map(|package| package.folder.as_str()).collect::<Vec<_>>().join(", ");
    let tests = packages.iter().flat_map(|package| &package.tests);
    let tests = tests.map(String::as_str).collect::<Vec<_>>().join(", ");
    bail!("there is no suite `{name}`; checks: {checks}; crates: {folders}; suites: {tests}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages() -> Vec<Package> {
        let package = |name: &str, folder: &str, tests: &[&str]| Package {
            name: name.into(),
            folder: folder.into(),
            tests: tests.iter().map(|&test| test.into()).collect(),
        };
        vec![package("stitchscope-core", "core", &[]), package("stitchscope-tests", "tests", &["gradients", "study"])]
    }

    #[test]
    fn a_name_is_a_check_a_crate_or_a_suite() {
        let resolved = |name| match resolve(name, &packages()).unwrap() {
            Scope::Check(check) => check.name().to_owned(),
            Scope::Tests(args) => args.join(" "),
        };
        assert_eq!(resolved("clippy"), "clippy");
        assert_eq!(resolved("core"), "--package stitchscope-core");
        assert_eq!(resolved("gradients"), "--package stitchscope-tests --test gradients");
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = resolve("gradient", &packages()).unwrap_err().to_string();
        assert!(error.contains("gradients, study") && error.contains("core, tests"), "{error}");
    }
}
