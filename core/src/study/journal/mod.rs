//! The journal: what a study has finished, one line of JSON each, so that a killed study goes on where it stood.
//!
//! Lines are appended and synced one by one. A kill in the middle of a write leaves a last line without its newline, which counts as
//! never written; anything else that does not read is damage and is told, not skipped. Each line ends in a sum over itself and the sum
//! of the line before (`sums.rs`), so that no line can change, go or come unnoticed; and what it says must be possible (`check.rs`).

mod check;
mod store;
mod sums;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::provenance::{Changed, Inputs};
use crate::report::{Cell, ControlCell, Donor, ProbeCount};
use sums::Sum;

pub use store::{Folder, Memory, Store};

/// The version of the journal's layout.
pub const SCHEMA: u32 = 2;

/// The first line: which study this is the journal of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`] at the time of writing.
    pub schema: u32,
    /// [`Recipe::fingerprint`](crate::recipe::Recipe::fingerprint) of the study.
    pub fingerprint: String,
    /// Version of Stitchscope that began it.
    pub version: String,
    /// What it computes from.
    pub inputs: Inputs,
}

/// A finished piece of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Entry {
    /// A donor, measured whole.
    Donor(KeptDonor),
    /// A control.
    Control(Box<ControlCell>),
    /// A cell, and where its stitch lies.
    Cell {
        /// The measurements.
        cell: Box<Cell>,
        /// The stitch's safetensors file, relative to the study's folder.
        stitch_file: String,
        /// blake3 of that file, 64 hex digits.
        stitch_blake3: String,
        /// blake3 of the cell's table of verdicts, `verdicts/cell-N.csv`; studies of earlier versions have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verdicts_blake3: Option<String>,
    },
    /// All linear probes.
    Probes(Vec<ProbeCount>),
}

/// A donor's measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptDonor {
    /// What the report holds.
    #[serde(flatten)]
    pub donor: Donor,
    /// blake3 of its table of verdicts, `verdicts/front.csv` or `verdicts/end.csv`; studies of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdicts_blake3: Option<String>,
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
    /// Sum of the last whole line: what the next one begins from.
    sum: Sum,
}

/// The end of a journal, where lines are added.
#[derive(Clone, Debug, Default)]
pub struct Tail(Sum);

/// Why a journal cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A whole line that does not read, or says what cannot be.
    #[error(
        "line {line} of the journal is damaged: {why}; delete the journal to start the study over, or give another --out"
    )]
    Line {
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Written by a later version.
    #[error("journal is of schema {found}, this program reads up to {SCHEMA}: update Stitchscope")]
    Newer {
        /// The schema it names.
        found: u64,
    },
    /// Written before journals recorded what a study computes from.
    #[error(
        "the journal is of schema {found}, which does not say which networks and images it was measured on; give another --out, or \
         delete the journal to start over"
    )]
    Older {
        /// The schema it names.
        found: u64,
    },
    /// What the study computes from is not what it was.
    #[error("{0} (another --out), or delete the journal to start over")]
    Changed(#[from] Changed),
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
    pub fn new(fingerprint: String, inputs: Inputs) -> Self {
        Self { schema: SCHEMA, fingerprint, version: env!("CARGO_PKG_VERSION").to_owned(), inputs }
    }
}

impl Tail {
    /// The first line of a journal, newline included, and where it ends.
    ///
    /// # Errors
    /// None that a header can cause; serde's signature is passed on.
    pub fn begin(header: &Header) -> Result<(String, Self), JournalError> {
        Self::default().line(header)
    }

    /// The line to append, newline included, and the end that it makes: take it only when the line is kept.
    ///
    /// # Errors
    /// None that an entry can cause; serde's signature is passed on.
    pub fn next(&self, entry: &Entry) -> Result<(String, Self), JournalError> {
        self.line(entry)
    }

    fn line(&self, value: &impl Serialize) -> Result<(String, Self), JournalError> {
        let text = serde_json::to_string(value).map_err(JournalError::Write)?;
        let (line, sum) = self.0.seal(text);
        Ok((line, Self(sum)))
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
        let (header, mut sum) = header(first)?;
        let mut entries = Vec::new();
        for (text, line) in lines {
            let (entry, next): (Entry, Sum) = read(text, line, &sum)?;
            check::check(&entry).map_err(|why| JournalError::Line { line, why })?;
            entries.push(entry);
            sum = next;
        }
        Ok(Some(Self { header, entries, whole_bytes, sum }))
    }

    /// Where the next line goes.
    #[must_use]
    pub fn tail(&self) -> Tail {
        Tail(self.sum.clone())
    }

    /// As [`Journal::parse`], for the study with this fingerprint, computed from these inputs.
    ///
    /// # Errors
    /// As [`Journal::parse`]; [`JournalError::OtherRecipe`] where the header names another study, [`JournalError::Changed`] where a
    /// network, images, labels or the program are not those that it began with.
    pub fn resume(bytes: &[u8], fingerprint: &str, inputs: &Inputs) -> Result<Option<Self>, JournalError> {
        let Some(journal) = Self::parse(bytes)? else { return Ok(None) };
        let header = &journal.header;
        if header.fingerprint != fingerprint {
            return Err(JournalError::OtherRecipe {
                found: header.fingerprint.clone(),
                expected: fingerprint.to_owned(),
            });
        }
        header.inputs.compare(inputs)?;
        Ok(Some(journal))
    }
}

/// Looks at the schema before anything else, as another layout may have other fields.
fn header(text: &[u8]) -> Result<(Header, Sum), JournalError> {
    #[derive(Deserialize)]
    struct Peek {
        schema: u64,
    }
    let damaged = |why: serde_json::Error| JournalError::Line { line: 1, why: why.to_string() };
    let Peek { schema: found } = serde_json::from_slice(text).map_err(damaged)?;
    match found.cmp(&u64::from(SCHEMA)) {
        Ordering::Greater => Err(JournalError::Newer { found }),
        Ordering::Less => Err(JournalError::Older { found }),
        Ordering::Equal => read(text, 1, &Sum::default()),
    }
}

fn read<T: for<'a> Deserialize<'a>>(text: &[u8], line: usize, before: &Sum) -> Result<(T, Sum), JournalError> {
    let damaged = |why: String| JournalError::Line { line, why };
    let (entry, sum) = before.open(text).map_err(damaged)?;
    let value = serde_json::from_slice(&entry).map_err(|why| damaged(why.to_string()))?;
    Ok((value, sum))
}
