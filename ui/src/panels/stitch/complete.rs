//! What may stand where one types in a recipe: tables, keys and values, from the schema's own list.

use std::ops::Range;

use stitchscope_core::recipe::schema::{self, Key, Kind, TABLES, Table};

/// Something that may stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What is written.
    pub text: String,
    /// What it decides, in a sentence.
    pub about: String,
}

/// Bytes of the text that an offer replaces, and the offers.
pub type Offers = (Range<usize>, Vec<Offer>);

/// Offers for the place in front of byte `at`; `known` gives references for a table and key that names a file.
pub fn offers(text: &str, at: usize, known: &dyn Fn(&str, &str) -> Vec<String>) -> Offers {
    let Some(before) = text.get(..at) else { return (at..at, Vec::new()) };
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = &before[start..];
    let rest = text[at..].split('\n').next().unwrap_or_default();
    let written = line.trim_start();
    // Behind a comment, and in the middle of a word, nobody wants to be helped.
    if written.contains('#') || rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return (at..at, Vec::new());
    }
    let from = start + line.len() - written.len();
    if let Some(name) = written.strip_prefix('[').filter(|_| !written.contains('=')) {
        let end = at + usize::from(rest.starts_with(']'));
        return (from..end, tables(text, name));
    }
    let Some(table) = table_at(&before[..start]) else { return (from..at, tables(text, written)) };
    match written.split_once('=') {
        None => (from..at, keys(text, table, written)),
        Some((name, value)) => {
            let value = value.trim_start();
            // Of a list only its last member is typed.
            let member = value.strip_prefix('[').map(|list| list.rsplit(',').next().unwrap_or(list).trim_start());
            let typed = member.unwrap_or(value);
            let Some(key) = schema::key(table.name, name.trim()) else { return (at..at, Vec::new()) };
            let closed = rest.starts_with('"') && typed.starts_with('"');
            let words = values(table, key, member.is_some(), known);
            let offers = words.into_iter().filter(|offer| begins(&offer.text, typed)).collect();
            (at - typed.len()..at + usize::from(closed), offers)
        }
    }
}

/// The table whose keys stand at the end of this text.
fn table_at(before: &str) -> Option<&'static Table> {
    let head = before.lines().rev().find_map(|line| line.trim().strip_prefix('[')?.split(']').next())?;
    schema::table(head.trim())
}

/// Whether the rest of `word` is still to be typed; a quotation mark need not have been begun.
fn begins(word: &str, typed: &str) -> bool {
    let bare = |text: &str| text.trim_start_matches('"').to_lowercase();
    word != typed && bare(word).starts_with(&bare(typed))
}

fn tables(text: &str, typed: &str) -> Vec<Offer> {
    let there = |table: &&Table| !text.lines().any(|line| line.trim() == format!("[{}]", table.name));
    let fits = |table: &&Table| table.name.starts_with(typed.trim());
    let offer = |table: &Table| Offer { text: format!("[{}]", table.name), about: table.about.to_owned() };
    TABLES.iter().filter(there).filter(fits).map(offer).collect()
}

/// Keys that the table does not have yet.
fn keys(text: &str, table: &Table, typed: &str) -> Vec<Offer> {
    let mut inside = false;
    let mut there: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') && !line.contains('=') {
            inside = line == format!("[{}]", table.name);
        } else if inside && let Some((name, _)) = line.split_once('=') {
            there.push(name.trim());
        }
    }
    let fits = |key: &&Key| key.name.starts_with(typed.trim()) && !there.contains(&key.name);
    let offer = |key: &Key| Offer { text: format!("{} = ", key.name), about: key.hint() };
    table.keys.iter().filter(fits).map(offer).collect()
}

fn values(table: &Table, key: &Key, listed: bool, known: &dyn Fn(&str, &str) -> Vec<String>) -> Vec<Offer> {
    let words = match key.kind {
        Kind::Word(words) => quoted(words()),
        Kind::Words(words) if listed => quoted(words()),
        Kind::Words(words) => words().iter().map(|word| format!("[\"{word}\"]")).collect(),
        Kind::Flag => vec!["true".to_owned(), "false".to_owned()],
        Kind::Pairs => quoted(vec!["same", "all"]),
        Kind::Strength => quoted(vec!["8/255", "4/255", "2/255"]),
        Kind::Text | Kind::Network | Kind::Images => {
            known(table.name, key.name).iter().map(|word| format!("\"{word}\"")).collect()
        }
        Kind::Whole(..) | Kind::Wholes { .. } | Kind::Number { .. } | Kind::Sides { .. } | Kind::Texts | Kind::Axes => {
            Vec::new()
        }
    };
    let usual = key.default_text();
    let first = usual.clone().filter(|value| !listed && !words.contains(value));
    let about = |text: &String| {
        if usual.as_ref() == Some(text) {
            format!("What counts where {} is left out.", key.name)
        } else {
            String::new()
        }
    };
    first.into_iter().chain(words).map(|text| Offer { about: about(&text), text }).collect()
}

fn quoted(words: Vec<&str>) -> Vec<String> {
    words.into_iter().map(|word| format!("\"{word}\"")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[front]\nmodel = \"a\"\n[stitch]\nepochs = 3\n";

    /// Offers at the end of `TEXT` and these words.
    fn at_end(words: &str) -> (String, Vec<String>) {
        let text = format!("{TEXT}{words}");
        let known = |table: &str, key: &str| vec![format!("zoo:{table}-{key}")];
        let (range, offers) = offers(&text, text.len(), &known);
        (text[range].to_owned(), offers.into_iter().map(|offer| offer.text).collect())
    }

    #[test]
    fn every_table_key_and_word_of_the_schema_is_offered_where_it_may_stand() {
        for table in TABLES {
            let head = format!("[{}]\n", table.name);
            let (_, keys) = offers(&head, head.len(), &|_, _| Vec::new());
            let names: Vec<String> = table.keys.iter().map(|key| format!("{} = ", key.name)).collect();
            assert_eq!(keys.iter().map(|offer| offer.text.clone()).collect::<Vec<_>>(), names, "{}", table.name);
            assert!(keys.iter().all(|offer| !offer.about.is_empty()));
            for key in table.keys {
                let line = format!("{head}{} = ", key.name);
                let (_, found) = offers(&line, line.len(), &|_, _| Vec::new());
                if let Kind::Word(words) = key.kind {
                    let all: Vec<String> = found.into_iter().map(|offer| offer.text).collect();
                    assert!(quoted(words()).iter().all(|word| all.contains(word)), "{} {}", table.name, key.name);
                }
            }
        }
    }

    #[test]
    fn what_is_typed_is_replaced_and_what_is_there_is_not_offered_again() {
        let (typed, keys) = at_end("ep");
        assert_eq!((typed.as_str(), keys.len()), ("ep", 0), "epochs is there");
        assert_eq!(at_end("tr"), ("tr".to_owned(), vec!["train = ".to_owned()]));
        let (typed, words) = at_end("train = \"ta");
        assert_eq!((typed.as_str(), words), ("\"ta", vec!["\"task\"".to_owned()]));
        let (_, found) = at_end("[fr");
        assert!(found.is_empty(), "front is there");
        assert!(at_end("[co").1.contains(&"[controls]".to_owned()));
        assert_eq!(at_end("[controls]\nkinds = [\"identity\", \"pe").0, "\"pe");
        assert!(at_end("[end]\nmodel = ").1.contains(&"\"zoo:end-model\"".to_owned()));
    }

    #[test]
    fn comments_and_the_middle_of_a_word_are_left_alone() {
        assert!(at_end("# tr").1.is_empty());
        let text = format!("{TEXT}train = 1");
        assert!(offers(&text, TEXT.len() + 2, &|_, _| Vec::new()).1.is_empty());
        assert!(offers("ä", 1, &|_, _| Vec::new()).1.is_empty(), "no place between two bytes of a letter");
    }
}
