//! What a whole sweep leaves for data frames: a row for each cell, written as studies come.

use std::io::Write;

use csv::Writer;

use super::gather::Gathered;
use crate::report::csv::{header, row};
use crate::sweep::{SweepError, plain};
use crate::words::field;

/// `cells.csv` of a sweep: the study's number, what the sweep sets in it, then the columns of a study's `cells.csv`.
pub struct CellsTable<W: Write> {
    writer: Writer<W>,
    keys: Vec<String>,
}

impl<W: Write> CellsTable<W> {
    /// Begins the table; `keys` are those that the sweep sets.
    ///
    /// # Errors
    /// [`SweepError::Write`] when `out` fails.
    pub fn new(out: W, keys: &[String]) -> Result<Self, SweepError> {
        let mut writer = Writer::from_writer(out);
        let names = std::iter::once("study".to_owned()).chain(keys.iter().cloned()).chain(header());
        writer.write_record(names).map_err(|e| failed(&e))?;
        Ok(Self { writer, keys: keys.to_vec() })
    }

    /// Adds the cells of a study that is finished.
    ///
    /// # Errors
    /// [`SweepError::Write`] when the file cannot be written.
    pub fn add(&mut self, study: &Gathered) -> Result<(), SweepError> {
        let Some(report) = &study.report else { return Ok(()) };
        let of_key = |key: &String| study.set.get(key).map(|value| field(&plain(value)).clone()).unwrap_or_default();
        let before: Vec<String> =
            std::iter::once(study.number.to_string()).chain(self.keys.iter().map(of_key)).collect();
        for cell in &report.cells {
            let fields = before.iter().cloned().chain(row(cell));
            self.writer.write_record(fields).map_err(|e| failed(&e))?;
        }
        Ok(())
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
