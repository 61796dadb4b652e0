//! The journal: what a study has finished, one line of JSON each, so that a killed study goes on where it stood.
//!
//! Lines are appended and synced one by one. A kill in the middle of a write leaves a last line without its newline, which counts as
//! never written; anything else that does not read is damage and is told, not skipped.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::report::{Cell, ControlCell, Donor, ProbeCount};

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
    /// A control.
    Control(Box<ControlCell>),
    /// A cell, and where its stitch lies.
    Cell {
        /// The measurements.
        cell: Box<Cell>,
        /// The stitch's safetensors file, relative to the study's folder.
        stitch_file: String,
    },
    /// All linear probes.
    Probes(Vec<ProbeCount>),
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
    #[error("a finished cell could not be put into the journal: {0}; this is a fault of Stitchscope, please report it")]
    Write(serde_json::Error),
}

impl Header {
    /// The header of a new journal.
    pub fn new(fingerprint: String) -> Self {
        Self { schema: SCHEMA, fingerprint, version: env!("CARGO_PKG_VERSION").to_owned() }
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
        let whole_bytes = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let whole = bytes.get(..whole_bytes).unwrap_or_default();
        let mut lines = whole.split_inclusive(|byte| *byte == b'\n').zip(1..);
        let Some((first, _)) = lines.next() else {
            return Ok(None);
        };
        let header = header(first)?;
        let entries = lines.map(|(text, line)| read(text, line)).collect::<Result<_, _>>()?;
        Ok(Some(Self { header, entries, whole_bytes }))
    }

    /// As [`Journal::parse`], for the study with this fingerprint.
    ///
    /// # Errors
    /// As [`Journal::parse`], and [`JournalError::OtherRecipe`] where the header names another study.
    pub fn resume(bytes: &[u8], fingerprint: &str) -> Result<Option<Self>, JournalError> {
        let journal = Self::parse(bytes)?;
        match &journal {
            Some(Self { header, .. }) if header.fingerprint != fingerprint => {
                Err(JournalError::OtherRecipe { found: header.fingerprint.clone(), expected: fingerprint.to_owned() })
            }
            _ => Ok(journal),
        }
    }

    /// The finished cell of these taps and this seed, with its stitch's file. The later one counts, should there be two.
    pub fn cell(&self, front_tap: &str, end_tap: &str, seed: u64) -> Option<(&Cell, &str)> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Cell { cell, stitch_file } => {
                let same = cell.front_tap == front_tap && cell.end_tap == end_tap && cell.seed == seed;
                same.then_some((cell.as_ref(), stitch_file.as_str()))
            }
            Entry::Donor(_) | Entry::Control(_) | Entry::Probes(_) => None,
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
