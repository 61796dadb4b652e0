//! How long files are and how full folders: neither grows past what one can read at a sitting, or find one's way in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Finding;
use crate::workspace;

/// Lines of a file at most.
pub(super) const LONGEST: usize = 350;
/// Lines of the median file at most.
const MEDIAN: usize = 120;
/// Files of source side by side at most: what has more has rooms in it.
const MOST_FILES: usize = 15;

/// The sizes of a workspace.
pub(super) struct Sizes {
    /// Lines and path of every file of source, the shortest first.
    files: Vec<(usize, String)>,
    /// Files and path of every folder, the emptiest first.
    folders: Vec<(usize, String)>,
}

impl Sizes {
    /// The sizes of these files of source.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(super) fn of(files: &[PathBuf], root: &Path) -> Result<Self> {
        let mut folders = BTreeMap::<&Path, usize>::new();
        let mut counted = Vec::new();
        for path in files {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            counted.push((text.lines().count(), workspace::short(path, root)));
            *folders.entry(path.parent().unwrap_or(root)).or_default() += 1;
        }
        counted.sort();
        let mut folders: Vec<_> =
            folders.into_iter().map(|(folder, count)| (count, workspace::short(folder, root))).collect();
        folders.sort();
        Ok(Self { files: counted, folders })
    }

    fn median(&self) -> usize {
        self.files.get(self.files.len() / 2).map_or(0, |(lines, _)| *lines)
    }

    /// What is too large.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let long = self.files.iter().filter(|(lines, _)| *lines > LONGEST).map(|(lines, path)| {
            let what = format!("{lines} lines are too many for one file: divide it ({LONGEST} at most)");
            Finding::new(path, LONGEST + 1, what)
        });
        let full = self.folders.iter().filter(|(count, _)| *count > MOST_FILES).map(|(count, path)| {
            let what = format!("{count} files side by side are too many: make folders ({MOST_FILES} at most)");
            Finding::new(path, 1, what)
        });
        let median = self.median();
        let what = format!("the median file has {median} lines: divide the long ones ({MEDIAN} at most)");
        let middle = (median > MEDIAN).then(|| Finding::new("Cargo.toml", 1, what));
        long.chain(full).chain(middle).collect()
    }

    /// The sizes in a line.
    pub(super) fn summary(&self) -> String {
        let last = |all: &[(usize, String)]| all.last().cloned().unwrap_or_default();
        let ((lines, longest), (count, fullest)) = (last(&self.files), last(&self.folders));
        format!(
            "{} files of source: the median has {} lines, the longest {lines} ({longest}); the fullest folder has {count} ({fullest})",
            self.files.len(),
            self.median()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(files: &[(usize, &str)], folders: &[(usize, &str)]) -> Sizes {
        let owned =
            |all: &[(usize, &str)]| all.iter().map(|(size, path)| (*size, (*path).to_owned())).collect::<Vec<_>>();
        Sizes { files: owned(files), folders: owned(folders) }
    }

    #[test]
    fn what_is_long_or_full_is_pointed_at() {
        let fine = sizes(&[(1, "a.rs"), (MEDIAN, "b.rs"), (LONGEST, "c.rs")], &[(MOST_FILES, "core")]);
        assert_eq!(fine.findings(), []);
        assert_eq!(
            fine.summary(),
            "3 files of source: the median has 120 lines, the longest 350 (c.rs); the fullest folder has 15 (core)"
        );
        let large = sizes(&[(1, "a.rs"), (MEDIAN + 1, "b.rs"), (LONGEST + 1, "c.py")], &[(MOST_FILES + 1, "core")]);
        let paths: Vec<String> = large.findings().into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["c.py", "core", "Cargo.toml"]);
    }

    #[test]
    fn files_and_folders_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a.rs", "b.rs"].map(|name| folder.path().join(name));
        fs::write(&paths[0], "//! A.\n").unwrap();
        fs::write(&paths[1], "//! B.\n\n//\n").unwrap();
        let sizes = Sizes::of(&paths, folder.path()).unwrap();
        assert_eq!(sizes.files, [(1, "a.rs".to_owned()), (3, "b.rs".to_owned())]);
        assert_eq!(sizes.folders.len(), 1);
        assert_eq!(sizes.folders[0].0, 2);
    }
}
