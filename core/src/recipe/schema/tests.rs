//! The list against the reader: what it says of defaults, words and ranges is what is read.

use super::*;
use crate::recipe::{Recipe, keys};

/// The lines that a recipe needs for `table.key` to stand in it, each with its table.
fn ground(table: &'static str, key: &str) -> Vec<(&'static str, &'static str)> {
    let mut lines = vec![("front", r#"model = "a""#), ("end", r#"model = "b""#)];
    lines.extend([("data", r#"train = "c""#), ("data", r#"test = "d""#)]);
    // The key itself stands in the recipe, once.
    lines.retain(|(of, line)| *of != table || !line.starts_with(&format!("{key} =")));
    let attack = |line| vec![("attack", r#"eps = "8/255""#), ("attack", line)];
    lines.extend(match (table, key) {
        ("data", "shorter_side") => vec![("data", r#"fit = "center-crop""#)],
        ("stitch", "rank") => vec![("stitch", r#"form = "low-rank""#)],
        ("stitch", "resize_at") => vec![("stitch", r#"resize = "nearest""#)],
        ("stitch", "teacher" | "temperature") => vec![("stitch", r#"train = "soft""#)],
        ("stitch", "match_epochs") => vec![("stitch", r#"train = "final""#)],
        ("stitch", "patience") => vec![("stitch", "validation = 0.5")],
        ("stitch", "beta") => vec![("stitch", r#"train = "trades""#)],
        ("stitch", "distance") => vec![("stitch", r#"train = "match""#)],
        ("stitch", "momentum" | "nesterov") => vec![("stitch", r#"optimizer = "sgd""#)],
        ("stitch", "epochs" | "lr" | "form" | "init") => vec![("stitch", r#"train = "none""#)],
        ("attack", "preset") => attack(r#"method = "autoattack""#),
        ("attack", "targets") => attack(r#"method = "apgd-t""#),
        ("attack", "queries") => attack(r#"method = "square""#),
        ("attack", "smallest") => attack(r#"method = "fab""#),
        ("attack", "eps") => vec![],
        ("attack", _) => vec![("attack", r#"eps = "8/255""#)],
        ("train_attack", "eps") => vec![("stitch", r#"train = "adversarial""#)],
        ("train_attack", _) => vec![("stitch", r#"train = "adversarial""#), ("train_attack", r#"eps = "8/255""#)],
        ("probe", "shift") => vec![("attack", r#"eps = "8/255""#)],
        _ => vec![],
    });
    lines
}

/// The recipe with `table.key = value`, or without the key.
fn with(table: &'static str, key: &str, value: Option<&str>) -> Result<Recipe, String> {
    let lines = ground(table, key);
    let own = value.map(|value| format!("{key} = {value}"));
    let text: String = TABLES
        .iter()
        .map(|section| {
            let beside = lines.iter().filter(|(of, _)| *of == section.name).map(|(_, line)| *line);
            let body: Vec<&str> = beside.chain(own.as_deref().filter(|_| section.name == table)).collect();
            if body.is_empty() { String::new() } else { format!("[{}]\n{}\n", section.name, body.join("\n")) }
        })
        .collect();
    Recipe::parse(&text, "recipe").map_err(|error| format!("{error}\n{text}"))
}

fn every() -> impl Iterator<Item = (&'static str, &'static Key)> {
    TABLES.iter().flat_map(|table| table.keys.iter().map(move |key| (table.name, key)))
}

#[test]
fn what_is_left_out_is_what_the_list_says() {
    for (table, key) in every() {
        let Default::Fixed = key.default else { continue };
        let value = key.default_text().unwrap_or_else(|| panic!("[{table}] {} has no value", key.name));
        let given = with(table, key.name, Some(&value)).unwrap_or_else(|why| panic!("[{table}] {}: {why}", key.name));
        let left_out = with(table, key.name, None).unwrap_or_else(|why| panic!("[{table}] {}: {why}", key.name));
        assert_eq!(given, left_out, "[{table}] {}", key.name);
    }
}

#[test]
fn what_must_be_given_is_missed() {
    for (table, key) in every().filter(|(_, key)| matches!(key.default, Default::Required)) {
        let error = with(table, key.name, None);
        // A table without a line is not there at all, and then nothing is missed in it.
        let Err(error) = error else { continue };
        assert!(error.contains(&format!("has no {}", key.name)) || error.contains("has no ["), "{error}");
    }
    for table in ["[attack]\n", "[stitch]\ntrain = \"trades\"\n[train_attack]\n"] {
        let text =
            format!("[front]\nmodel = \"a\"\n[end]\nmodel = \"b\"\n[data]\ntrain = \"c\"\ntest = \"d\"\n{table}");
        assert!(Recipe::parse(&text, "recipe").unwrap_err().to_string().contains("has no eps"), "{table}");
    }
}

#[test]
fn words_and_ranges_are_those_of_the_reader() {
    for (table, key) in every() {
        let (good, bad) = samples(key.kind);
        for value in good {
            // Some words exclude each other; what counts is that the word itself is known.
            if let Err(why) = with(table, key.name, Some(&value)) {
                assert!(!why.contains("is not a word") && !why.contains("write a whole number"), "{value}: {why}");
                assert!(matches!(key.kind, Kind::Word(_)), "[{table}] {} = {value}: {why}", key.name);
            }
        }
        for value in bad {
            assert!(with(table, key.name, Some(&value)).is_err(), "[{table}] {} = {value}", key.name);
        }
    }
}

/// Values that a kind allows, and some just beyond.
fn samples(kind: Kind) -> (Vec<String>, Vec<String>) {
    let quote = |word: &&str| format!("{word:?}");
    let just = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    match kind {
        Kind::Text | Kind::Network | Kind::Images => (just(&["\"x\""]), just(&["\" \"", "3"])),
        Kind::Texts | Kind::Axes => panic!("no table of a study has such a key"),
        Kind::Word(words) => (words().iter().map(quote).collect(), just(&["\"no such word\"", "3"])),
        Kind::Words(words) => {
            let all = words().iter().map(quote).collect::<Vec<_>>().join(", ");
            (vec!["[]".to_owned(), format!("[{all}]")], just(&["[\"no such word\"]", "3"]))
        }
        Kind::Whole(from, to) => {
            let mut bad = just(&["\"x\"", "1.5", "-1"]);
            bad.extend(from.checked_sub(1).map(|below| below.to_string()));
            bad.extend((to < i64::MAX as u64).then(|| (to + 1).to_string()));
            (vec![from.to_string(), to.to_string()], bad)
        }
        Kind::Wholes { from, to, count: (least, _) } => {
            let mut bad = just(&["[-1]", "[1, 1]", "3"]);
            bad.extend((to < i64::MAX as u64).then(|| format!("[{}]", to + 1)));
            bad.extend(from.checked_sub(1).map(|below| format!("[{below}]")));
            bad.extend((least > 0).then(|| "[]".to_owned()));
            (vec![format!("[{from}, {to}]")], bad)
        }
        Kind::Number { from: (from, included), to } => {
            let mut bad = just(&["\"x\"", "nan"]);
            let (mut good, at) = (vec![format!("{:?}", from + 0.5)], format!("{from:?}"));
            if included { &mut good } else { &mut bad }.push(at);
            bad.push(format!("{:?}", from - 0.5));
            if let Some((to, included)) = to {
                let at = format!("{to:?}");
                if included { &mut good } else { &mut bad }.push(at);
                bad.push(format!("{:?}", to + 0.5));
            }
            (good, bad)
        }
        Kind::Flag => (just(&["true", "false"]), just(&["1", "\"true\""])),
        Kind::Strength => (just(&["\"8/255\"", "0.5"]), just(&["\"x\"", "0", "-0.5"])),
        Kind::Sides { to, square } => {
            let mut bad = vec![format!("[{}, 1]", to + 1), "[1]".to_owned(), "[0, 1]".to_owned()];
            let mut good = vec![format!("[1, {to}]")];
            if square { &mut good } else { &mut bad }.push(to.to_string());
            (good, bad)
        }
        Kind::Pairs => (just(&["\"same\"", "\"all\"", "[[\"a\", \"b\"]]"]), just(&["[]", "\"some\"", "[[\"a\"]]"])),
    }
}

#[test]
fn the_schema_names_every_table_and_key() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    for (table, key) in every() {
        let about = &schema["properties"][table]["properties"][key.name]["description"];
        assert!(about.as_str().is_some_and(|words| words.starts_with(key.about)), "[{table}] {}", key.name);
    }
    assert_eq!(schema["then"]["required"], serde_json::json!(["front", "end", "data"]));
    assert_eq!(schema["then"]["properties"]["attack"]["required"], serde_json::json!(["eps"]));
    assert_eq!(schema["properties"]["stitch"]["properties"]["lr"]["default"], serde_json::json!(0.001));
}

#[test]
fn the_reader_knows_no_other_name() {
    for table in TABLES {
        let names: Vec<&str> = table.keys.iter().map(|key| key.name).collect();
        assert_eq!(keys::known_keys(table.name), Some(names));
    }
    assert_eq!(keys::known_keys("nothing"), None);
}
