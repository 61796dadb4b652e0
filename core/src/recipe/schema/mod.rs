//! What a recipe may say: every table and key with its type, range, default, and one sentence.
//!
//! One list, each table's keys beside the table's values in `tables/`. The reader takes the names and ranges that it knows from it, the
//! writer walks it, and a JSON Schema (for editors), a reference page, the window's form and the list of files that a page must fetch
//! come from it. A test holds it against the reader: words and ends of ranges are read, values just beyond are refused.

mod json;
pub(in crate::recipe) mod list;
mod page;
mod sweep;
#[cfg(test)]
mod tests;

use toml::Value;

use super::{
    AttackMethod, AttackRecipe, DataRecipe, DonorRef, Norm, Recipe, StitchRecipe, Strength, TrainAttackRecipe,
};
pub use json::json_schema;
pub use list::TABLES;
pub use page::page;
pub use sweep::SWEEP;

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
    /// Whether the table of this recipe has a key of this name.
    pub(in crate::recipe) has: fn(&Recipe, &str) -> bool,
    /// Whether it is not written where all of it is at its default, so that recipes of earlier versions keep their fingerprint.
    pub(in crate::recipe) quiet: bool,
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
    /// Its value in a recipe; `None` where the recipe has none.
    pub(in crate::recipe) written: fn(&Recipe) -> Option<Value>,
    /// Whether it is not written at its default, so that recipes of earlier versions keep their fingerprint.
    pub(in crate::recipe) quiet: bool,
}

/// What counts where a key is left out.
#[derive(Clone, Copy, Debug)]
pub enum Default {
    /// It must be given.
    Required,
    /// Always the same value: [`Key::default_text`].
    Fixed,
    /// What the words say; it depends on something else.
    Depends(&'static str),
}

/// What may stand behind a key.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text that is not blank.
    Text,
    /// A network: the path of an ONNX file, or `zoo:NAME`.
    Network,
    /// A set of images: a path, or `zoo:NAME`.
    Images,
    /// A list of texts.
    Texts,
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
    /// Keys of a recipe, each with a list of values.
    Axes,
}

impl Kind {
    /// Whether a finite number is in the range of a [`Kind::Number`]; no other kind has one.
    pub(in crate::recipe) fn holds(self, number: f64) -> bool {
        let Self::Number { from: (from, reached), to } = self else { return false };
        let above = number > from || (reached && number == from);
        let below = to.is_none_or(|(to, reached)| number < to || (reached && number == to));
        number.is_finite() && above && below
    }

    /// The range of a number in words: "0 or more", "a number above 0", "a number from 0 to below 1"; of other kinds "another value".
    pub(in crate::recipe) fn range(self) -> String {
        match self {
            Self::Whole(from, to) => format!("a whole number from {from} to {to}"),
            Self::Number { from: (from, true), to: None } => format!("{from} or more"),
            Self::Number { from: (from, false), to: None } => format!("a number above {from}"),
            Self::Number { from: (from, reached), to: Some((to, included)) } => {
                let low = if reached { "from" } else { "above" };
                let high = if included { "to" } else { "to below" };
                format!("a number {low} {from} {high} {to}")
            }
            _ => "another value".to_owned(),
        }
    }
}

impl Table {
    /// The table as `recipe` writes it: keys and values, those left out that are the recipe's by default and need no word.
    pub(in crate::recipe) fn lines(&self, recipe: &Recipe, defaults: &Recipe) -> Vec<(&'static str, Value)> {
        let plain = |key: &Key| (key.written)(recipe) == (key.written)(defaults);
        if self.quiet && self.keys.iter().all(plain) {
            return Vec::new();
        }
        let said = self.keys.iter().filter(|key| (self.has)(recipe, key.name) && !(key.quiet && plain(key)));
        said.filter_map(|key| Some((key.name, (key.written)(recipe)?))).collect()
    }
}

impl Key {
    /// The value that always counts where the key is left out, as a recipe writes it; `None` where there is no such value.
    #[must_use]
    pub fn default_text(&self) -> Option<String> {
        self.default_value().map(|value| value.to_string())
    }

    pub(in crate::recipe) fn default_value(&self) -> Option<Value> {
        match self.default {
            Default::Fixed => (self.written)(&defaults()),
            Default::Required | Default::Depends(_) => None,
        }
    }

    /// What it decides and when it may be given, in sentences.
    #[must_use]
    pub fn hint(&self) -> String {
        let when = if self.when.is_empty() { String::new() } else { format!(" Only where {}.", self.when) };
        format!("{}{when}", self.about)
    }
}

/// A recipe in which everything that has a value by itself has it.
pub(in crate::recipe) fn defaults() -> Recipe {
    let eps = || "8/255".parse::<Strength>();
    let trained = eps().and_then(|eps| TrainAttackRecipe::new(Norm::default(), eps)).ok();
    Recipe {
        front: DonorRef::new(""),
        end: DonorRef::new(""),
        data: DataRecipe::default(),
        taps: super::TapsRecipe::default(),
        stitch: StitchRecipe { attack: trained, ..StitchRecipe::default() },
        attack: eps().and_then(|eps| AttackRecipe::new(AttackMethod::default(), Norm::default(), eps)).ok(),
        controls: super::ControlsRecipe::default(),
        probe: super::ProbeRecipe::default(),
        run: super::RunRecipe::default(),
    }
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
