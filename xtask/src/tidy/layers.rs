//! The layers: which crates may not be used from which, as the arrows in ARCHITECTURE.md have it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Finding;

/// A crate's folder and what may not stand among its dependencies; a name ending in `*` forbids all that start so.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("shaders", &["stitchscope-*", "egui*", "eframe"]),
    (
        "core",
        &[
            "stitchscope-ui",
            "stitchscope-zoo",
            "stitchscope-web",
            "stitchscope-tests",
            "egui*",
            "eframe",
            "winit",
            "rfd",
        ],
    ),
    (
        "figures",
        &[
            "stitchscope",
            "stitchscope-ui",
            "stitchscope-zoo",
            "stitchscope-web",
            "stitchscope-tests",
            "egui*",
            "eframe",
            "winit",
            "rfd",
            "clap",
        ],
    ),
    ("ui", &["stitchscope-tests", "stitchscope-web", "stitchscope", "clap"]),
];

/// Reads the manifests of the layers that there are.
///
/// # Errors
/// If a manifest cannot be read or is no TOML.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (folder, forbidden) in FORBIDDEN {
        let path = format!("{folder}/Cargo.toml");
        if !root.join(&path).exists() {
            continue; // that there is no such folder is the map's concern
        }
        let text = fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
        findings.extend(manifest(&path, &text, forbidden)?);
    }
    Ok(findings)
}

fn manifest(path: &str, text: &str, forbidden: &[&str]) -> Result<Vec<Finding>> {
    let table: Table = toml::from_str(text).with_context(|| format!("{path} is no TOML"))?;
    let names = dependencies(&table);
    let broken = names.iter().filter(|(_, package)| forbidden.iter().any(|rule| matches(rule, package)));
    Ok(broken
        .map(|(key, package)| {
            let line = text.lines().position(|line| line.contains(key.as_str())).map_or(1, |index| index + 1);
            Finding::new(path, line, format!("must not use `{package}`: use between the layers runs one way"))
        })
        .collect())
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

    fn core(text: &str) -> Vec<usize> {
        let (_, forbidden) = FORBIDDEN.iter().find(|(folder, _)| *folder == "core").unwrap();
        manifest("core/Cargo.toml", text, forbidden).unwrap().iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn the_core_knows_no_window() {
        assert_eq!(core("[dependencies]\nndarray.workspace = true\n"), NONE);
        assert_eq!(core("[dependencies]\nndarray = \"1\"\nstitchscope-ui.workspace = true\n"), [3]);
        assert_eq!(core("[dev-dependencies]\negui_kittest = \"1\"\n"), [2]);
    }

    #[test]
    fn neither_a_target_nor_another_name_hides_a_dependency() {
        assert_eq!(core("[target.'cfg(unix)'.dependencies]\neframe = \"1\"\n"), [2]);
        assert_eq!(core("[dependencies]\nwindow = { package = \"egui\", version = \"1\" }\n"), [2]);
    }
}
