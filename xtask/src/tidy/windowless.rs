//! The command line without its window: no window toolkit is among its dependencies, and no file outside the window's folder uses
//! one, so that building it stays short.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Finding;
use crate::command::Tool;
use crate::workspace;

/// Crates of windows, as `cargo tree` names them; a name ending in `*` means all that start so.
const TOOLKITS: [&str; 10] =
    ["ecolor", "eframe", "egui*", "epaint*", "rfd", "smithay*", "stitchscope-ui", "wayland*", "winit*", "x11*"];
/// The same in sources of the program.
const USED: [&str; 4] = ["eframe::", "egui::", "rfd::", "stitchscope_ui::"];
const SOURCES: &str = "native-app/src";
const WINDOW: &str = "native-app/src/window/";

/// Asks Cargo, and reads the program's sources.
///
/// # Errors
/// If Cargo cannot list the dependencies or a source cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let arguments = ["tree", "--package", "stitchscope", "--no-default-features", "--edges", "normal,build"];
    let tree = Tool::cargo().args(arguments).args(["--prefix", "none", "--format", "{p}"]).output()?;
    let mut findings = dependencies(&tree);
    for path in super::files(&root.join(SOURCES))? {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        findings.extend(source(&workspace::short(&path, root), &text));
    }
    Ok(findings)
}

fn dependencies(tree: &str) -> Vec<Finding> {
    let mut names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    names.sort_unstable();
    names.dedup();
    let is_toolkit = |name: &&str| {
        TOOLKITS.iter().any(|rule| rule.strip_suffix('*').map_or(rule == name, |start| name.starts_with(start)))
    };
    let what = |name| format!("without its feature `window` the program still needs `{name}`: make that optional");
    names.into_iter().filter(is_toolkit).map(|name| Finding::new("native-app/Cargo.toml", 1, what(name))).collect()
}

fn source(path: &str, text: &str) -> Vec<Finding> {
    if path.starts_with(WINDOW) {
        return Vec::new();
    }
    let lines = text.lines().enumerate();
    let used = lines.filter_map(|(index, line)| Some((index, USED.iter().find(|word| line.contains(**word))?)));
    let what = |word: &str| format!("uses `{word}` outside {WINDOW}: the command line does without");
    used.map(|(index, word)| Finding::new(path, index + 1, what(word))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toolkits_are_found_among_dependencies() {
        let tree = "stitchscope v0.1.0 (/a)\negui-wgpu v1\nresvg v1\necolor v1 (*)\necolor v1\n";
        let found: Vec<_> = dependencies(tree).into_iter().map(|finding| finding.what).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("`ecolor`") && found[1].contains("`egui-wgpu`"), "{found:?}");
    }

    #[test]
    fn only_the_window_uses_them() {
        let text = format!("//! A.\nuse {}work::lock;\n", USED[3]);
        let lines = |path| source(path, &text).iter().map(|finding| finding.line).collect::<Vec<_>>();
        assert_eq!(lines("native-app/src/commands/run.rs"), [2]);
        assert_eq!(lines("native-app/src/window/ground.rs"), [0; 0]);
    }
}
