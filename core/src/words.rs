//! Words that others wrote, such as names in a network's file: fit to be shown on a terminal, in a message, in a spreadsheet.
//!
//! A name may hold anything: codes that command a terminal, line feeds that make a message look like two, marks that turn the direction
//! of the text round, a million characters. Whoever shows one passes it through here.

use std::borrow::Cow;

/// Characters of a name that are shown.
const NAME: usize = 160;
/// Characters of a message that are shown.
const MESSAGE: usize = 1200;

/// Whether a character does something else than be seen.
fn acts(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// The text with everything that acts spelled out, as in `\u{1b}`, but for line feeds.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    spelled(text, |c| acts(c) && c != '\n')
}

/// The text as one line, with everything that acts spelled out.
#[must_use]
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    spelled(text, acts)
}

fn spelled(text: &str, odd: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&odd) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if odd(c) => out.push_str("\\n"),
            '\t' if odd(c) => out.push_str("\\t"),
            '\r' if odd(c) => out.push_str("\\r"),
            c if odd(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The text in at most `most` characters; the middle is left out, for the start says what it is and the end what to do.
#[must_use]
pub fn short(text: &str, most: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= most {
        return Cow::Borrowed(text);
    }
    let note = format!(" ... ({} characters left out) ... ", length - most);
    let (head, tail) = (most / 2, most - most / 2);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - tail).collect();
    Cow::Owned(start + &note + &end)
}

/// A name, as it is shown.
#[must_use]
pub fn name(text: &str) -> String {
    one_line(&short(text, NAME)).into_owned()
}

/// A message, as it is shown: one line of readable length.
#[must_use]
pub fn message(text: &str) -> String {
    one_line(&short(text.trim(), MESSAGE)).into_owned()
}

/// A text as a field of a table that spreadsheets open: none is taken for a formula.
#[must_use]
pub fn field(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    let shown = one_line(text);
    if formula { format!("'{shown}") } else { shown.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_spelled_out_and_what_is_read_stays() {
        for (text, shown) in [
            ("layer1.0.relu", "layer1.0.relu"),
            ("größe 8×8 → 层", "größe 8×8 → 层"),
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("a\nerror: all is well", "a\\nerror: all is well"),
            ("a\u{202e}b\u{2028}c\u{9b}d\u{7f}", "a\\u{202e}b\\u{2028}c\\u{9b}d\\u{7f}"),
        ] {
            assert_eq!(one_line(text), shown);
        }
        assert_eq!(harmless("two\nlines\r"), "two\nlines\\r");
    }

    #[test]
    fn length_has_a_bound_and_both_ends_stay() {
        let long = format!("start{}end", "x".repeat(1 << 20));
        for shown in [name(&long), message(&long)] {
            assert!(shown.starts_with("start") && shown.ends_with("end") && shown.len() < 1300, "{shown}");
            assert!(shown.contains("characters left out"));
        }
        assert_eq!(name("ü"), "ü");
    }

    #[test]
    fn no_field_is_a_formula() {
        for (text, shown) in [
            ("=cmd()|calc", "'=cmd()|calc"),
            ("+1", "'+1"),
            (" -2", "' -2"),
            ("@sum", "'@sum"),
            ("\t=1", "'\\t=1"),
            ("layer-1", "layer-1"),
            ("", ""),
        ] {
            assert_eq!(field(text), shown);
        }
    }
}
