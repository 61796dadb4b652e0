//! The map: ARCHITECTURE.md's table of crates names the folders that there are, and every member of the workspace.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Finding;

const MAP: &str = "ARCHITECTURE.md";

/// Compares the map with the folders.
///
/// # Errors
/// If the workspace's manifest cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let Ok(text) = fs::read_to_string(root.join(MAP)) else {
        return Ok(vec![Finding::new(MAP, 1, "is missing: a newcomer starts there")]);
    };
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
    Ok(compare(&text, &members(&manifest)?, |folder| root.join(folder).is_dir()))
}

fn compare(text: &str, members: &[String], is_folder: impl Fn(&str) -> bool) -> Vec<Finding> {
    let named = folders(text);
    let Some(&(first, _)) = named.first() else {
        return vec![Finding::new(MAP, 1, "has no table of crates (first column: `folder/`)")];
    };
    let gone = named.iter().filter(|(_, folder)| !is_folder(folder));
    let gone = gone.map(|(line, folder)| Finding::new(MAP, *line, format!("names `{folder}/`, which is no folder")));
    let unnamed = members.iter().filter(|member| !named.iter().any(|(_, folder)| folder == member));
    let unnamed = unnamed.map(|member| Finding::new(MAP, first, format!("the table of crates leaves out `{member}/`")));
    gone.chain(unnamed).collect()
}

/// Folders in the first column of tables whose heading there is "crate" or "folder", each with its line.
fn folders(text: &str) -> Vec<(usize, &str)> {
    let mut named = Vec::new();
    let mut in_table = false;
    let mut before = None; // the first cell of the row before
    for (index, line) in text.lines().enumerate() {
        let cell = line.trim().strip_prefix('|').and_then(|row| row.split('|').next()).map(str::trim);
        match cell {
            Some(_) if before.is_none() => in_table = cell.is_some_and(is_heading),
            Some(cell) if in_table => {
                let quoted = cell.split('`').nth(1).map(|name| name.trim_end_matches('/'));
                named.extend(quoted.map(|name| (index + 1, name)));
            }
            _ => {}
        }
        before = cell;
    }
    named
}

fn is_heading(cell: &str) -> bool {
    let cell = cell.to_lowercase();
    cell.contains("crate") || cell.contains("folder")
}

pub(super) fn members(manifest: &str) -> Result<Vec<String>> {
    let table: Table = toml::from_str(manifest).context("Cargo.toml is no TOML")?;
    let members = table.get("workspace").and_then(|workspace| workspace.get("members"));
    let members = members.and_then(Value::as_array).context("Cargo.toml lists no members")?;
    Ok(members.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Map\n\n| crate | what |\n|---|---|\n| `core/` | science |\n| `ui` | window |\n\n| engine | where |\n|---|---|\n| `ort` | native |\n";

    const NONE: [usize; 0] = [];

    fn lines(text: &str, members: &[&str], there: &[&str]) -> Vec<usize> {
        let members: Vec<_> = members.iter().map(|&member| member.to_owned()).collect();
        compare(text, &members, |folder| there.contains(&folder)).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn only_the_table_of_crates_is_read() {
        assert_eq!(folders(TEXT), [(5, "core"), (6, "ui")]);
    }

    #[test]
    fn map_and_folders_agree() {
        assert_eq!(lines(TEXT, &["core", "ui"], &["core", "ui"]), NONE);
        assert_eq!(lines(TEXT, &["core"], &["core"]), [6]);
        assert_eq!(lines(TEXT, &["core", "zoo"], &["core", "ui", "zoo"]), [5]);
        assert_eq!(lines("# Map\n", &["core"], &["core"]), [1]);
    }

    #[test]
    fn members_are_read_from_the_manifest() {
        assert_eq!(members("[workspace]\nmembers = [\"core\", \"ui\"]\n").unwrap(), ["core", "ui"]);
        assert!(members("[package]\n").is_err());
    }
}
