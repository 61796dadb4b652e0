//! The books on files that a set does not have: every file of a folder is an image of the set or is counted here.

use std::collections::BTreeMap;
use std::path::Path;

/// Files that are no images of a set, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many of each kind, and the first of them.
    kinds: BTreeMap<String, (usize, String)>,
}

impl LeftOut {
    /// Counts a file among those of its kind, such as `.txt`.
    pub(super) fn add(&mut self, kind: &str, file: &Path) {
        let (count, _) = self.kinds.entry(kind.to_owned()).or_insert_with(|| (0, file.display().to_string()));
        *count += 1;
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.kinds.values().map(|(count, _)| count).sum()
    }

    /// The sentence for people, where there are any.
    pub(super) fn note(&self, set: &str) -> Option<String> {
        let kind = |(kind, (count, first)): (&String, &(usize, String))| format!("{count} {kind} (first {first})");
        let kinds: Vec<String> = self.kinds.iter().map(kind).collect();
        let files =
            if self.count() == 1 { "1 file of it is".to_owned() } else { format!("{} files of it are", self.count()) };
        (!kinds.is_empty()).then(|| format!("{set}: {files} not read: {}.", kinds.join(", ")))
    }
}
