//! Node.js and npm: they fetch data sets, and run the benchmark's peer in the browser with packages in `.cache/peers/web`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::bring::install;
use crate::command::Tool;
use crate::workspace;

/// The oldest that playwright-core runs on.
const OLDEST: u32 = 18;
const ELSEWHERE: &str = "Node.js with npm, https://nodejs.org";
/// Beside the peers' scripts: which packages they need, each with its exact version.
const MANIFEST: &str = "tests/bench/peers/package.json";

/// What the peers' scripts run with.
pub struct Peers {
    /// The program `node`.
    pub node: PathBuf,
    /// The folder that has their packages in `node_modules`.
    pub folder: PathBuf,
}

/// npm's program, installed if it is missing.
///
/// # Errors
/// If it is missing and cannot be installed; the message says what to do.
pub fn npm() -> Result<&'static str> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    if !Tool::new(npm).arg("--version").works() {
        install::debian("npm", &["npm"], ELSEWHERE)?;
    }
    Ok(npm)
}

/// Node and the packages that the peers' scripts need.
///
/// # Errors
/// As [`packages`].
pub fn peers() -> Result<Peers> {
    packages(MANIFEST, "peers/web")
}

/// Node and the packages that `manifest` names, fetched into `folder` of the cache unless they are there in their versions.
///
/// # Errors
/// If one of them is missing and cannot be had; the message says what to do.
pub fn packages(manifest: &str, folder: &str) -> Result<Peers> {
    let node = node()?;
    let named = manifest;
    let manifest = workspace::root().join(manifest);
    let text = fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let wanted = dependencies(&text).with_context(|| format!("{named} names no versions"))?;
    let folder = workspace::cache()?.join(folder);
    if !are_there(&folder, &wanted) {
        let npm = npm()?;
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join("package.json"), text))
            .with_context(|| format!("cannot write {}", folder.display()))?;
        // No package's own script need run, and nothing is written but the packages.
        let quiet = ["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"];
        Tool::new(npm).arg("install").args(quiet).folder(&folder).run()?;
    }
    if are_there(&folder, &wanted) { Ok(Peers { node, folder }) } else { bail!("npm ended well but left no packages") }
}

fn node() -> Result<PathBuf> {
    let version = || Tool::new("node").arg("--version").output();
    let found = match version() {
        Ok(found) => found,
        Err(_) => {
            install::debian("Node.js", &["nodejs", "npm"], ELSEWHERE)?;
            version()?
        }
    };
    if major(&found).is_none_or(|major| major < OLDEST) {
        bail!("Node.js {} is too old: version {OLDEST} or newer is needed ({ELSEWHERE})", found.trim());
    }
    Ok(PathBuf::from("node"))
}

/// The first number of a version such as `v20.1.0`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Names and exact versions.
fn dependencies(manifest: &str) -> Option<Vec<(String, String)>> {
    let value: Value = serde_json::from_str(manifest).ok()?;
    let dependencies = value["dependencies"].as_object()?;
    dependencies.iter().map(|(name, version)| Some((name.clone(), version.as_str()?.to_owned()))).collect()
}

fn are_there(folder: &Path, wanted: &[(String, String)]) -> bool {
    let version = |name: &str| -> Option<String> {
        let manifest = folder.join("node_modules").join(name).join("package.json");
        let value: Value = serde_json::from_str(&fs::read_to_string(manifest).ok()?).ok()?;
        Some(value["version"].as_str()?.to_owned())
    };
    wanted.iter().all(|(name, wanted)| version(name).is_some_and(|found| found == *wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("20"), None);
        assert_eq!(major("v"), None);
    }

    #[test]
    fn packages_are_there_when_each_has_its_version() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = dependencies(r#"{"dependencies": {"a": "1.0.0", "b": "2.0.0"}}"#).unwrap();
        let write = |name: &str, version: &str| {
            let folder = folder.path().join("node_modules").join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("package.json"), format!(r#"{{"version": "{version}"}}"#)).unwrap();
        };
        write("a", "1.0.0");
        assert!(!are_there(folder.path(), &wanted));
        write("b", "2.0.1");
        assert!(!are_there(folder.path(), &wanted));
        write("b", "2.0.0");
        assert!(are_there(folder.path(), &wanted));
    }

    #[test]
    fn the_manifest_names_exact_versions() {
        for manifest in [MANIFEST, "tests/web/package.json"] {
            let manifest = fs::read_to_string(workspace::root().join(manifest)).unwrap();
            for (name, version) in dependencies(&manifest).unwrap() {
                assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{name}: {version}");
            }
        }
    }
}
