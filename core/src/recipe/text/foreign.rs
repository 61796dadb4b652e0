//! The TOML library's own complaints, put into the words of a recipe.

use crate::recipe::error::{RecipeError, Source};
use crate::recipe::keys::{self, Place};

/// The text is no TOML.
pub(in crate::recipe) fn syntax_fault(source: Source<'_>, err: &toml::de::Error) -> RecipeError {
    let message = format!("this is not TOML: {}", one_line(err.message()));
    let remedy = r#"write one key on a line, as key = value, with texts in "quotes""#;
    source.fault(&err.span().unwrap_or(0..0), "", message, remedy)
}

/// A value has another type than its key.
pub(in crate::recipe) fn type_fault(source: Source<'_>, places: &[Place], err: &toml::de::Error) -> RecipeError {
    let span = err.span().unwrap_or(0..0);
    let path = keys::key_at(places, span.start).unwrap_or_default();
    let subject = match path.split_once('.') {
        Some((table, key)) => format!("{key} in [{table}]"),
        None => "a value".to_owned(),
    };
    match found_and_expected(err.message()) {
        Some((found, expected)) => {
            let remedy = format!("write {}", plain(expected));
            source.fault(&span, path, format!("{subject} is {}", one_line(found)), remedy)
        }
        None => {
            let message = format!("{subject} cannot be read: {}", one_line(err.message()));
            source.fault(&span, path, message, "write a value of the key's type")
        }
    }
}

/// Splits serde's `invalid type: string "3", expected usize`.
fn found_and_expected(message: &str) -> Option<(&str, &str)> {
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    rest.rsplit_once(", expected ")
}

/// What to write where Rust's type is expected.
fn plain(expected: &str) -> &str {
    match expected {
        "usize" | "u64" | "u32" => "a whole number, 0 or more, without quotes",
        "f64" => "a number, without quotes",
        "a string" => "a text in quotes",
        "a sequence" => "a list in square brackets",
        other => other,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
