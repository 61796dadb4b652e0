//! What always holds: each statement of that chapter of ARCHITECTURE.md names the check that holds it, and the check is there. And every
//! function that the map names, as `name()`, is one.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Finding;

const MAP: &str = "ARCHITECTURE.md";
const CHAPTER: &str = "## What always holds";
/// Names of checks follow these words, each between backquotes.
const MARK: &str = "Held by";

/// Checks the chapter against the workspace's tests, files and lints.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn check(root: &Path, sources: &[std::path::PathBuf]) -> Result<Vec<Finding>> {
    let text = fs::read_to_string(root.join(MAP)).with_context(|| format!("cannot read {MAP}"))?;
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let (mut known, mut called) = (lints(&manifest)?, HashSet::new());
    for path in sources {
        let code = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        known.extend(tests(&code));
        called.extend(functions(&code).map(str::to_owned));
    }
    let is_there = |name: &str| known.iter().any(|known| known == name) || root.join(name).exists();
    let held = statements(&text).into_iter().flat_map(|statement| of(&statement, &is_there));
    Ok(held.chain(calls(&text, &|name| called.contains(name))).collect())
}

/// Names of all functions of a file.
fn functions(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter_map(|line| line.split_once("fn ")?.1.split(['(', '<']).next())
}

/// Functions that the map names and nobody wrote: `name()` or `path::name()` between backquotes.
fn calls(text: &str, is_there: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for word in line.split('`').skip(1).step_by(2) {
            let Some(path) = word.strip_suffix("()") else { continue };
            let name = path.rsplit("::").next().unwrap_or(path);
            if !is_there(name) {
                findings.push(Finding::new(MAP, index + 1, format!("names the function `{word}`, which is not there")));
            }
        }
    }
    findings
}

/// A statement: the line at which it begins, and its words.
type Statement = (usize, String);

/// The items of the chapter's lists.
fn statements(text: &str) -> Vec<Statement> {
    let mut all: Vec<Statement> = Vec::new();
    let mut open = false;
    let chapter = text.lines().enumerate().skip_while(|(_, line)| *line != CHAPTER).skip(1);
    for (index, line) in chapter.take_while(|(_, line)| !line.starts_with("## ")) {
        match (line.strip_prefix("- "), all.last_mut()) {
            (Some(words), _) => {
                all.push((index + 1, words.to_owned()));
                open = true;
            }
            (None, Some((_, words))) if open && line.starts_with("  ") => {
                words.push(' ');
                words.push_str(line.trim());
            }
            _ => open = false,
        }
    }
    all
}

fn of((line, words): &Statement, is_there: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let begins: String = words.chars().take(40).collect();
    let Some((_, checks)) = words.split_once(MARK) else {
        return vec![Finding::new(
            MAP,
            *line,
            format!("\"{begins}...\" does not say what it is {}", MARK.to_lowercase()),
        )];
    };
    let names: Vec<&str> = checks.split('`').skip(1).step_by(2).collect();
    if names.is_empty() {
        return vec![Finding::new(MAP, *line, format!("\"{begins}...\" names no check"))];
    }
    let gone = names.into_iter().filter(|name| !is_there(name));
    gone.map(|name| Finding::new(MAP, *line, format!("the check `{name}` is not there"))).collect()
}

/// Names of the lints that the workspace turns on.
fn lints(manifest: &str) -> Result<Vec<String>> {
    let table: Table = toml::from_str(manifest).context("Cargo.toml is no TOML")?;
    let lints = table.get("workspace").and_then(|workspace| workspace.get("lints")).and_then(Value::as_table);
    let groups = lints.into_iter().flat_map(|groups| groups.values()).filter_map(Value::as_table);
    Ok(groups.flat_map(|group| group.keys().cloned()).collect())
}

/// Names of the tests of a file: functions behind `#[test]`, with other attributes between.
fn tests(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut marked = false;
    for line in code.lines().map(str::trim) {
        if line.ends_with("#[test]") {
            marked = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| marked) {
            found.extend(rest.split('(').next().map(str::to_owned));
            marked = false;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Map\n\n- not here\n\n## What always holds\n\n- One. Held by `a_test`,\n  `and_another`.\n- Two.\n\nNot:\n\n- Three. Held by faith.\n\n## Next\n\n- Four.\n";

    #[test]
    fn a_statement_without_a_check_is_found() {
        let lines = |there: &dyn Fn(&str) -> bool| -> Vec<usize> {
            statements(TEXT).iter().flat_map(|s| of(s, there)).map(|finding| finding.line).collect()
        };
        assert_eq!(statements(TEXT).len(), 3);
        assert_eq!(lines(&|_| true), [9, 13]);
        assert_eq!(lines(&|name| name == "a_test"), [7, 9, 13], "one that is gone is found too");
    }

    #[test]
    fn a_function_that_nobody_wrote_is_found() {
        let known: Vec<&str> = functions("pub fn run() {}\n    async fn turn<T>(t: T) {}\nlet a = 1;\n").collect();
        assert_eq!(known, ["run", "turn"]);
        let text = "`study::run()` and `run.rs`,\n`turn()`, `walk()`\n";
        let gone = calls(text, &|name| known.contains(&name));
        assert_eq!(gone.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn tests_and_lints_are_known_by_name() {
        assert_eq!(
            tests("#[test]\n#[ignore]\nfn one() {}\nfn two() {}\n    #[test]\n    fn three() {}\n"),
            ["one", "three"]
        );
        let manifest =
            "[workspace.lints.clippy]\nunwrap_used = \"warn\"\n[workspace.lints.rust]\nunsafe_code = \"deny\"\n";
        assert_eq!(lints(manifest).unwrap(), ["unwrap_used", "unsafe_code"]);
    }
}
