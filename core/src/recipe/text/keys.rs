//! The keys a recipe may have, and help for the ones it may not.
//!
//! Checked before the values are read, so that a slip of the pen gets the nearest key and not a parser's phrase.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::recipe::error::{RecipeError, Source};
use crate::recipe::schema::{self, TABLES};

/// A key with the bytes from its first letter to the end of its value.
pub(in crate::recipe) struct Place {
    /// `table.key`.
    pub key: String,
    span: Range<usize>,
}

/// Refuses the first unknown table or key, in the order of the text; else returns where every key stands.
pub(in crate::recipe) fn check(source: Source<'_>, root: &DeTable<'_>) -> Result<Vec<Place>, RecipeError> {
    let mut places = Vec::new();
    let mut faults = Vec::new();
    for (name, value) in root {
        let table = name.get_ref().as_ref();
        match (known_keys(table), value.get_ref()) {
            (None, _) => faults.push((name.span(), unknown_table(source, &name.span(), table))),
            (Some(keys), DeValue::Table(inner)) => {
                check_table(source, (table, &keys), inner, &mut places, &mut faults);
            }
            (Some(_), _) => faults.push((name.span(), not_a_table(source, &name.span(), table))),
        }
    }
    match faults.into_iter().min_by_key(|(span, _)| span.start) {
        Some((_, fault)) => Err(fault),
        None => Ok(places),
    }
}

/// The key whose text holds byte `at`; the last one that starts before it counts.
pub(in crate::recipe) fn key_at(places: &[Place], at: usize) -> Option<&str> {
    let holds = places.iter().filter(|place| place.span.contains(&at) || place.span.end == at);
    holds.max_by_key(|place| place.span.start).map(|place| place.key.as_str())
}

/// The names of a table's keys, in the order in which a recipe is written.
pub(in crate::recipe) fn known_keys(table: &str) -> Option<Vec<&'static str>> {
    Some(schema::table(table)?.keys.iter().map(|key| key.name).collect())
}

fn check_table(
    source: Source<'_>,
    (table, keys): (&str, &[&str]),
    inner: &DeTable<'_>,
    places: &mut Vec<Place>,
    faults: &mut Vec<(Range<usize>, RecipeError)>,
) {
    for (name, value) in inner {
        let key = name.get_ref().as_ref();
        if keys.contains(&key) {
            places.push(Place { key: format!("{table}.{key}"), span: whole(name, value) });
        } else {
            faults.push((name.span(), unknown_key(source, &name.span(), table, key)));
        }
    }
}

fn whole<K, V>(key: &Spanned<K>, value: &Spanned<V>) -> Range<usize> {
    key.span().start..value.span().end.max(key.span().end)
}

fn unknown_table(source: Source<'_>, span: &Range<usize>, table: &str) -> RecipeError {
    let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    if table == schema::SWEEP.name {
        let message = "this is a sweep of many studies: it has [sweep]";
        return source.fault(
            span,
            table,
            message,
            "run it with `stitchscope sweep`, or plan it with `stitchscope plan`",
        );
    }
    let remedy = match (nearest(table, &names), home_of(table)) {
        (Some(near), _) => format!("did you mean [{near}]?"),
        (None, Some(home)) => format!("{table:?} belongs in [{home}]"),
        (None, None) => format!("the tables are [{}]", names.join("], [")),
    };
    source.fault(span, table, format!("unknown table [{table}]"), remedy)
}

fn not_a_table(source: Source<'_>, span: &Range<usize>, table: &str) -> RecipeError {
    let first = known_keys(table).and_then(|keys| keys.first().copied()).unwrap_or_default();
    let remedy = format!("write [{table}] on a line of its own and its keys ({first} = ...) below");
    source.fault(span, table, format!("{table} is a table, not a value"), remedy)
}

fn unknown_key(source: Source<'_>, span: &Range<usize>, table: &str, key: &str) -> RecipeError {
    let keys = known_keys(table).unwrap_or_default();
    let remedy = match (nearest(key, &keys), home_of(key)) {
        (Some(near), _) => format!("did you mean {near:?}?"),
        (None, Some(home)) => format!("it belongs in [{home}]"),
        (None, None) => format!("the keys of [{table}] are {}", keys.join(", ")),
    };
    source.fault(span, &format!("{table}.{key}"), format!("unknown key {key:?} in [{table}]"), remedy)
}

/// The first table that has `key`.
fn home_of(key: &str) -> Option<&'static str> {
    TABLES.iter().find(|table| schema::key(table.name, key).is_some()).map(|table| table.name)
}

/// The known word fewest edits away, if that is few enough to be a slip: at most a third of the longer word.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|candidate| (edits(word, candidate), *candidate));
    let (distance, candidate) = scored.min_by_key(|(distance, _)| *distance)?;
    let longer = word.chars().count().max(candidate.len());
    (distance * 3 <= longer.max(3)).then_some(candidate)
}

/// Levenshtein distance in characters; words beyond 64 characters count as far away, which bounds the work.
fn edits(a: &str, b: &str) -> usize {
    if a.chars().nth(64).is_some() { usize::MAX / 4 } else { strsim::levenshtein(a, b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slips_get_a_guess() {
        assert_eq!(nearest("epocs", &["epochs", "lr"]), Some("epochs"));
        assert_eq!(nearest("weight-decay", &["epochs", "weight_decay"]), Some("weight_decay"));
        assert_eq!(nearest("colour", &["epochs", "lr"]), None);
        assert_eq!(nearest(&"x".repeat(10_000), &["epochs"]), None);
    }
}
