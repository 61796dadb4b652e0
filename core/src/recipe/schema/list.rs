//! The list of tables, and what their keys are put together with.

use std::fmt::Display;

use toml::Value;

use super::{Default, Key, Kind, Table};
use crate::recipe::Recipe;
use crate::recipe::tables::{attack, controls, data, donor, pairs, probe, run, stitch, train_attack};
use crate::recipe::words::Word;

/// Any number of at least 0.
pub(crate) const NOT_NEGATIVE: Kind = Kind::Number { from: (0.0, true), to: None };
/// Any number above 0.
pub(crate) const POSITIVE: Kind = Kind::Number { from: (0.0, false), to: None };

/// The words of a list.
pub(crate) fn words<W: Word>() -> Vec<&'static str> {
    W::ALL.iter().map(|word| word.as_str()).collect()
}

/// A key that may always be given and is always written; `written` is its value in a recipe.
pub(crate) const fn key(
    name: &'static str,
    kind: Kind,
    default: Default,
    written: fn(&Recipe) -> Option<Value>,
    about: &'static str,
) -> Key {
    Key { name, kind, default, when: "", about, written, quiet: false }
}

/// The key, given only where the words say.
pub(crate) const fn only(when: &'static str, key: Key) -> Key {
    Key { when, ..key }
}

/// The key, written only where it is not at its default.
pub(crate) const fn quiet(key: Key) -> Key {
    Key { quiet: true, ..key }
}

/// A word as a value.
pub(crate) fn word<W: Word>(word: W) -> Value {
    Value::String(word.as_str().to_owned())
}

/// A text as a value.
pub(crate) fn text(text: impl Display) -> Value {
    Value::String(text.to_string())
}

/// A whole number as a value; beyond TOML's range a text, which the reader refuses.
pub(crate) fn whole<N: TryInto<i64> + Copy + Display>(number: N) -> Value {
    number.try_into().map_or_else(|_| text(number), Value::Integer)
}

/// Whole numbers as a list.
pub(crate) fn wholes<N: TryInto<i64> + Copy + Display>(numbers: &[N]) -> Value {
    Value::Array(numbers.iter().map(|number| whole(*number)).collect())
}

/// A table that has all its keys and is always written.
const fn table(name: &'static str, about: &'static str, keys: &'static [Key]) -> Table {
    Table { name, about, required: false, keys, has: |_, _| true, quiet: false }
}

const fn required(table: Table) -> Table {
    Table { required: true, ..table }
}

/// Every table with its keys, in the order in which a recipe is written.
pub const TABLES: &[Table] = &[
    required(table("front", "The network that gives the layers before the stitch.", donor::FRONT)),
    required(table("end", "The network that gives the layers after the stitch.", donor::END)),
    required(table("data", "The images.", data::KEYS)),
    table("taps", "Where the networks are cut.", pairs::KEYS),
    Table {
        has: |recipe, key| recipe.stitch.has(key),
        ..table("stitch", "What joins the halves, and how it is found.", stitch::KEYS)
    },
    Table {
        has: |recipe, key| recipe.attack.as_ref().is_some_and(|attack| attack.has(key)),
        ..table("attack", "The attack; without this table clean accuracy alone is measured.", attack::KEYS)
    },
    Table {
        has: |recipe, key| train_attack::has(recipe.stitch.train, key),
        ..table(
            "train_attack",
            "What adversarial training and TRADES train against; norm and eps of [attack] where it is left out.",
            train_attack::KEYS,
        )
    },
    table("controls", "What the cells are compared with.", controls::KEYS),
    Table { quiet: true, ..table("probe", "What is measured beside accuracies.", probe::KEYS) },
    table("run", "How it is computed; it changes no result beyond rounding.", run::KEYS),
];
