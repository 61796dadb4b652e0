//! Paths that the documents name: each is there.
//!
//! A path in backticks that ends like a source file may be written from any folder on (`plan/view.rs`), one that begins with a crate's
//! folder is written whole, and a link between documents leads from where it stands.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{Finding, SOURCES, extension, files, map};
use crate::workspace;

/// Checks README.md, ARCHITECTURE.md, CONTRIBUTING.md and `docs/`.
///
/// # Errors
/// If a document cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let sources: Vec<String> = files(root)?.iter().map(|path| workspace::short(path, root)).collect();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let members = map::members(&manifest)?;
    let mut findings = Vec::new();
    for path in documents(root)? {
        let text = fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
        let there = |named: &str| root.join(named).exists();
        findings.extend(named(&path, &text, &sources, &members, &there));
        let folder = root.join(&path);
        let folder = folder.parent().unwrap_or(root);
        findings.extend(links(&path, &text, &|named: &str| folder.join(named).exists()));
    }
    Ok(findings)
}

fn documents(root: &Path) -> Result<Vec<String>> {
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(str::to_owned).into_iter();
    let mut all: Vec<String> = top.filter(|path| root.join(path).exists()).collect();
    if let Ok(entries) = fs::read_dir(root.join("docs")) {
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            all.extend(name.ends_with(".md").then(|| format!("docs/{name}")));
        }
    }
    all.sort();
    Ok(all)
}

/// Words in backticks that are paths of nothing.
fn named(
    document: &str,
    text: &str,
    sources: &[String],
    members: &[String],
    there: &dyn Fn(&str) -> bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for word in line.split('`').skip(1).step_by(2).filter(|word| !word.contains(PATTERN)) {
            let whole = members.iter().any(|member| word.split_once('/').is_some_and(|(first, _)| first == member));
            let source = SOURCES.contains(&extension(Path::new(word))) && !word.contains(".min.");
            let ending = format!("/{word}");
            let known = there(word) || (!whole && sources.iter().any(|path| path.ends_with(&ending)));
            if (whole || source) && !known {
                findings.push(Finding::new(document, index + 1, format!("names `{word}`, which is not there")));
            }
        }
    }
    findings
}

/// Signs of a pattern, an address or a sentence instead of a path.
const PATTERN: [char; 8] = ['*', '<', '{', ' ', ':', '~', '=', '('];

/// Links to files that are not there.
fn links(document: &str, text: &str, there: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains(':') && !there(path) {
                findings.push(Finding::new(document, index + 1, format!("links to {path}, which is not there")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let sources = ["core/src/ops/relu.rs".to_owned()];
        let members = ["core".to_owned()];
        let there = |path: &str| ["core/src/ops/relu.rs", "core/src/", "docs/a.md"].contains(&path);
        let found = named("a.md", text, &sources, &members, &there);
        found.iter().chain(&links("a.md", text, &there)).map(|finding| finding.line).collect()
    }

    const NONE: [usize; 0] = [];

    #[test]
    fn what_is_there_may_be_named() {
        assert_eq!(lines("`relu.rs`, `ops/relu.rs`, `core/src/ops/relu.rs`, `core/src/` and [a](docs/a.md#b)"), NONE);
        assert_eq!(
            lines("`report.json`, `stitches/`, `core/src/engine/ort*`, `wgsl/<family>/x.wgsl`, `x = 1.rs`"),
            NONE
        );
    }

    #[test]
    fn what_is_gone_is_found() {
        for text in ["`gone.rs`", "`op/relu.rs`", "`core/src/gone/`", "`core/relu.rs`", "[a](docs/gone.md)"] {
            assert_eq!(lines(&format!("A line.\n{text}")), [2], "{text}");
        }
    }
}
