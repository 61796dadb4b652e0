//! A file of rows: a CSV whose header names keys of the recipe and each of whose rows is a study.

use std::path::Path;

use toml::{Table, Value};

use super::keys::{self, Assignments};
use crate::platform::files;
use crate::sweep::SweepError;

/// The rows of the file; an empty field leaves its key as the recipe has it.
pub(super) fn read(path: &str) -> Result<Vec<Assignments>, SweepError> {
    parse(path, &files::read(Path::new(path))?)
}

fn parse(file: &str, bytes: &[u8]) -> Result<Vec<Assignments>, SweepError> {
    let fault =
        |what: String, remedy: &str| SweepError::Sweep { file: file.to_owned(), what, remedy: remedy.to_owned() };
    let broken = |error: &csv::Error| {
        fault(format!("this is no CSV ({error})"), "write one row a line, fields parted by commas")
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header: Vec<String> = reader.headers().map_err(|e| broken(&e))?.iter().map(str::to_owned).collect();
    for (at, key) in header.iter().enumerate() {
        keys::check(file, key)?;
        if header[..at].contains(key) {
            return Err(fault(format!("two columns are named {key}"), "leave one out"));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| broken(&e))?;
        let given = header.iter().zip(&record).filter(|(_, text)| !text.is_empty());
        rows.push(given.map(|(key, text)| (key.clone(), value(text))).collect());
    }
    if rows.is_empty() {
        return Err(fault("it has no row below its header".to_owned(), "write a row for each study"));
    }
    Ok(rows)
}

/// A field as TOML has it; what is no TOML is a text, so that `8/255` and `task` need no quotes.
fn value(text: &str) -> Value {
    let read: Option<Value> = format!("x = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("x"));
    read.filter(|value| !value.is_datetime()).unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_values_of_toml_or_texts() {
        let text = "attack.eps,stitch.seeds,stitch.train\n8/255,\"[0, 1]\",task\n0.1,,\"\"\"none\"\"\"\n";
        let rows = parse("rows.csv", text.as_bytes()).unwrap();
        let shown: Vec<String> = rows.iter().map(keys::shown).collect();
        assert_eq!(
            shown,
            [
                "attack.eps = \"8/255\", stitch.seeds = [0, 1], stitch.train = \"task\"",
                "attack.eps = 0.1, stitch.train = \"none\""
            ]
        );
    }

    #[test]
    fn what_is_no_table_of_rows_is_refused() {
        for (text, part) in [
            ("attack.epsilon\n1\n", "which no recipe has"),
            ("attack.eps,attack.eps\n1,2\n", "two columns"),
            ("attack.eps\n", "no row"),
            ("attack.eps,run.batch\n1\n", "no CSV"),
        ] {
            let why = parse("rows.csv", text.as_bytes()).unwrap_err().to_string();
            assert!(why.starts_with("rows.csv: ") && why.contains(part), "{why}");
        }
    }
}
