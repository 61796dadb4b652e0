//! `[controls]`: what the cells are compared with. The four that studies have always had unless the recipe says otherwise: a stitching
//! result without them is not believable.

use std::collections::HashSet;

use serde::Deserialize;
use toml::{Spanned, Value};

use crate::recipe::error::RecipeError;
use crate::recipe::fields::Fields;
use crate::recipe::raw::Given;
use crate::recipe::schema::Default::Depends;
use crate::recipe::schema::list::{key, word, words};
use crate::recipe::schema::{Key, Kind};
use crate::recipe::words::{Control, Word};

/// Which controls are made, each with the first seed, for every pair of taps it fits, without the attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlsRecipe {
    /// Distinct; none at all if empty.
    pub kinds: Vec<Control>,
}

impl Default for ControlsRecipe {
    /// The identity, the end with itself, the random front and the shuffled labels.
    fn default() -> Self {
        // A list of its own: what a recipe gives must not change with the words that later versions know.
        Self { kinds: vec![Control::Identity, Control::SelfStitch, Control::RandomFront, Control::ShuffledLabels] }
    }
}

/// The table's keys.
pub(in crate::recipe) const KEYS: &[Key] = &[key(
    "kinds",
    Kind::Words(words::<Control>),
    Depends("all but `random-end`"),
    |r| Some(Value::Array(r.controls.kinds.iter().map(|kind| word(*kind)).collect())),
    "Which controls are made, each for every pair of taps that it fits.",
)];

/// The table as it stands in the text.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawControls {
    pub kinds: Given<Vec<Spanned<String>>>,
}

/// The list as given; the default where nothing is given.
pub(in crate::recipe) fn resolve(fields: Fields<'_>, raw: RawControls) -> Result<ControlsRecipe, RecipeError> {
    let Some(given) = raw.kinds else { return Ok(ControlsRecipe::default()) };
    let mut seen = HashSet::new();
    let mut kinds = Vec::new();
    for word in given.into_inner() {
        let (span, text) = (word.span(), word.get_ref());
        let remedy = format!("write some of {}, or [] for none", Control::list());
        let Some(kind) = Control::from_word(text) else {
            return Err(fields.fault(&span, "kinds", &format!("has {text:?}, which is not a control"), &remedy));
        };
        if !seen.insert(kind) {
            return Err(fields.fault(&span, "kinds", &format!("has {text:?} twice"), "write each control once"));
        }
        kinds.push(kind);
    }
    Ok(ControlsRecipe { kinds })
}
