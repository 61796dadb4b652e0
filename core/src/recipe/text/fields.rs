//! Reading one key of one table: the checks that every table needs, with errors that name key and table.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;
use std::ops::Range;

use toml::Value;

use crate::recipe::error::{RecipeError, Source};
use crate::recipe::raw::Given;
use crate::recipe::schema::{self, Kind};
use crate::recipe::strength::{Strength, StrengthError};
use crate::recipe::words::Word;

/// A table under its name.
#[derive(Clone, Copy)]
pub(in crate::recipe) struct Fields<'a> {
    pub source: Source<'a>,
    pub table: &'static str,
}

impl Fields<'_> {
    /// `KEY in [TABLE] WHAT; REMEDY`, at `span`.
    pub(crate) fn fault(&self, span: &Range<usize>, key: &str, what: &str, remedy: &str) -> RecipeError {
        let table = self.table;
        let path = format!("{table}.{key}");
        self.source.fault(span, &path, format!("{key} in [{table}] {what}"), remedy)
    }

    /// A key that must be given and is not; `span` is that of the table.
    pub(crate) fn missing(&self, span: &Range<usize>, key: &str, remedy: &str) -> RecipeError {
        let table = self.table;
        let path = format!("{table}.{key}");
        self.source.fault(span, &path, format!("[{table}] has no {key}"), remedy)
    }

    /// A text that must be given and must not be blank; `table` is the place of the table.
    pub(crate) fn text(
        &self,
        table: &Range<usize>,
        key: &str,
        given: Given<String>,
        remedy: &str,
    ) -> Result<String, RecipeError> {
        let given = given.ok_or_else(|| self.missing(table, key, remedy))?;
        if given.get_ref().trim().is_empty() {
            return Err(self.fault(&given.span(), key, "is empty", remedy));
        }
        Ok(given.into_inner())
    }

    /// One word of a list; left out, the default.
    pub(crate) fn word<W: Word + Default>(&self, key: &str, given: Given<String>) -> Result<W, RecipeError> {
        let Some(given) = given else {
            return Ok(W::default());
        };
        let word = given.get_ref();
        W::from_word(word).ok_or_else(|| {
            let what = if W::LATER.contains(&word.as_str()) {
                format!("is {word:?}, which this version cannot do yet")
            } else {
                format!("is {word:?}, which is not a word for it")
            };
            self.fault(&given.span(), key, &what, &format!("write one of {}", W::list()))
        })
    }

    /// A whole number in the range of the schema; left out, `default`.
    pub(crate) fn count(&self, key: &str, given: Given<usize>, default: usize) -> Result<usize, RecipeError> {
        Ok(self.optional_count(key, given)?.unwrap_or(default))
    }

    /// A whole number in the range of the schema, or left out.
    pub(crate) fn optional_count(&self, key: &str, given: Given<usize>) -> Result<Option<usize>, RecipeError> {
        let Some(given) = given else { return Ok(None) };
        let number = *given.get_ref();
        // The list has a range for every key that is read here, as a test holds; without one no number would be taken.
        let kind = self.kind(key).unwrap_or(Kind::Text);
        if matches!(kind, Kind::Whole(from, to) if (from..=to).contains(&(number as u64))) {
            return Ok(Some(number));
        }
        Err(self.fault(&given.span(), key, &format!("is {number}"), &format!("write {}", kind.range())))
    }

    /// Distinct whole numbers, as many and in the range as the schema says; left out, `default`. `twice` is the remedy where one
    /// stands twice.
    pub(crate) fn wholes<N: TryInto<u64> + Copy + Display + Eq + Hash>(
        &self,
        key: &str,
        given: Given<Vec<N>>,
        default: Vec<N>,
        twice: &str,
    ) -> Result<Vec<N>, RecipeError> {
        let Some(given) = given else { return Ok(default) };
        let fault = |what: &str, remedy: &str| Err(self.fault(&given.span(), key, what, remedy));
        let numbers = given.get_ref();
        let Some(Kind::Wholes { from, to, count: (least, most) }) = self.kind(key) else {
            return fault("is of another kind", "leave it out");
        };
        if numbers.len() < least {
            return fault("is an empty list", &format!("write at least one whole number, such as [{from}]"));
        }
        if numbers.len() > most {
            return fault(&format!("has {} entries", numbers.len()), &format!("write at most {most}"));
        }
        let within = |number: N| number.try_into().is_ok_and(|number| (from..=to).contains(&number));
        if let Some(number) = numbers.iter().find(|number| !within(**number)) {
            return fault(&format!("has {number}"), &format!("write whole numbers from {from} to {to}"));
        }
        let mut seen = HashSet::new();
        if let Some(number) = numbers.iter().find(|number| !seen.insert(**number)) {
            return fault(&format!("has {number} twice"), twice);
        }
        Ok(given.into_inner())
    }

    /// Rows and columns, or one number for both where the schema says so; or left out.
    pub(crate) fn sides(&self, key: &str, given: Given<Value>) -> Result<Option<[usize; 2]>, RecipeError> {
        let Some(given) = given else { return Ok(None) };
        let Some(Kind::Sides { to, square }) = self.kind(key) else {
            return Err(self.fault(&given.span(), key, "is of another kind", "leave it out"));
        };
        let side = |value: &Value| {
            let side = u64::try_from(value.as_integer()?).ok().filter(|side| (1..=to).contains(side))?;
            usize::try_from(side).ok()
        };
        let sides = match given.get_ref() {
            Value::Array(sides) => sides.iter().map(side).collect::<Option<Vec<_>>>(),
            one if square => side(one).map(|side| vec![side, side]),
            _ => None,
        };
        if let Some(&[rows, columns]) = sides.as_deref() {
            return Ok(Some([rows, columns]));
        }
        let one = if square { "224, or size = " } else { "" };
        let remedy =
            format!("write {key} = {one}[224, 160] for rows and columns, each from 1 to {to}, or leave it out");
        Err(self.fault(&given.span(), key, &format!("is {}", given.get_ref()), &remedy))
    }

    /// A finite number in the range of the schema; left out, `default`.
    pub(crate) fn number(&self, key: &str, given: Given<f64>, default: f64) -> Result<f64, RecipeError> {
        self.number_of(key, given, default, self.kind(key).unwrap_or(Kind::Text))
    }

    /// A finite number in the range of `kind`; left out, `default`.
    pub(crate) fn number_of(&self, key: &str, given: Given<f64>, default: f64, kind: Kind) -> Result<f64, RecipeError> {
        let Some(given) = given else { return Ok(default) };
        let number = *given.get_ref();
        if kind.holds(number) {
            return Ok(number);
        }
        Err(self.fault(&given.span(), key, &format!("is {number}"), &format!("write {}", kind.range())))
    }

    /// What the schema says may stand behind the key.
    fn kind(&self, key: &str) -> Option<Kind> {
        schema::key(self.table, key).map(|key| key.kind)
    }

    /// The size of an attack, as a text or a plain number.
    pub(crate) fn strength(&self, span: &Range<usize>, key: &str, value: &Value) -> Result<Strength, RecipeError> {
        let read = match value {
            Value::String(text) => text.parse(),
            // Sizes are small; a whole number beyond 2^53 is refused by its range, not by its last digits.
            Value::Integer(number) => number.to_string().parse(),
            Value::Float(number) => Strength::from_number(*number),
            _ => Err(StrengthError::NotANumber(value.to_string())),
        };
        read.map_err(|err| self.fault(span, key, &err.to_string(), SIZES))
    }
}

/// How sizes are written.
pub(in crate::recipe) const SIZES: &str = r#"write a size as "8/255", "0.25/255" or "0.1""#;
