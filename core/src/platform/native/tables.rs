//! Parquet files by the crate `parquet`, Apache Arrow's own: tables by columns, as hubs of data sets serve them.

use std::cell::Cell as Shared;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, ConvertedType, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::{Cell, Column, Kind, TableError};

/// A table whose description has been read.
pub struct Table {
    reader: SerializedFileReader<Bytes>,
    /// Bytes of the file.
    size: u64,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Table").field(&self.columns()).finish()
    }
}

impl Table {
    /// Reads the table's description: its columns, and where their parts lie.
    ///
    /// # Errors
    /// No Parquet file, damage, a file that is cut off.
    pub fn open(bytes: Bytes) -> Result<Self, TableError> {
        let size = bytes.len() as u64;
        let reader = caught(|| SerializedFileReader::new(bytes))?;
        Ok(Self { reader, size })
    }

    /// The columns, in the file's order.
    pub fn columns(&self) -> Vec<Column> {
        let columns = self.root().get_fields().iter();
        columns.map(|column| Column { name: column.name().to_owned(), kind: kind(column) }).collect()
    }

    /// A text that the writer left under `key`.
    pub fn remark(&self, key: &str) -> Option<&str> {
        let remarks = self.reader.metadata().file_metadata().key_value_metadata()?;
        remarks.iter().find(|remark| remark.key == key)?.value.as_deref()
    }

    /// The rows' cells in the named columns, in that order. Only these columns are unpacked, a group of rows at a time.
    ///
    /// An error ends the iteration: damage, a way of packing that is not read, fewer rows than the file's description says.
    pub fn rows<'a>(&'a self, columns: &'a [&'a str]) -> impl Iterator<Item = Result<Vec<Cell>, TableError>> + 'a {
        let groups = 0..self.reader.num_row_groups();
        let rows = groups.flat_map(move |group| match self.group(group, columns) {
            Ok(rows) => rows.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        });
        let mut ended = false;
        rows.take_while(move |row| {
            let goes_on = !ended;
            ended |= row.is_err();
            goes_on
        })
    }

    fn root(&self) -> &Type {
        self.reader.metadata().file_metadata().schema()
    }

    /// The cells of one group of rows.
    fn group(&self, place: usize, columns: &[&str]) -> Result<Vec<Vec<Cell>>, TableError> {
        let group = self.reader.get_row_group(place).map_err(|error| damaged(&error))?;
        self.check(&*group, columns)?;
        let promised = group.metadata().num_rows();
        let part = self.part(columns)?;
        let cells = caught(|| {
            let rows = RowIter::from_row_group(Some(part), &*group)?;
            rows.map(|row| Ok(cells(row?, columns))).collect::<Result<Vec<_>, _>>()
        })?;
        if i64::try_from(cells.len()) == Ok(promised) {
            return Ok(cells);
        }
        Err(TableError::Damaged(format!("{} of the {promised} rows of a group are there", cells.len())))
    }

    /// Refuses columns that lie outside the file, and ways of packing whose libraries are not built in, by name.
    fn check(&self, group: &dyn RowGroupReader, columns: &[&str]) -> Result<(), TableError> {
        for column in group.metadata().columns() {
            let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            let end = u64::try_from(start).ok().zip(u64::try_from(column.compressed_size()).ok());
            if end.and_then(|(start, length)| start.checked_add(length)).is_none_or(|end| end > self.size) {
                return Err(TableError::Damaged(format!("its column {} lies outside the file", column.column_path())));
            }
            let root = column.column_path().parts().first().map(String::as_str);
            let used = root.is_some_and(|root| columns.contains(&root));
            match column.compression() {
                Compression::UNCOMPRESSED
                | Compression::SNAPPY
                | Compression::GZIP(_)
                | Compression::ZSTD(_)
                | Compression::LZ4
                | Compression::LZ4_RAW => {}
                other if used => return Err(TableError::Packed(other.to_string())),
                _ => {}
            }
        }
        Ok(())
    }

    /// The table's type with the named columns only.
    fn part(&self, columns: &[&str]) -> Result<Type, TableError> {
        let fields = self.root().get_fields().iter();
        let fields: Vec<Arc<Type>> = fields.filter(|field| columns.contains(&field.name())).cloned().collect();
        Type::group_type_builder(self.root().name()).with_fields(fields).build().map_err(|error| damaged(&error))
    }
}

fn damaged(error: &ParquetError) -> TableError {
    TableError::Damaged(error.to_string())
}

thread_local! {
    /// Whether this thread is in the crate.
    static READING: Shared<bool> = const { Shared::new(false) };
}

/// Whether this thread reads a table just now. A panic then is damage of the file, which is told as an error: a program's panic hook has
/// nothing to say of it.
#[must_use]
pub fn is_reading() -> bool {
    READING.get()
}

/// What `read` gives. The crate was not written for hostile files: what it holds to be impossible ends it with a panic.
fn caught<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, TableError> {
    READING.set(true);
    let read = catch_unwind(AssertUnwindSafe(read));
    READING.set(false);
    match read {
        Ok(read) => read.map_err(|error| damaged(&error)),
        Err(_) => Err(TableError::Damaged("its parts contradict each other".to_owned())),
    }
}

fn kind(column: &Type) -> Kind {
    if column.is_group() {
        let bytes = column.get_fields().iter().find(|member| member.name() == "bytes");
        let is_pictures = bytes.is_some_and(|bytes| kind(bytes) == Kind::Bytes);
        return if is_pictures { Kind::Bytes } else { Kind::Other };
    }
    match (column.get_physical_type(), column.get_basic_info().converted_type()) {
        (
            Physical::INT32 | Physical::INT64,
            ConvertedType::NONE
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64
            | ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64,
        ) => Kind::Integers,
        (Physical::BYTE_ARRAY, ConvertedType::UTF8) => Kind::Texts,
        (Physical::BYTE_ARRAY, ConvertedType::NONE) => Kind::Bytes,
        _ => Kind::Other,
    }
}

fn cells(row: Row, columns: &[&str]) -> Vec<Cell> {
    let mut found = row.into_columns();
    let take = |name: &&str| {
        let place = found.iter().position(|(found, _)| found == name);
        place.map_or(Cell::Missing, |place| cell(found.swap_remove(place).1))
    };
    columns.iter().map(take).collect()
}

fn cell(field: Field) -> Cell {
    match field {
        Field::Byte(value) => Cell::Integer(value.into()),
        Field::Short(value) => Cell::Integer(value.into()),
        Field::Int(value) => Cell::Integer(value.into()),
        Field::Long(value) => Cell::Integer(value),
        Field::UByte(value) => Cell::Integer(value.into()),
        Field::UShort(value) => Cell::Integer(value.into()),
        Field::UInt(value) => Cell::Integer(value.into()),
        // Beyond i64 there is no label; the largest stands for it and is refused as one.
        Field::ULong(value) => Cell::Integer(i64::try_from(value).unwrap_or(i64::MAX)),
        Field::Str(text) => Cell::Text(text),
        Field::Bytes(bytes) => Cell::Bytes(Bytes::copy_from_slice(bytes.data())),
        Field::Group(members) => {
            let bytes = members.into_columns().into_iter().find(|(name, _)| name == "bytes");
            bytes.map_or(Cell::Missing, |(_, bytes)| cell(bytes))
        }
        _ => Cell::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_crate_is_damage_and_can_be_told_from_others() {
        let read = caught::<()>(|| {
            assert!(is_reading(), "a panic hook knows");
            panic!("impossible")
        });
        assert!(matches!(read, Err(TableError::Damaged(_))));
        assert!(!is_reading());
    }
}
