//! What is wrong with a recipe, where, and what to write instead.
//!
//! Ranges come from the crate toml. A fault stays one line, as compilers write it, for terminals, logs, the window and the page alike; the crate miette, which
//! draws the text around it, would be used in one of these four.

use std::ops::Range;

/// A fault in a recipe. Shown as `recipe.toml:12:3: unknown key "epocs" in [stitch]; did you mean "epochs"?`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}; {remedy}")]
pub struct RecipeError {
    /// The name under which the text came.
    pub file: String,
    /// Line of the fault, from 1.
    pub line: usize,
    /// Column of the fault in characters, from 1.
    pub column: usize,
    /// The key at fault, as `table.key`, or the table alone; empty where the text is no TOML.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// A recipe's text under its name: turns byte ranges into places that people find.
#[derive(Clone, Copy, Debug)]
pub(in crate::recipe) struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Source<'_> {
    /// A fault at the start of `span`.
    pub(crate) fn fault(
        &self,
        span: &Range<usize>,
        key: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> RecipeError {
        let (line, column) = place(self.text, span.start);
        RecipeError {
            file: self.file.to_owned(),
            line,
            column,
            key: key.to_owned(),
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}

/// Line and column (in characters) of byte `at`, both from 1. Past the end it is the end.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.char_indices().take_while(|(index, _)| *index < at).map(|(_, c)| c);
    before.fold((1, 1), |(line, column), c| if c == '\n' { (line + 1, 1) } else { (line, column + 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let text = "ä = 1\nbé = 2";
        assert_eq!(place(text, 0), (1, 1));
        assert_eq!(place(text, text.find('=').unwrap()), (1, 3));
        assert_eq!(place(text, text.rfind('=').unwrap()), (2, 4));
        assert_eq!(place(text, 999), (2, 7));
        assert_eq!(place("", 5), (1, 1));
    }
}
