//! The layers: which crates may use which, as the arrows in ARCHITECTURE.md have it, and who may use a window toolkit.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::{Finding, map};

/// Each crate's folder and the crates of the workspace that it may use.
const CRATES: &[(&str, &[&str])] = &[
    ("shaders", &[]),
    ("core", &["stitchscope-shaders"]),
    ("figures", &["stitchscope-core"]),
    ("ui", &["stitchscope-core", "stitchscope-figures"]),
    ("zoo", &[]),
    ("native-app", &["stitchscope-core", "stitchscope-figures", "stitchscope-ui", "stitchscope-zoo"]),
    ("web-app", &["stitchscope-core", "stitchscope-figures", "stitchscope-ui", "stitchscope-zoo"]),
    ("tests", &["stitchscope-core", "stitchscope-figures", "stitchscope-shaders", "stitchscope-ui", "stitchscope-zoo"]),
    ("xtask", &[]),
];

/// Crates from outside that only some may use; a name ending in `*` stands for all that start so.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("egui*", &["ui", "native-app", "web-app", "tests"]),
    ("eframe", &["native-app", "web-app"]),
    ("winit", &["native-app", "web-app"]),
    ("rfd", &["native-app", "web-app"]),
    ("clap", &["native-app", "xtask"]),
];

/// Holds the manifests of the workspace's crates against the table.
///
/// # Errors
/// If a manifest cannot be read or is no TOML.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let workspace = fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let mut findings = Vec::new();
    for folder in map::members(&workspace)? {
        let path = format!("{folder}/Cargo.toml");
        if !root.join(&path).exists() {
            continue; // that there is no such folder is the map's concern
        }
        let text = fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
        findings.extend(manifest(&folder, &text)?);
    }
    Ok(findings)
}

fn manifest(folder: &str, text: &str) -> Result<Vec<Finding>> {
    let path = format!("{folder}/Cargo.toml");
    let Some((_, may)) = CRATES.iter().find(|(name, _)| *name == folder) else {
        return Ok(vec![Finding::new(&path, 1, "has no row in the table of layers (xtask/src/tidy/layers.rs)")]);
    };
    let table: Table = toml::from_str(text).with_context(|| format!("{path} is no TOML"))?;
    let broken = dependencies(&table).into_iter().filter(|(_, package)| !is_allowed(folder, may, package));
    Ok(broken
        .map(|(key, package)| {
            let line = text.lines().position(|line| line.contains(key.as_str())).map_or(1, |index| index + 1);
            Finding::new(&path, line, format!("must not use `{package}`: use between the layers runs one way"))
        })
        .collect())
}

fn is_allowed(folder: &str, may: &[&str], package: &str) -> bool {
    if package == "xtask" || package == "stitchscope" || package.starts_with("stitchscope-") {
        return may.contains(&package);
    }
    let rule = OUTSIDE.iter().find(|(rule, _)| matches(rule, package));
    rule.is_none_or(|(_, folders)| folders.contains(&folder))
}

/// All dependencies of a manifest as (key, package name), those for some targets and for tests included.
fn dependencies(table: &Table) -> Vec<(String, String)> {
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let here = kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()).flatten();
    let here = here.map(|(key, value)| {
        let package = value.get("package").and_then(Value::as_str).unwrap_or(key);
        (key.clone(), package.to_owned())
    });
    let targets = table.get("target").and_then(Value::as_table).into_iter().flatten();
    let nested = targets.filter_map(|(_, target)| target.as_table()).flat_map(dependencies);
    here.chain(nested).collect()
}

fn matches(rule: &str, package: &str) -> bool {
    rule.strip_suffix('*').map_or(rule == package, |start| package.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    fn lines(folder: &str, text: &str) -> Vec<usize> {
        manifest(folder, text).unwrap().iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn the_core_knows_no_window() {
        assert_eq!(lines("core", "[dependencies]\nndarray.workspace = true\n"), NONE);
        assert_eq!(lines("core", "[dependencies]\nndarray = \"1\"\nstitchscope-ui.workspace = true\n"), [3]);
        assert_eq!(lines("core", "[dev-dependencies]\negui_kittest = \"1\"\n"), [2]);
    }

    #[test]
    fn only_allowed_arrows_pass() {
        for (folder, may) in CRATES {
            for (other, _) in CRATES {
                let package = if *other == "native-app" { "stitchscope" } else { &format!("stitchscope-{other}") };
                let found = lines(folder, &format!("[dependencies]\n{package}.workspace = true\n"));
                assert_eq!(found.is_empty(), may.contains(&package), "{folder} -> {package}");
            }
        }
        assert_eq!(lines("zoo", "[dependencies]\nxtask.workspace = true\n"), [2]);
        assert_eq!(lines("new", "[dependencies]\n"), [1], "a crate without a row");
    }

    #[test]
    fn neither_a_target_nor_another_name_hides_a_dependency() {
        assert_eq!(lines("core", "[target.'cfg(unix)'.dependencies]\neframe = \"1\"\n"), [2]);
        assert_eq!(lines("core", "[dependencies]\nwindow = { package = \"egui\", version = \"1\" }\n"), [2]);
    }
}
