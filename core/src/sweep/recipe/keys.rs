//! Keys of a recipe by name, and their values in one study of a sweep.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::recipe::schema;
use crate::sweep::SweepError;

/// What a sweep sets in one study: `table.key` to its value, or a whole `table` to its keys or to `false`, which leaves it out.
pub type Assignments = BTreeMap<String, Value>;

/// The front's network.
pub(super) const FRONT: &str = "front.model";
/// The end's network.
pub(super) const END: &str = "end.model";
/// The pairs of taps.
pub(super) const PAIRS: &str = "taps.pairs";
/// The seeds of the stitches.
pub(super) const SEEDS: &str = "stitch.seeds";

/// Refuses what is no key of a recipe.
pub(super) fn check(file: &str, key: &str) -> Result<(), SweepError> {
    let known = match key.split_once('.') {
        Some((table, key)) => schema::key(table, key).is_some(),
        None => schema::table(key).is_some(),
    };
    if known {
        return Ok(());
    }
    let (table, near) = match key.split_once('.') {
        Some((table, _)) => (table, schema::table(table)),
        None => (key, None),
    };
    let remedy = match near {
        Some(table) => {
            let names: Vec<&str> = table.keys.iter().map(|key| key.name).collect();
            format!("the keys of [{}] are {}", table.name, names.join(", "))
        }
        None => {
            let names: Vec<&str> = schema::TABLES.iter().map(|table| table.name).collect();
            format!("write table.key; there is no table {table:?} among {}", names.join(", "))
        }
    };
    Err(SweepError::Sweep {
        file: file.to_owned(),
        what: format!("the sweep sets {key:?}, which no recipe has"),
        remedy,
    })
}

/// The recipe's tables with these values.
pub(super) fn applied(base: &Table, set: &Assignments) -> Table {
    let mut all = base.clone();
    // Whole tables come first in the order of names, so that keys may change them.
    for (key, value) in set {
        match key.split_once('.') {
            None if *value == Value::Boolean(false) => {
                all.remove(key);
            }
            None => {
                all.insert(key.clone(), value.clone());
            }
            Some((table, key)) => {
                let table = all.entry(table).or_insert_with(|| Value::Table(Table::new()));
                if let Value::Table(table) = table {
                    table.insert(key.to_owned(), value.clone());
                }
            }
        }
    }
    all
}

/// The values as people read them: `attack.eps = "8/255", stitch.seeds = [0]`.
#[must_use]
pub fn shown(set: &Assignments) -> String {
    let all: Vec<String> = set.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    if all.is_empty() { "as the recipe stands".to_owned() } else { all.join(", ") }
}

/// A value as a field of a table: a text without its quotes.
#[must_use]
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_whole_tables_are_set_and_left_out() {
        let base: Table = "[attack]\neps = 0.1\nsteps = 3\n[stitch]\nform = \"auto\"\n".parse().unwrap();
        let set: Assignments = [
            ("attack.steps".to_owned(), Value::Integer(7)),
            ("run.batch".to_owned(), Value::Integer(2)),
            ("stitch".to_owned(), Value::Boolean(false)),
        ]
        .into();
        let expected: Table = "[attack]\neps = 0.1\nsteps = 7\n[run]\nbatch = 2\n".parse().unwrap();
        assert_eq!(applied(&base, &set), expected);
        assert_eq!(shown(&set), "attack.steps = 7, run.batch = 2, stitch = false");
    }

    #[test]
    fn a_slip_gets_the_names_there_are() {
        let why = check("s.toml", "attack.epsilon").unwrap_err().to_string();
        assert!(why.contains("attack.epsilon") && why.contains("method, preset, norm, eps"), "{why}");
        let why = check("s.toml", "atack.eps").unwrap_err().to_string();
        assert!(why.contains("no table \"atack\""), "{why}");
        assert!(check("s.toml", "attack").is_ok() && check("s.toml", "attack.eps").is_ok());
    }
}
