//! Reading one key of one table: the checks that every table needs, with errors that name key and table.

use std::ops::{Range, RangeInclusive};

use toml::Value;

use crate::recipe::error::{RecipeError, Source};
use crate::recipe::raw::Given;
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
    pub fn fault(&self, span: &Range<usize>, key: &str, what: &str, remedy: &str) -> RecipeError {
        let table = self.table;
        let path = format!("{table}.{key}");
        self.source.fault(span, &path, format!("{key} in [{table}] {what}"), remedy)
    }

    /// A key that must be given and is not; `span` is that of the table.
    pub fn missing(&self, span: &Range<usize>, key: &str, remedy: &str) -> RecipeError {
        let table = self.table;
        let path = format!("{table}.{key}");
        self.source.fault(span, &path, format!("[{table}] has no {key}"), remedy)
    }

    /// A text that must be given and must not be blank; `table` is the place of the table.
    pub fn text(
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
    pub fn word<W: Word + Default>(&self, key: &str, given: Given<String>) -> Result<W, RecipeError> {
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

    /// A whole number within `range`; left out, `default`.
    pub fn count(
        &self,
        key: &str,
        given: Given<usize>,
        default: usize,
        range: RangeInclusive<usize>,
    ) -> Result<usize, RecipeError> {
        Ok(self.optional_count(key, given, range)?.unwrap_or(default))
    }

    /// A whole number within `range`, or left out.
    pub fn optional_count(
        &self,
        key: &str,
        given: Given<usize>,
        range: RangeInclusive<usize>,
    ) -> Result<Option<usize>, RecipeError> {
        let Some(given) = given else { return Ok(None) };
        let number = *given.get_ref();
        if range.contains(&number) {
            return Ok(Some(number));
        }
        let remedy = format!("write a whole number from {} to {}", range.start(), range.end());
        Err(self.fault(&given.span(), key, &format!("is {number}"), &remedy))
    }

    /// A finite number of at least 0, and above 0 where `positive`; left out, `default`.
    pub fn number(&self, key: &str, given: Given<f64>, default: f64, positive: bool) -> Result<f64, RecipeError> {
        let Some(given) = given else {
            return Ok(default);
        };
        let number = *given.get_ref();
        let in_range = number > 0.0 || (number == 0.0 && !positive);
        if number.is_finite() && in_range {
            return Ok(number);
        }
        let remedy = if positive { "write a number above 0" } else { "write 0 or more" };
        Err(self.fault(&given.span(), key, &format!("is {number}"), remedy))
    }

    /// The size of an attack, as a text or a plain number.
    pub fn strength(&self, span: &Range<usize>, key: &str, value: &Value) -> Result<Strength, RecipeError> {
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
