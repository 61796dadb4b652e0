//! The taps to join: a word, or pairs of names.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use toml::Value;

use crate::recipe::error::{RecipeError, Source};
use crate::recipe::raw::Given;
use crate::recipe::schema::Default::Fixed;
use crate::recipe::schema::list::{key, text};
use crate::recipe::schema::{Key, Kind};

const KEY: &str = "taps.pairs";
const HOW: &str = r#"write "same", "all", or pairs of taps such as [["layer1.0", "layer2.1"]]"#;

/// The (front tap, end tap) pairs of a study.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pairs {
    /// The outputs of blocks with the same name in both donors.
    #[default]
    Same,
    /// Every block output of the front with every one of the end.
    All,
    /// These, front tap first, each by `name` or `tensor`; distinct, at least one.
    List(Vec<(String, String)>),
}

/// `[taps]`: where to cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TapsRecipe {
    /// The (front tap, end tap) pairs to join.
    pub pairs: Pairs,
}

/// The table's keys.
pub(in crate::recipe) const KEYS: &[Key] = &[key(
    "pairs",
    Kind::Pairs,
    Fixed,
    |r| Some(r.taps.pairs.value()),
    "The taps to join: block outputs of the same name, every pair of block outputs that fits, or these pairs.",
)];

/// The table as it stands in the text.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawTaps {
    pub pairs: Given<Value>,
}

impl Pairs {
    fn value(&self) -> Value {
        match self {
            Self::Same => text("same"),
            Self::All => text("all"),
            Self::List(pairs) => {
                Value::Array(pairs.iter().map(|(front, end)| Value::Array(vec![text(front), text(end)])).collect())
            }
        }
    }
}

impl fmt::Display for Pairs {
    /// As a recipe writes it: a quoted word, or a list of pairs on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

/// Checks `[taps]` and fills in what was left out.
pub(in crate::recipe) fn resolve(source: Source<'_>, raw: RawTaps) -> Result<TapsRecipe, RecipeError> {
    let pairs = match raw.pairs {
        Some(given) => read(source, &given.span(), given.get_ref())?,
        None => Pairs::default(),
    };
    Ok(TapsRecipe { pairs })
}

/// Reads `taps.pairs`, which stands at `span`.
fn read(source: Source<'_>, span: &Range<usize>, value: &Value) -> Result<Pairs, RecipeError> {
    let fault = |message: String| source.fault(span, KEY, message, HOW);
    match value {
        Value::String(word) => match word.as_str() {
            "same" => Ok(Pairs::Same),
            "all" => Ok(Pairs::All),
            other => Err(fault(format!("pairs in [taps] is {other:?}, which is not a word for pairs"))),
        },
        Value::Array(items) => list(items).map_err(fault),
        _ => Err(fault("pairs in [taps] is neither a word nor a list".to_owned())),
    }
}

fn list(items: &[Value]) -> Result<Pairs, String> {
    if items.is_empty() {
        return Err("pairs in [taps] is an empty list, which leaves nothing to stitch".to_owned());
    }
    let mut pairs: Vec<(String, String)> = Vec::with_capacity(items.len());
    let mut seen = std::collections::HashSet::new();
    for (index, item) in items.iter().enumerate() {
        let pair = pair(item).ok_or_else(|| format!("entry {} of pairs in [taps] is not two tap names", index + 1))?;
        if !seen.insert(pair.clone()) {
            return Err(format!("pairs in [taps] has {:?} with {:?} twice", pair.0, pair.1));
        }
        pairs.push(pair);
    }
    Ok(Pairs::List(pairs))
}

fn pair(item: &Value) -> Option<(String, String)> {
    let [front, end] = item.as_array()?.as_slice() else {
        return None;
    };
    let (front, end) = (front.as_str()?, end.as_str()?);
    (!front.is_empty() && !end.is_empty()).then(|| (front.to_owned(), end.to_owned()))
}
