//! `cells.parquet`: the rows of `cells.csv` by columns with types, as data frames and databases read them fastest.
//!
//! Rows are held until a group of them is full and then written, so that a table of any length takes the memory of one group.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use stitchscope_core::report::csv::Holds;

/// Rows of a group: some megabytes of memory, and enough for columns to be packed well.
const GROUP: usize = 1 << 14;

/// A table by columns while it is written.
pub struct Columns<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Column>,
    /// Rows that wait for their group to be full.
    rows: usize,
}

/// The values of a column in the group that is filled, and which of its rows have one.
struct Column {
    values: Values,
    /// 1 for a row with a value, 0 for one without.
    there: Vec<i16>,
}

enum Values {
    Texts(Vec<ByteArray>),
    /// Without a sign, as the column's type says.
    Counts(Vec<i64>),
    Numbers(Vec<f64>),
}

impl<W: Write + Send> Columns<W> {
    /// Begins the table.
    pub fn new(out: W, columns: &[(String, Holds)]) -> Result<Self> {
        let types = columns.iter().map(|(name, holds)| typed(name, *holds).map(Arc::new));
        let schema = types
            .collect::<Result<Vec<_>, _>>()
            .and_then(|fields| Ok(Arc::new(Type::group_type_builder("cells").with_fields(fields).build()?)));
        let packed = Compression::ZSTD(ZstdLevel::default());
        let properties = Arc::new(WriterProperties::builder().set_compression(packed).build());
        let writer = schema.and_then(|schema| SerializedFileWriter::new(out, schema, properties)).context(FAILED)?;
        let columns = columns.iter().map(|(_, holds)| Column::new(*holds)).collect();
        Ok(Self { writer, columns, rows: 0 })
    }

    /// Adds a row, a text for each column.
    pub fn add(&mut self, row: Vec<String>) -> Result<()> {
        for (column, field) in self.columns.iter_mut().zip(row) {
            column.add(field)?;
        }
        self.rows += 1;
        if self.rows == GROUP { self.write().context(FAILED) } else { Ok(()) }
    }

    /// Writes the rows that are held as a group.
    fn write(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        let mut columns = self.columns.iter_mut();
        while let (Some(mut out), Some(column)) = (group.next_column()?, columns.next()) {
            column.write(&mut out)?;
            out.close()?;
        }
        self.rows = 0;
        group.close().map(|_| ())
    }
}

impl Columns<File> {
    /// Ends the table and makes sure that it is kept.
    pub fn finish(mut self) -> Result<()> {
        if self.rows > 0 {
            self.write().context(FAILED)?;
        }
        self.writer.into_inner().context(FAILED)?.sync_all().context(FAILED)
    }
}

const FAILED: &str = "cells.parquet could not be written; check that there is room";

fn typed(name: &str, holds: Holds) -> Result<Type, ParquetError> {
    let (physical, read_as) = match holds {
        Holds::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
        Holds::Count => (Physical::INT64, ConvertedType::UINT_64),
        Holds::Number => (Physical::DOUBLE, ConvertedType::NONE),
    };
    let column = Type::primitive_type_builder(name, physical).with_converted_type(read_as);
    column.with_repetition(Repetition::OPTIONAL).build()
}

impl Column {
    fn new(holds: Holds) -> Self {
        let values = match holds {
            Holds::Text => Values::Texts(Vec::new()),
            Holds::Count => Values::Counts(Vec::new()),
            Holds::Number => Values::Numbers(Vec::new()),
        };
        Self { values, there: Vec::new() }
    }

    fn add(&mut self, field: String) -> Result<()> {
        self.there.push(i16::from(!field.is_empty()));
        if field.is_empty() {
            return Ok(());
        }
        match &mut self.values {
            Values::Texts(texts) => texts.push(ByteArray::from(field.into_bytes())),
            Values::Counts(counts) => counts.push(field.parse::<u64>().with_context(|| field.clone())?.cast_signed()),
            Values::Numbers(numbers) => numbers.push(field.parse().with_context(|| field.clone())?),
        }
        Ok(())
    }

    /// Writes what is held and holds nothing.
    fn write(&mut self, out: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let there = Some(self.there.as_slice());
        match &mut self.values {
            Values::Texts(texts) => {
                out.typed::<ByteArrayType>().write_batch(texts, there, None)?;
                texts.clear();
            }
            Values::Counts(counts) => {
                out.typed::<Int64Type>().write_batch(counts, there, None)?;
                counts.clear();
            }
            Values::Numbers(numbers) => {
                out.typed::<DoubleType>().write_batch(numbers, there, None)?;
                numbers.clear();
            }
        }
        self.there.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;

    #[test]
    fn rows_come_back_with_types_and_in_groups() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("cells.parquet");
        let columns = [("study", Holds::Count), ("front.model", Holds::Text), ("residual", Holds::Number)];
        let columns = columns.map(|(name, holds)| (name.to_owned(), holds));
        let count = GROUP + 3;
        let mut table = Columns::new(File::create(&place).unwrap(), &columns).unwrap();
        let fields = |row: usize| {
            let number = if row == 1 { String::new() } else { (row as f64 / 7.0).to_string() };
            let study = if row == 2 { u64::MAX } else { row as u64 };
            vec![study.to_string(), "zoo:a".to_owned(), number]
        };
        let why = table.add(vec!["1".to_owned(), String::new(), "much".to_owned()]).unwrap_err().to_string();
        assert_eq!(why, "much");
        let mut table = Columns::new(File::create(&place).unwrap(), &columns).unwrap();
        for row in 0..count {
            table.add(fields(row)).unwrap();
        }
        table.finish().unwrap();
        let reader = SerializedFileReader::new(File::open(&place).unwrap()).unwrap();
        assert_eq!(reader.num_row_groups(), 2);
        let rows: Vec<Vec<Field>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().into_columns().into_iter().map(|c| c.1).collect())
            .collect();
        assert_eq!(rows.len(), count);
        assert_eq!(rows[1], [Field::ULong(1), Field::Str("zoo:a".to_owned()), Field::Null]);
        assert_eq!(rows[2][0], Field::ULong(u64::MAX));
        assert_eq!(rows[count - 1][2], Field::Double((count - 1) as f64 / 7.0));
    }
}
