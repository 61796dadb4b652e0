//! The taps to join: a word, or pairs of names.

use std::fmt;
use std::ops::Range;

use toml::Value;

use crate::recipe::error::{RecipeError, Source};

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

impl fmt::Display for Pairs {
    /// As a recipe writes it: a quoted word, or a list of pairs on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str(r#""same""#),
            Self::All => f.write_str(r#""all""#),
            Self::List(pairs) => {
                let strings =
                    |(front, end): &(String, String)| Value::Array(vec![front.clone().into(), end.clone().into()]);
                write!(f, "{}", Value::Array(pairs.iter().map(strings).collect()))
            }
        }
    }
}

/// Reads `taps.pairs`, which stands at `span`.
pub(in crate::recipe) fn read(source: Source<'_>, span: &Range<usize>, value: &Value) -> Result<Pairs, RecipeError> {
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
