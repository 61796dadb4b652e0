//! What a recipe may say: every table and key with its type, range, default, and one sentence.
//!
//! One list, from which the reader takes the names that it knows, and from which a JSON Schema (for editors), a reference page and
//! the window's hints are written. What the list says of a key is held against the reader by a test: its default is what the reader
//! fills in, its words are those that the reader takes, and values just beyond its range are refused.

mod json;
mod page;
mod tables;
#[cfg(test)]
mod tests;

pub use json::json_schema;
pub use page::page;
pub use tables::TABLES;

/// A table of a recipe.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What it is for, as one sentence.
    pub about: &'static str,
    /// Whether every recipe has it.
    pub required: bool,
    /// Its keys, in the order in which a recipe is written.
    pub keys: &'static [Key],
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What may stand behind it.
    pub kind: Kind,
    /// What counts where it is left out.
    pub default: Default,
    /// When it may be given; empty: always.
    pub when: &'static str,
    /// What it decides, as one sentence.
    pub about: &'static str,
}

/// What counts where a key is left out.
#[derive(Clone, Copy, Debug)]
pub enum Default {
    /// It must be given.
    Required,
    /// This value, as a recipe writes it.
    Value(&'static str),
    /// What the words say; it depends on something else.
    Depends(&'static str),
}

/// What may stand behind a key.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text that is not blank.
    Text,
    /// One of a list of words.
    Word(fn() -> Vec<&'static str>),
    /// Some of a list of words, each once.
    Words(fn() -> Vec<&'static str>),
    /// A whole number, both ends included.
    Whole(u64, u64),
    /// Distinct whole numbers, both ends included, at least and at most so many of them.
    Wholes {
        /// The smallest number.
        from: u64,
        /// The largest number.
        to: u64,
        /// The shortest and the longest list.
        count: (usize, usize),
    },
    /// A number, with its bounds.
    Number {
        /// The lower bound, and whether it is itself allowed.
        from: (f64, bool),
        /// The upper bound, and whether it is itself allowed; absent: none.
        to: Option<(f64, bool)>,
    },
    /// `true` or `false`.
    Flag,
    /// The size of an attack: a text such as "8/255", or a number.
    Strength,
    /// Rows and columns of images: `[rows, columns]`, each at most so many; where `square`, one number for both too.
    Sides {
        /// The largest side.
        to: u64,
        /// Whether one number stands for both.
        square: bool,
    },
    /// `"same"`, `"all"`, or a list of `[front tap, end tap]`.
    Pairs,
}

/// The table of that name.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// The key of that name in a table.
#[must_use]
pub fn key(table_name: &str, name: &str) -> Option<&'static Key> {
    table(table_name)?.keys.iter().find(|key| key.name == name)
}
