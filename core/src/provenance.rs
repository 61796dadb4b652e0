//! What numbers were computed from, by content: a path says where a file lay, its hash says which file it was.

use serde::{Deserialize, Serialize};

/// Raised whenever a change of this program could change a study's numbers by more than rounding. Pieces that two such versions
/// computed do not belong into one study.
pub(crate) const NUMERICS: u32 = 1;

/// A file, or what was taken from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The reference that names it: `zoo:NAME`, a path, or the location of external data as the model's file has it.
    pub file: String,
    /// blake3 of the bytes, 64 hex digits.
    pub blake3: String,
}

/// A file in its place in a study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// What it is, in words: `front network`, `test labels`, ...
    pub role: String,
    /// Which one it is.
    #[serde(flatten)]
    pub content: Content,
}

/// Everything that a study's numbers depend on beside its recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// `NUMERICS` of the program.
    pub numerics: u32,
    /// Networks with their external data, images and labels as they were used.
    pub files: Vec<Input>,
}

/// Why what is at hand is not what was measured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Changed {
    /// A file has another content.
    #[error(
        "{file} has changed since it was measured as the {role}: the blake3 of its content is {found:.12}, it was {recorded:.12}; put \
         the former file back, or run the study of the new one in a folder of its own"
    )]
    File {
        /// The reference.
        file: String,
        /// What it is in the study.
        role: String,
        /// Its hash when it was measured.
        recorded: String,
        /// Its hash now.
        found: String,
    },
    /// The program computes otherwise.
    #[error(
        "this version of Stitchscope computes other numbers than the one that began the study (numeric version {found}, it was \
         {recorded}); run the study in a folder of its own"
    )]
    Program {
        /// The version then.
        recorded: u32,
        /// The version now.
        found: u32,
    },
}

/// Hashes what it is given piece by piece, so that a file of any size needs no copy.
#[derive(Clone, Debug, Default)]
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The content of `file`, as far as it was added.
    #[must_use]
    pub fn content(&self, file: &str) -> Content {
        Content { file: file.to_owned(), blake3: self.0.finalize().to_hex().to_string() }
    }
}

/// blake3 of bytes, 64 hex digits.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Inputs {
    /// Inputs of this program, none yet.
    #[must_use]
    pub const fn none() -> Self {
        Self { numerics: NUMERICS, files: Vec::new() }
    }

    /// Adds files in one role.
    pub fn add(&mut self, role: &str, files: impl IntoIterator<Item = Content>) {
        self.files.extend(files.into_iter().map(|content| Input { role: role.to_owned(), content }));
    }

    /// Compares what was recorded with what is at hand, as far as both know the role and the file.
    ///
    /// # Errors
    /// [`Changed`], naming the first that differs.
    pub fn compare(&self, found: &Self) -> Result<(), Changed> {
        if self.numerics != found.numerics {
            return Err(Changed::Program { recorded: self.numerics, found: found.numerics });
        }
        for Input { role, content } in &self.files {
            let same = |other: &&Input| other.role == *role && other.content.file == content.file;
            if let Some(other) = found.files.iter().find(same)
                && other.content.blake3 != content.blake3
            {
                return Err(Changed::File {
                    file: content.file.clone(),
                    role: role.clone(),
                    recorded: content.blake3.clone(),
                    found: other.content.blake3.clone(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(front: &[u8], labels: &[u8]) -> Inputs {
        let mut inputs = Inputs::none();
        inputs.add("front network", [Content { file: "a.onnx".into(), blake3: hash(front) }]);
        inputs.add("test labels", [Content { file: "set".into(), blake3: hash(labels) }]);
        inputs
    }

    #[test]
    fn what_changed_is_named_and_what_is_not_at_hand_is_not_compared() {
        let recorded = inputs(b"weights", b"labels");
        assert_eq!(recorded.compare(&inputs(b"weights", b"labels")), Ok(()));
        let said = recorded.compare(&inputs(b"other", b"labels")).unwrap_err().to_string();
        assert!(said.starts_with("a.onnx has changed") && said.contains("front network"), "{said}");
        let said = recorded.compare(&inputs(b"weights", b"labelz")).unwrap_err().to_string();
        assert!(said.starts_with("set has changed") && said.contains("test labels"), "{said}");
        assert_eq!(recorded.compare(&Inputs::none()), Ok(()));
        let newer = Inputs { numerics: NUMERICS + 1, ..inputs(b"weights", b"labels") };
        assert!(matches!(recorded.compare(&newer), Err(Changed::Program { .. })));
    }

    #[test]
    fn pieces_hash_as_the_whole() {
        let mut hasher = Hasher::default();
        hasher.add(b"ab");
        hasher.add(b"c");
        assert_eq!(hasher.content("f").blake3, hash(b"abc"));
    }

    #[test]
    fn a_record_reads_back() {
        let recorded = inputs(b"w", b"l");
        let json = serde_json::to_string(&recorded).unwrap();
        assert!(json.contains(r#"{"role":"front network","file":"a.onnx","blake3":""#), "{json}");
        assert_eq!(serde_json::from_str::<Inputs>(&json).unwrap(), recorded);
    }
}
