//! What is measured beside accuracies, to make a result believable and to explain it: `[probe]`.

use std::collections::HashSet;

use crate::recipe::error::RecipeError;
use crate::recipe::fields::Fields;
use crate::recipe::raw::{Given, RawProbe};
use crate::recipe::{AttackRecipe, MOST_RANK};

// Far beyond use; a recipe may come from a stranger's link.
const MOST_RANKS: usize = 1_000;
const MOST_SHIFTED: usize = 1_000_000;

/// `[probe]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeRecipe {
    /// Whether stitched activations are told from the end's own; they are when left out.
    pub ood: bool,
    /// How many of the first test images are attacked for the direction in which an attack moves a representation; 0, which
    /// measures none, when left out. Above 0 it needs `[attack]`.
    pub shift: usize,
    /// Ranks to which the front's activations and the stitch are cut; distinct, at least 1; none when left out.
    pub ranks: Vec<usize>,
    /// Whether a linear classifier is fitted at every tap that is stitched; none is when left out.
    pub linear: bool,
}

impl Default for ProbeRecipe {
    /// The check for activations out of distribution, nothing else.
    fn default() -> Self {
        Self { ood: true, shift: 0, ranks: Vec::new(), linear: false }
    }
}

/// Checks `[probe]` and fills in what was left out.
pub(in crate::recipe) fn resolve(
    fields: Fields<'_>,
    raw: RawProbe,
    attack: Option<&AttackRecipe>,
) -> Result<ProbeRecipe, RecipeError> {
    let default = ProbeRecipe::default();
    let flag = |given: Given<bool>, default: bool| given.map_or(default, toml::Spanned::into_inner);
    let span = raw.shift.as_ref().map(toml::Spanned::span);
    let shift = fields.count("shift", raw.shift, default.shift, 0..=MOST_SHIFTED)?;
    if let Some(span) = span.filter(|_| shift > 0 && attack.is_none()) {
        let remedy = "add [attack] with norm and eps, or leave shift out";
        return Err(fields.fault(&span, "shift", &format!("is {shift}, and the recipe has no attack"), remedy));
    }
    Ok(ProbeRecipe {
        ood: flag(raw.ood, default.ood),
        shift,
        ranks: ranks(fields, raw.ranks)?,
        linear: flag(raw.linear, default.linear),
    })
}

fn ranks(fields: Fields<'_>, given: Given<Vec<usize>>) -> Result<Vec<usize>, RecipeError> {
    let Some(given) = given else { return Ok(Vec::new()) };
    let fault = |what: &str, remedy: &str| Err(fields.fault(&given.span(), "ranks", what, remedy));
    let ranks = given.get_ref();
    if ranks.len() > MOST_RANKS {
        return fault(&format!("has {} entries", ranks.len()), &format!("write at most {MOST_RANKS}"));
    }
    if let Some(rank) = ranks.iter().find(|rank| !(1..=MOST_RANK).contains(*rank)) {
        return fault(&format!("has {rank}"), &format!("write whole numbers from 1 to {MOST_RANK}"));
    }
    let mut seen = HashSet::new();
    if let Some(twice) = ranks.iter().find(|rank| !seen.insert(**rank)) {
        return fault(&format!("has {twice} twice"), "leave it out once");
    }
    Ok(given.into_inner())
}
