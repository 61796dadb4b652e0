//! Image sets in Parquet files, as hubs of data sets serve them: a column of encoded pictures and a column of labels, often in several
//! files ("shards") a half.
//!
//! Hugging Face's `datasets` says in the file which columns are pictures and which are labels and what the classes are called; what
//! other programs write is known by the columns' names. Only the desktop program reads these files.

mod columns;
mod shards;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use columns::Columns;
use shards::find;
pub(super) use shards::{inside, is_configuration, only, tables, unread};

use super::folder::Reader;
use super::limits::damaged;
use super::{DataError, Images, MAX_PIXEL_BYTES, Reading, Split};
use crate::platform::tables::Table;
use crate::platform::{Cell, TableError, files};

/// Whether `bytes` begin as a Parquet file does.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PAR1")
}

/// The images of one file. A shard is read alone, with a note.
pub(super) fn open_file(path: &Path, reading: &Reading) -> Result<Images, DataError> {
    let mut images = open_files(&path.display().to_string(), &[path.to_path_buf()], reading)?;
    images.notes.extend(shards::note(path));
    Ok(images)
}

/// The images of the half `split` among the files of a folder, with a note of files that belong to neither half; [`None`] where none is a
/// Parquet file.
pub(super) fn open_folder(
    path: &Path,
    entries: &[PathBuf],
    split: Split,
    reading: &Reading,
) -> Result<Option<Images>, DataError> {
    let Some(shards) = find(path, entries, split)? else { return Ok(None) };
    let mut images = open_files(&path.display().to_string(), &shards, reading)?;
    images.notes.extend(unread(path, &tables(entries.to_vec()), &shards, split));
    images.notes.extend(shards::partial(path));
    Ok(Some(images))
}

/// The images of all files, in their order, as one set called `name`.
fn open_files(name: &str, paths: &[PathBuf], reading: &Reading) -> Result<Images, DataError> {
    let Some((first, others)) = paths.split_first() else { return Err(DataError::Empty { file: name.to_owned() }) };
    let (file, table) = open(first)?;
    let columns = Columns::of(&file, &table, reading.labels)?;
    let classes = if columns.are_texts { texts(paths, &columns)? } else { columns.classes.clone() };
    let mut reader = Reader::new(classes.clone(), reading);
    push_all(&file, &table, &columns, &classes, &mut reader)?;
    for other in others {
        let (file, table) = open(other)?;
        if Columns::of(&file, &table, reading.labels)? != columns {
            let problem = format!("its columns or classes differ from those of {}", first.display());
            let remedy = "keep files of one set in a folder, or fetch the set again".to_owned();
            return Err(DataError::Convert { file, problem, remedy });
        }
        push_all(&file, &table, &columns, &classes, &mut reader)?;
    }
    let mut images = reader.finish(name)?;
    images.notes.extend(columns.notes(name));
    Ok(images)
}

fn open(path: &Path) -> Result<(String, Table), DataError> {
    let file = path.display().to_string();
    let bytes = files::size(path)?;
    if bytes > MAX_PIXEL_BYTES {
        return Err(DataError::TooLarge { file, bytes, limit: MAX_PIXEL_BYTES });
    }
    let table = Table::open(files::read(path)?).map_err(|error| refused(&file, error))?;
    Ok((file, table))
}

fn refused(file: &str, error: TableError) -> DataError {
    let remedy = match error {
        TableError::Damaged(problem) => return damaged(file, &problem),
        TableError::Packed(_) => "write it again with the compression zstd, snappy, gzip or none",
        TableError::Elsewhere => "open it there, or store the images as an .npz file",
    };
    DataError::Convert { file: file.to_owned(), problem: error.to_string(), remedy: remedy.to_owned() }
}

/// The classes where labels are texts: every text that occurs, in the order of texts, as names of class folders are.
fn texts(paths: &[PathBuf], columns: &Columns) -> Result<Vec<String>, DataError> {
    let mut texts = BTreeSet::new();
    for path in paths {
        let (file, table) = open(path)?;
        for (row, cells) in table.rows(&[&columns.labels]).enumerate() {
            match cells.map_err(|error| refused(&file, error))?.pop() {
                Some(Cell::Text(text)) => _ = texts.insert(text),
                _ => return Err(missing(&file, row, &columns.labels)),
            }
        }
    }
    Ok(texts.into_iter().collect())
}

/// Reads the pictures of one file.
fn push_all(
    file: &str,
    table: &Table,
    columns: &Columns,
    classes: &[String],
    reader: &mut Reader,
) -> Result<(), DataError> {
    for (row, cells) in table.rows(&[&columns.pictures, &columns.labels]).enumerate() {
        let cells = cells.map_err(|error| refused(file, error))?;
        let Ok([picture, label]) = <[Cell; 2]>::try_from(cells) else {
            return Err(missing(file, row, &columns.pictures));
        };
        let Cell::Bytes(picture) = picture else { return Err(missing(file, row, &columns.pictures)) };
        let label = match label {
            Cell::Integer(label) => number(file, row, label, classes)?,
            Cell::Text(text) => classes.binary_search(&text).ok().and_then(|place| u32::try_from(place).ok()),
            _ => None,
        };
        let label = label.ok_or_else(|| missing(file, row, &columns.labels))?;
        reader.push(&format!("{file}, row {row}"), label, &picture)?;
    }
    Ok(())
}

/// A label as a class's number. Hubs write -1 for images whose class is kept secret.
fn number(file: &str, row: usize, label: i64, classes: &[String]) -> Result<Option<u32>, DataError> {
    let known = if classes.is_empty() { super::MAX_CLASSES } else { u32::try_from(classes.len()).unwrap_or(u32::MAX) };
    match u32::try_from(label).ok().filter(|label| *label < known) {
        Some(label) => Ok(Some(label)),
        None => Err(DataError::LabelRange { file: file.to_owned(), index: row, label, limit: known }),
    }
}

fn missing(file: &str, row: usize, column: &str) -> DataError {
    let problem = format!("row {row} has nothing to read in its column {column}");
    let remedy = "drop such rows, or store the pictures themselves and not only the names of their files".to_owned();
    DataError::Convert { file: file.to_owned(), problem, remedy }
}

#[cfg(test)]
mod tests;
