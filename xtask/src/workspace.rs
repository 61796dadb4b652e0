//! Where things are: the workspace's folder, its cache, and what Cargo knows about its packages.

use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::Tool;

/// The workspace's top folder, whatever folder the chore was called from.
///
/// Asked at run time first: two checkouts that share a target folder share this program too.
pub fn root() -> PathBuf {
    let manifest =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// `.cache`, made if it is missing: downloads that can be deleted at any time.
///
/// # Errors
/// If the folder cannot be made.
pub fn cache() -> Result<PathBuf> {
    let folder = root().join(".cache");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}: check the folder's permissions", folder.display()))?;
    Ok(folder)
}

/// Cargo's target folder, which need not exist yet.
pub fn target() -> PathBuf {
    let named = env::var_os("CARGO_TARGET_DIR").and_then(|folder| std::path::absolute(folder).ok());
    named.unwrap_or_else(|| root().join("target"))
}

/// `path` as people write it: from the workspace's folder, with forward slashes.
pub fn short(path: &Path, root: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    inside.display().to_string().replace('\\', "/")
}

/// Has the suites look again for what they need: they ask at build time, and their build script runs when its file's time changes.
///
/// # Errors
/// If that time cannot be set.
pub fn material_has_come() -> Result<()> {
    let script = root().join("tests/build.rs");
    let touched = File::options().append(true).open(&script).and_then(|file| file.set_modified(SystemTime::now()));
    touched.with_context(|| format!("cannot set the time of {}", script.display()))
}

/// One package of the workspace.
pub struct Package {
    /// Its name in Cargo.
    pub name: String,
    /// The name of its folder.
    pub folder: String,
    /// Its integration tests.
    pub tests: Vec<String>,
}

/// The workspace's packages as `cargo metadata` lists them.
///
/// # Errors
/// If Cargo cannot read a manifest.
pub fn packages() -> Result<Vec<Package>> {
    let text = Tool::cargo().args(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata gave no JSON")?;
    Ok(list(&metadata["packages"]).iter().map(package).collect())
}

fn package(value: &Value) -> Package {
    let manifest = Path::new(text(&value["manifest_path"]));
    let folder = manifest.parent().and_then(Path::file_name);
    let is_test = |target: &&Value| list(&target["kind"]).iter().any(|kind| kind == "test");
    Package {
        name: text(&value["name"]).to_owned(),
        folder: folder.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        tests: list(&value["targets"]).iter().filter(is_test).map(|target| text(&target["name"]).to_owned()).collect(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
