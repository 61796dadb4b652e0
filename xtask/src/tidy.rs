//! `tidy`: the rules of the house that no other tool checks. Each broken one is one line, `path:line: what`.
//!
//! - every Rust and WGSL file opens by saying what it is for;
//! - no file and no folder grows past what one can read at a sitting (`sizes`);
//! - only the platform layer asks for which machine it is compiled;
//! - no stubs and no left-over reminders;
//! - the command line needs no window toolkit (`windowless`);
//! - use between the crates runs one way (`layers`), and between the rooms of `core` too (`rooms`);
//! - every path that the documents name is there (`paths`);
//! - files, clock, chance, threads and colours are where they belong (`only`);
//! - each statement of what always holds names its check (`held`);
//! - the map in ARCHITECTURE.md names the folders that there are (`map`).

mod held;
mod layers;
mod map;
mod only;
mod paths;
mod rooms;
mod sizes;
mod uses;
mod windowless;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::checks::summary::Outcome;
use crate::workspace;

/// What people write and read as code.
const SOURCES: [&str; 8] = ["rs", "wgsl", "py", "js", "mjs", "html", "css", "sh"];
/// Folders that are made, not written.
const MADE: [&str; 5] = ["target", "results", "node_modules", "dist", "__pycache__"];
/// Spelled in two parts, so that this file does not break its own rule.
const ARCH: &str = concat!("target", "_arch");
const STUBS: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!("), concat!("unimple", "mented!(")];

/// A broken rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Checks the workspace in `root` and prints what is wrong.
///
/// # Errors
/// If a file cannot be read.
pub fn report(root: &Path) -> Result<Outcome> {
    let mut findings = Vec::new();
    let all = files(root)?;
    let sizes = sizes::Sizes::of(&all, root)?;
    findings.extend(sizes.findings());
    findings.extend(held::check(root, &all)?);
    for path in all {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let short = workspace::short(&path, root);
        findings.extend(source(&short, &text));
        findings.extend(only::check(&short, &text));
    }
    findings.extend(layers::check(root)?);
    findings.extend(map::check(root)?);
    findings.extend(windowless::check(root)?);
    findings.extend(rooms::check(root)?);
    findings.extend(paths::check(root)?);
    println!("{}", rooms::table());
    println!("{}", sizes.summary());
    for finding in &findings {
        println!("{finding}");
    }
    Ok(match findings.len() {
        0 => Outcome::Passed,
        1 => Outcome::Failed("1 rule of the house is broken".to_owned()),
        count => Outcome::Failed(format!("{count} rules of the house are broken")),
    })
}

/// All source files, sorted, without what is hidden or made.
fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            let path = entry.path();
            if kind.is_dir() && is_ours(&entry.file_name().to_string_lossy()) {
                folders.push(path);
            } else if kind.is_file() && SOURCES.contains(&extension(&path)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_ours(folder: &str) -> bool {
    !folder.starts_with('.') && !folder.starts_with("target-") && !MADE.contains(&folder)
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// The rules for one file; `path` is from the workspace's folder.
fn source(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(opening(path, text));
    for (index, line) in text.lines().enumerate() {
        findings.extend(stub(path, index + 1, line));
        findings.extend(architecture(path, index + 1, line));
    }
    findings
}

fn opening(path: &str, text: &str) -> Option<Finding> {
    let mark = match extension(Path::new(path)) {
        "rs" => "//!",
        "wgsl" => "//",
        _ => return None,
    };
    let first = text.lines().next().unwrap_or_default();
    let says_something = first.strip_prefix(mark).is_some_and(|rest| !rest.trim().is_empty());
    (!says_something).then(|| Finding::new(path, 1, format!("open the file with `{mark}` and what it is for")))
}

fn stub(path: &str, number: usize, line: &str) -> Option<Finding> {
    let word = STUBS.iter().find(|word| line.contains(**word))?;
    Some(Finding::new(path, number, format!("`{word}`: finish it, or open an issue")))
}

fn architecture(path: &str, number: usize, line: &str) -> Option<Finding> {
    let allowed = ["core/src/platform", "core/src/engine/ort", "web-app/"];
    let code = line.split("//").next().unwrap_or_default();
    let asks = extension(Path::new(path)) == "rs" && code.contains("cfg") && code.contains(ARCH);
    let what = format!("asks for `{ARCH}` outside {}: move it there", allowed.join(", "));
    (asks && !allowed.iter().any(|start| path.starts_with(start))).then(|| Finding::new(path, number, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    fn lines(path: &str, text: &str) -> Vec<usize> {
        source(path, text).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_file_opens_with_what_it_is_for() {
        assert_eq!(lines("core/src/a.rs", "//! Adds.\n"), NONE);
        assert_eq!(lines("core/src/a.rs", "// Adds.\n"), [1]);
        assert_eq!(lines("core/src/a.rs", "//!\n//! Adds.\n"), [1]);
        assert_eq!(lines("core/src/a.rs", ""), [1]);
        assert_eq!(lines("shaders/a.wgsl", "// Adds.\n"), NONE);
        assert_eq!(lines("shaders/a.wgsl", "fn add() {}\n"), [1]);
        assert_eq!(lines("zoo/train.py", "import torch\n"), NONE);
    }

    #[test]
    fn stubs_and_reminders_are_found() {
        for word in STUBS {
            assert_eq!(lines("ui/src/a.rs", &format!("//! A.\nfn a() {{ {word} }}\n")), [2], "{word}");
        }
    }

    #[test]
    fn only_the_platform_layer_asks_for_the_machine() {
        let text = format!("//! A.\n#[cfg(not({ARCH} = \"wasm32\"))]\nmod b;\n// no cfg({ARCH}) here\n");
        assert_eq!(lines("core/src/engine/mod.rs", &text), [2]);
        for path in
            ["core/src/platform/clock.rs", "core/src/engine/ort.rs", "core/src/engine/ort/mod.rs", "web-app/src/lib.rs"]
        {
            assert_eq!(lines(path, &text), NONE, "{path}");
        }
    }

    #[test]
    fn made_and_hidden_folders_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["core/src", "target/debug", ".cache", "target-web"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
            fs::write(folder.path().join(path).join("a.rs"), "").unwrap();
        }
        assert_eq!(files(folder.path()).unwrap(), [folder.path().join("core/src/a.rs")]);
    }

    #[test]
    fn a_finding_is_one_line_that_editors_can_open() {
        assert_eq!(Finding::new("core/src/a.rs", 3, "what").to_string(), "core/src/a.rs:3: what");
    }
}
