//! What a whole sweep leaves for data frames: a row for each cell, written as studies come.

use std::io::Write;

use csv::Writer;

use super::gather::Gathered;
use crate::report::csv::{Holds, header, row};
use crate::sweep::{SweepError, plain};
use crate::words::field;

/// The table of a sweep's cells: the study's number, what the sweep sets in it, then the columns of a study's `cells.csv`.
#[derive(Clone, Debug)]
pub struct CellRows {
    keys: Vec<String>,
}

impl CellRows {
    /// `keys` are those that the sweep sets.
    #[must_use]
    pub fn of(keys: &[String]) -> Self {
        Self { keys: keys.to_vec() }
    }

    /// The columns, each with what it holds.
    #[must_use]
    pub fn columns(&self) -> Vec<(String, Holds)> {
        let keys = self.keys.iter().map(|key| (key.clone(), Holds::Text));
        let own = header().into_iter().map(|name| {
            let holds = Holds::of(&name);
            (name, holds)
        });
        std::iter::once(("study".to_owned(), Holds::Count)).chain(keys).chain(own).collect()
    }

    /// The rows of a study that is finished, in the order of the columns; a field without a value is empty.
    pub fn rows<'a>(&self, study: &'a Gathered) -> impl Iterator<Item = Vec<String>> + use<'a> {
        let of_key = |key: &String| study.set.get(key).map(|value| field(&plain(value))).unwrap_or_default();
        let before: Vec<String> =
            std::iter::once(study.number.to_string()).chain(self.keys.iter().map(of_key)).collect();
        let cells = study.report.iter().flat_map(|report| &report.cells);
        cells.map(move |cell| before.iter().cloned().chain(row(cell)).collect())
    }
}

/// The table as text: `cells.csv`.
pub struct CellsTable<W: Write> {
    writer: Writer<W>,
}

impl<W: Write> CellsTable<W> {
    /// Begins the table.
    ///
    /// # Errors
    /// [`SweepError::Write`] when `out` fails.
    pub fn new(out: W, table: &CellRows) -> Result<Self, SweepError> {
        let mut writer = Writer::from_writer(out);
        writer.write_record(table.columns().iter().map(|(name, _)| name)).map_err(|e| failed(&e))?;
        Ok(Self { writer })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`SweepError::Write`] when the file cannot be written.
    pub fn add(&mut self, row: &[String]) -> Result<(), SweepError> {
        self.writer.write_record(row).map_err(|e| failed(&e))
    }

    /// Ends it.
    ///
    /// # Errors
    /// [`SweepError::Write`] when the file cannot be written.
    pub fn finish(mut self) -> Result<(), SweepError> {
        self.writer.flush().map_err(|e| failed(&e.into()))
    }
}

fn failed(error: &csv::Error) -> SweepError {
    SweepError::Write(format!("cells.csv could not be written ({error}), check that there is room"))
}
