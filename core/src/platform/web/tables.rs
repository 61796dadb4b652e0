//! A browser reads no Parquet files: their reader is as large as the rest of what reads image sets.

use bytes::Bytes;

use super::{Cell, Column, TableError};

/// No table can be opened here, so there is none.
#[derive(Debug)]
pub enum Table {}

/// Whether this thread reads a table just now: never.
#[must_use]
pub fn is_reading() -> bool {
    false
}

impl Table {
    /// Refused.
    ///
    /// # Errors
    /// [`TableError::Elsewhere`], always.
    pub fn open(_bytes: Bytes) -> Result<Self, TableError> {
        Err(TableError::Elsewhere)
    }

    /// The columns.
    pub fn columns(&self) -> Vec<Column> {
        match *self {}
    }

    /// A text that the writer left under `key`.
    pub fn remark(&self, _key: &str) -> Option<&str> {
        match *self {}
    }

    /// The rows' cells in the named columns.
    pub fn rows(&self, _columns: &[&str]) -> std::iter::Empty<Result<Vec<Cell>, TableError>> {
        match *self {}
    }
}
