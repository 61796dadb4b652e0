//! Which half of a dataset is meant where one place holds both.

use std::fmt;

/// A dataset's own division into images to learn from and images to measure on.
///
/// It decides only where a folder or archive holds both halves: then one path can be given for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// The images that stitches are fitted on.
    Train,
    /// The images that accuracies are counted on.
    Test,
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Train => "training",
            Self::Test => "test",
        })
    }
}

impl Split {
    /// The half that a file name speaks of (`train-images...`, `t10k-...`, `test-...`), if it does.
    pub(in crate::data) fn of_name(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        if name.contains("train") {
            Some(Self::Train)
        } else if ["t10k", "test"].iter().any(|word| name.contains(word)) {
            Some(Self::Test)
        } else {
            None
        }
    }

    /// Whether a folder of this name holds this half: its place among the usual names, the most usual first.
    pub(in crate::data) fn folder_rank(self, name: &str) -> Option<usize> {
        let names: &[&str] = match self {
            Self::Train => &["train", "training"],
            Self::Test => &["test", "testing", "val", "valid", "validation"],
        };
        names.iter().position(|known| name.eq_ignore_ascii_case(known))
    }

    /// Whether a folder of this name holds one of the halves.
    pub(in crate::data) fn is_half(name: &str) -> bool {
        [Self::Train, Self::Test].iter().any(|split| split.folder_rank(name).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_their_half() {
        assert_eq!(Split::of_name("train-images-idx3-ubyte.gz"), Some(Split::Train));
        assert_eq!(Split::of_name("t10k-images-idx3-ubyte"), Some(Split::Test));
        assert_eq!(Split::of_name("emnist-letters-Test-images-idx3-ubyte"), Some(Split::Test));
        assert_eq!(Split::of_name("images-idx3-ubyte.gz"), None);
        assert!(Split::Test.folder_rank("Val").is_some() && Split::Test.folder_rank("carnival").is_none());
    }
}
