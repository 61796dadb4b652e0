//! The list as a page of the documentation.

use super::{Default, Key, Kind, SWEEP, TABLES};

const HEAD: &str = "# The recipe

A recipe is a TOML file that says everything which decides a study's numbers. This page is written from the program's own list of keys
and held against it by a test; `stitchscope recipe --schema` prints the same list as a JSON Schema, by which editors complete and check
recipes (for VS Code with *Even Better TOML*: `#:schema recipe.schema.json` as the first line).

The smallest recipe names two networks and the images:

```toml
[front]
model = \"a.onnx\"
[end]
model = \"b.onnx\"
[data]
train = \"cifar-10-batches-bin/\"
test = \"cifar-10-batches-bin/\"
```

What is left out has its default. An unknown table or key, a word that is not in its list, a value out of range, and a key that the chosen
method does not have are errors with line, column and remedy. Sizes of attacks are written as `\"8/255\"` or `0.5`, in pixel values that run
from 0 to 1.
";

/// The page, in Markdown.
#[must_use]
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    for table in TABLES.iter().chain([SWEEP]) {
        let must = if table.required { " Every recipe has it." } else { "" };
        text.push_str(&format!("\n## [{}]\n\n{}{must}\n\n", table.name, table.about));
        text.push_str("| key | value | left out | what it decides |\n|---|---|---|---|\n");
        for key in table.keys {
            text.push_str(&line(key));
        }
    }
    text
}

fn line(key: &Key) -> String {
    let default = match key.default {
        Default::Required => "must be given".to_owned(),
        Default::Fixed => format!("`{}`", key.default_text().unwrap_or_default()),
        Default::Depends(words) => words.to_owned(),
    };
    format!("| `{}` | {} | {default} | {} |\n", key.name, kind(key.kind), key.hint())
}

fn kind(kind: Kind) -> String {
    let quoted = |words: Vec<&str>| words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ");
    match kind {
        Kind::Text | Kind::Network | Kind::Images => "text".to_owned(),
        Kind::Texts => "list of texts".to_owned(),
        Kind::Axes => "keys, each with a list of values".to_owned(),
        Kind::Word(words) => quoted(words()),
        Kind::Words(words) => format!("list of {}", quoted(words())),
        Kind::Whole(from, to) => format!("whole number, {from} to {}", most(to)),
        Kind::Wholes { from, to, count: (least, most_of_them) } => {
            format!("{least} to {most_of_them} distinct whole numbers, {from} to {}", most(to))
        }
        Kind::Number { from: (from, included), to } => {
            let low = if included { format!("at least {from}") } else { format!("above {from}") };
            match to {
                None => format!("number, {low}"),
                Some((to, true)) => format!("number, {low}, at most {to}"),
                Some((to, false)) => format!("number, {low}, below {to}"),
            }
        }
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Strength => "size of an attack".to_owned(),
        Kind::Sides { to, square: true } => format!("one whole number or `[rows, columns]`, up to {to}"),
        Kind::Sides { to, square: false } => format!("`[rows, columns]`, up to {to}"),
        Kind::Pairs => "`\"same\"`, `\"all\"`, or a list of `[\"front tap\", \"end tap\"]`".to_owned(),
    }
}

/// The largest number that TOML has needs no digits.
fn most(number: u64) -> String {
    if number == i64::MAX as u64 { "2^63 - 1".to_owned() } else { number.to_string() }
}
