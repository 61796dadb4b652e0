//! What is measured beside accuracies, to make a result believable and to explain it: `[probe]`.

use serde::Deserialize;
use toml::Value;

use crate::recipe::AttackRecipe;
use crate::recipe::error::RecipeError;
use crate::recipe::fields::Fields;
use crate::recipe::raw::Given;
use crate::recipe::schema::Default::Fixed;
use crate::recipe::schema::list::{key, only, whole, wholes};
use crate::recipe::schema::{Key, Kind};

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

/// The table's keys. Upper ends are far beyond use: a recipe may come from a stranger's link, and memory grows with them.
pub(in crate::recipe) const KEYS: &[Key] = &[
    key(
        "ood",
        Kind::Flag,
        Fixed,
        |r| Some(Value::Boolean(r.probe.ood)),
        "Whether stitched activations are told apart from the end's own (out-of-distribution check).",
    ),
    only(
        "the recipe has [attack]; 0 always",
        key(
            "shift",
            Kind::Whole(0, 1_000_000),
            Fixed,
            |r| Some(whole(r.probe.shift)),
            "How many of the first test images are attacked for the direction in which an attack moves a representation.",
        ),
    ),
    key(
        "ranks",
        Kind::Wholes { from: 1, to: 1 << 20, count: (0, 1000) },
        Fixed,
        |r| Some(wholes(&r.probe.ranks)),
        "Ranks to which the front's activations and the stitch are cut.",
    ),
    key(
        "linear",
        Kind::Flag,
        Fixed,
        |r| Some(Value::Boolean(r.probe.linear)),
        "Whether a linear classifier is fitted at every tap that is stitched.",
    ),
];

/// The table as it stands in the text.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawProbe {
    pub ood: Given<bool>,
    pub shift: Given<usize>,
    pub ranks: Given<Vec<usize>>,
    pub linear: Given<bool>,
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
    let shift = fields.count("shift", raw.shift, default.shift)?;
    if let Some(span) = span.filter(|_| shift > 0 && attack.is_none()) {
        let remedy = "add [attack] with norm and eps, or leave shift out";
        return Err(fields.fault(&span, "shift", &format!("is {shift}, and the recipe has no attack"), remedy));
    }
    Ok(ProbeRecipe {
        ood: flag(raw.ood, default.ood),
        shift,
        ranks: fields.wholes("ranks", raw.ranks, default.ranks, "leave it out once")?,
        linear: flag(raw.linear, default.linear),
    })
}
