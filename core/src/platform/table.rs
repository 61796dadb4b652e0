//! What a table by columns (a Parquet file) is made of, whatever reads it.

use bytes::Bytes;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its cells hold.
    pub kind: Kind,
}

/// What a column's cells hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Integers,
    /// Texts.
    Texts,
    /// Byte strings, or groups with a member `bytes`, which are pictures with the names of their files.
    Bytes,
    /// Anything else.
    Other,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// A byte string.
    Bytes(Bytes),
    /// Nothing, or what the column's kind does not promise.
    Missing,
}

/// Why a table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The file is no table, is damaged or cut off.
    #[error("{0}")]
    Damaged(String),
    /// It is packed in a way that is not read here; the way's name.
    #[error("it is packed with {0}")]
    Packed(String),
    /// This program reads no tables: the page.
    #[error("Parquet files are read by the desktop program alone")]
    Elsewhere,
}
