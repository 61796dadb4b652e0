//! A recipe as TOML text, in the order and spelling of the schema's list.
//!
//! Line by line rather than through serde, so that short lists stay on their line and writing cannot fail.

use super::Recipe;
use super::schema::{TABLES, Table, defaults};

/// The whole recipe.
pub(super) fn with_run(recipe: &Recipe) -> String {
    tables(recipe, |_| true)
}

/// What decides the numbers: all but `[run]`.
pub(super) fn without_run(recipe: &Recipe) -> String {
    tables(recipe, |table| table.name != "run")
}

fn tables(recipe: &Recipe, of: impl Fn(&Table) -> bool) -> String {
    let defaults = defaults();
    let mut text = String::new();
    for table in TABLES.iter().filter(|table| of(table)) {
        let lines = table.lines(recipe, &defaults);
        if lines.is_empty() {
            continue;
        }
        let gap = if text.is_empty() { "" } else { "\n" };
        text.push_str(&format!("{gap}[{}]\n", table.name));
        lines.iter().for_each(|(key, value)| text.push_str(&format!("{key} = {value}\n")));
    }
    text
}
