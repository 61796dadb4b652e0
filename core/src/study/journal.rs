//! The journal: what a study has finished, one line of JSON each, so that a killed study goes on where it stood.
//!
//! Lines are appended and synced one by one. A kill in the middle of a write leaves a last line without its newline, which counts as
//! never written; anything else that does not read is damage and is told, not skipped.

use serde::{Deserialize, Serialize};

use super::report::{Cell, Donor};

/// The version of the journal's layout.
pub const SCHEMA: u32 = 1;

/// The first line: which study this is the journal of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`] at the time of writing.
    pub schema: u32,
    /// [`Recipe::fingerprint`](super::recipe::Recipe::fingerprint) of the study.
    pub fingerprint: String,
    /// Version of Stitchscope that began it.
    pub version: String,
}

/// A finished piece of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Entry {
    /// A donor, measured whole.
    Donor(Donor),
    /// A cell, and where its stitch lies.
    Cell {
        /// The measurements.
        cell: Box<Cell>,
        /// The stitch's safetensors file, relative to the study's folder.
        stitch_file: String,
    },
}

/// A journal as found.
#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    /// The first line.
    pub header: Header,
    /// What is finished, in the order of finishing.
    pub entries: Vec<Entry>,
    /// Bytes up to the end of the last whole line. What follows is torn: cut the file here before appending to it.
    pub whole_bytes: usize,
}

/// Why a journal cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A whole line that does not read.
    #[error(
        "line {line} of the journal is damaged: {source}; delete the journal to start the study over, or give another --out"
    )]
    Line {
        /// Line, from 1.
        line: usize,
        /// What the reader says.
        source: serde_json::Error,
    },
    /// Written by a later version.
    #[error("journal is of schema {found}, this program reads up to {SCHEMA}: update Stitchscope")]
    Newer {
        /// The schema it names.
        found: u64,
    },
    /// The journal of another study.
    #[error(
        "the folder holds the journal of another study: the recipe differs (its fingerprint is {found:.12}, this one's {expected:.12}); \
         give another --out, or delete the journal to start over"
    )]
    OtherRecipe {
        /// Fingerprint in the journal.
        found: String,
        /// Fingerprint of the recipe at hand.
        expected: String,
    },
    /// An entry that JSON cannot hold.
    #[error(
        "a finished cell could not be put into the journal: {0}; this is a fault of Stitchscope, please report it"
    )]
    Write(serde_json::Error),
}

impl Header {
    /// The header of a new journal.
    pub fn new(fingerprint: String) -> Self {
        Self {
            schema: SCHEMA,
            fingerprint,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// The line to begin a journal with, newline included.
    ///
    /// # Errors
    /// None that a header can cause; serde's signature is passed on.
    pub fn to_line(&self) -> Result<String, JournalError> {
        line(self)
    }
}

impl Entry {
    /// The line to append, newline included.
    ///
    /// # Errors
    /// None that an entry can cause; serde's signature is passed on.
    pub fn to_line(&self) -> Result<String, JournalError> {
        line(self)
    }
}

impl Journal {
    /// Reads a journal; `None` when not even its header was finished, so that the study starts anew.
    ///
    /// # Errors
    /// A damaged line before the last, a newer schema.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, JournalError> {
        let whole_bytes = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1);
        let whole = bytes.get(..whole_bytes).unwrap_or_default();
        let mut lines = whole.split_inclusive(|byte| *byte == b'\n').zip(1..);
        let Some((first, _)) = lines.next() else {
            return Ok(None);
        };
        let header = header(first)?;
        let entries = lines
            .map(|(text, line)| read(text, line))
            .collect::<Result<_, _>>()?;
        Ok(Some(Self {
            header,
            entries,
            whole_bytes,
        }))
    }

    /// As [`Journal::parse`], for the study with this fingerprint.
    ///
    /// # Errors
    /// As [`Journal::parse`], and [`JournalError::OtherRecipe`] where the header names another study.
    pub fn resume(bytes: &[u8], fingerprint: &str) -> Result<Option<Self>, JournalError> {
        let journal = Self::parse(bytes)?;
        match &journal {
            Some(Self { header, .. }) if header.fingerprint != fingerprint => {
                Err(JournalError::OtherRecipe {
                    found: header.fingerprint.clone(),
                    expected: fingerprint.to_owned(),
                })
            }
            _ => Ok(journal),
        }
    }

    /// The finished cell of these taps and this seed, with its stitch's file. The later one counts, should there be two.
    pub fn cell(&self, front_tap: &str, end_tap: &str, seed: u64) -> Option<(&Cell, &str)> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Cell { cell, stitch_file } => {
                let same =
                    cell.front_tap == front_tap && cell.end_tap == end_tap && cell.seed == seed;
                same.then_some((cell.as_ref(), stitch_file.as_str()))
            }
            Entry::Donor(_) => None,
        })
    }
}

/// Looks at the schema before anything else, as a later layout may have other fields.
fn header(text: &[u8]) -> Result<Header, JournalError> {
    #[derive(Deserialize)]
    struct Peek {
        schema: u64,
    }
    let Peek { schema: found } = read(text, 1)?;
    if found > u64::from(SCHEMA) {
        return Err(JournalError::Newer { found });
    }
    read(text, 1)
}

fn read<'a, T: Deserialize<'a>>(text: &'a [u8], line: usize) -> Result<T, JournalError> {
    serde_json::from_slice(text).map_err(|source| JournalError::Line { line, source })
}

fn line(value: &impl Serialize) -> Result<String, JournalError> {
    let mut text = serde_json::to_string(value).map_err(JournalError::Write)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::report::samples;
    use super::*;

    fn entries() -> Vec<Entry> {
        let report = samples::report();
        let cell = samples::complete();
        vec![
            Entry::Donor(report.donors[0].clone()),
            Entry::Cell {
                cell: Box::new(cell.clone()),
                stitch_file: "stitches/0.safetensors".to_owned(),
            },
            Entry::Cell {
                cell: Box::new(Cell { seed: 1, ..cell }),
                stitch_file: "stitches/1.safetensors".to_owned(),
            },
        ]
    }

    fn written() -> String {
        let mut text = Header::new("ab12".to_owned()).to_line().unwrap();
        for entry in entries() {
            text.push_str(&entry.to_line().unwrap());
        }
        text
    }

    #[test]
    fn a_journal_reads_back() {
        let text = written();
        let journal = Journal::resume(text.as_bytes(), "ab12").unwrap().unwrap();
        assert_eq!(journal.entries, entries());
        assert_eq!(journal.whole_bytes, text.len());
        assert_eq!(journal.header.version, env!("CARGO_PKG_VERSION"));
        let (cell, file) = journal.cell("layer1.0", "layer1.0", 1).unwrap();
        assert_eq!((cell.seed, file), (1, "stitches/1.safetensors"));
        assert_eq!(journal.cell("layer1.0", "layer1.0", 2), None);
    }

    #[test]
    fn lines_are_golden() {
        let header = Header {
            schema: 1,
            fingerprint: "ab12".to_owned(),
            version: "0.1.0".to_owned(),
        };
        assert_eq!(
            header.to_line().unwrap(),
            "{\"schema\":1,\"fingerprint\":\"ab12\",\"version\":\"0.1.0\"}\n"
        );
        let donor = entries()[0].to_line().unwrap();
        let golden = r#"{"donor":{"role":"front","model":"zoo:fashion-robust-a","clean":{"correct":820,"total":1000},"robust":{"correct":610,"total":1000}}}"#;
        assert_eq!(donor, format!("{golden}\n"));
        assert!(
            entries()[1]
                .to_line()
                .unwrap()
                .starts_with(r#"{"cell":{"cell":{"front_tap":"layer1.0","#)
        );
    }

    #[test]
    fn a_kill_at_any_byte_loses_only_the_line_in_writing() {
        let text = written();
        for length in 0..text.len() {
            let bytes = &text.as_bytes()[..length];
            let whole_lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            let journal = Journal::resume(bytes, "ab12").unwrap();
            assert_eq!(
                journal
                    .as_ref()
                    .map_or(0, |journal| 1 + journal.entries.len()),
                whole_lines,
                "cut at {length}"
            );
            if let Some(journal) = journal {
                assert!(bytes[..journal.whole_bytes].ends_with(b"\n"));
                assert_eq!(journal.entries, entries()[..journal.entries.len()]);
            }
        }
    }

    #[test]
    fn damage_before_the_last_line_is_told() {
        let mut lines: Vec<&str> = written().leak().lines().collect();
        lines[2] = &lines[2][..20];
        let said = Journal::parse(format!("{}\n", lines.join("\n")).as_bytes())
            .unwrap_err()
            .to_string();
        assert!(
            said.starts_with("line 3 of the journal is damaged: "),
            "{said}"
        );
        assert!(
            Journal::parse(b"hello\n")
                .unwrap_err()
                .to_string()
                .starts_with("line 1 ")
        );
        assert!(Journal::parse(b"\n\n").is_err());
    }

    #[test]
    fn another_recipe_is_named_with_the_remedy() {
        let said = Journal::resume(written().as_bytes(), "cd34")
            .unwrap_err()
            .to_string();
        for part in [
            "the recipe differs",
            "ab12",
            "cd34",
            "another --out",
            "delete the journal",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn a_newer_journal_is_refused_by_name() {
        let said = Journal::parse(b"{\"schema\": 7}\n")
            .unwrap_err()
            .to_string();
        assert_eq!(
            said,
            "journal is of schema 7, this program reads up to 1: update Stitchscope"
        );
    }
}
