//! The files: kernels at `wgsl/<family>/<name>.wgsl`, shared fragments at `wgsl/shared/<name>.wgsl`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::fault::Fault;

/// A WGSL file.
#[derive(Clone, Debug)]
pub struct File {
    /// `family/name` of a kernel, `name` of a fragment.
    pub name: String,
    /// Where it lies, as from the root of the workspace.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl File {
    /// The text of the `//!` lines that it begins with.
    pub fn doc(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}

/// All WGSL files of the crate.
#[derive(Debug, Default)]
pub struct Sources {
    /// The kernels, by name.
    pub kernels: Vec<File>,
    /// The fragments, by name.
    pub fragments: BTreeMap<String, File>,
}

impl Sources {
    /// Reads all files of the crate at `folder`.
    ///
    /// # Errors
    /// If a file cannot be read, is named otherwise than agreed, or does not begin with `//!`.
    pub fn read(folder: &Path) -> Result<Self, Fault> {
        let mut sources = Self::default();
        for family in entries(&folder.join("wgsl"))? {
            for path in entries(&family)? {
                let file = read(&family, &path)?;
                if stem(&family) == "shared" {
                    sources.fragments.insert(file.name.clone(), file);
                } else {
                    sources.kernels.push(file);
                }
            }
        }
        Ok(sources)
    }
}

fn read(family: &Path, path: &Path) -> Result<File, Fault> {
    let (folder, name) = (stem(family), stem(path));
    let shown = format!("shaders/wgsl/{folder}/{name}.wgsl");
    let text = fs::read_to_string(path).map_err(|e| Fault::new(&shown, 1, format!("cannot be read: {e}")))?;
    if path.extension().is_none_or(|extension| extension != "wgsl") || !is_name(&name) || !is_name(&folder) {
        return Err(Fault::new(&path.display().to_string(), 1, "is not named `<family>/<name>.wgsl` in small letters"));
    }
    if !text.starts_with("//!") {
        return Err(Fault::new(&shown, 1, "must begin with `//!` lines that say what it computes"));
    }
    let name = if folder == "shared" { name } else { format!("{folder}/{name}") };
    Ok(File { name, path: shown, text: text.replace("\r\n", "\n") })
}

/// Whether a name serves as a Rust module's too.
fn is_name(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    plain && name.starts_with(|c: char| c.is_ascii_lowercase())
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What lies in a folder, sorted, so that the result does not depend on the file system.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let fault = |e: std::io::Error| Fault::new(&folder.display().to_string(), 1, format!("cannot be listed: {e}"));
    let found = fs::read_dir(folder).map_err(fault)?;
    let mut paths = found.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(fault)?;
    paths.sort();
    Ok(paths)
}
