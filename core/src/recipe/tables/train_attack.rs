//! The attack that a training crafts its images with: plain PGD on cross-entropy (or, for TRADES, on the divergence).

use serde::Deserialize;
use toml::Value;

use crate::recipe::attack::{eps, positive_step};
use crate::recipe::error::RecipeError;
use crate::recipe::fields::{Fields, SIZES};
use crate::recipe::raw::Given;
use crate::recipe::schema::Default::{Depends, Fixed, Required};
use crate::recipe::schema::list::{key, only, text, whole, word, words};
use crate::recipe::schema::{Key, Kind};
use crate::recipe::strength::{Strength, StrengthError};
use crate::recipe::words::{Norm, Start, Train, Word};
use crate::recipe::{AttackRecipe, Recipe};

/// `[train_attack]`. Sizes are in pixel values, which run from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainAttackRecipe {
    /// The norm that bounds the change; `linf` when left out.
    pub norm: Norm,
    /// The bound: in (0, 1] for `linf`, above 0 for `l2` and `l1`. Must be given.
    pub eps: Strength,
    /// Size of one step, above 0; a quarter of eps when left out.
    pub alpha: Strength,
    /// Steps; 10 when left out.
    pub steps: usize,
    /// Where it begins; `clean` when left out, as the reference does. TRADES begins at Gaussian noise of deviation 0.001.
    pub start: Start,
    /// Share of each batch that is attacked, in [0, 1]; the whole batch when left out. TRADES attacks every image.
    pub share: f64,
}

impl TrainAttackRecipe {
    /// The published protocol at radius `eps`: 10 steps of a quarter of it from the clean image, the whole batch attacked.
    ///
    /// # Errors
    /// [`StrengthError`] when a quarter of `eps` is no size.
    pub fn new(norm: Norm, eps: Strength) -> Result<Self, StrengthError> {
        Ok(Self { norm, alpha: eps.scaled(0.25)?, eps, steps: 10, start: Start::Clean, share: 1.0 })
    }

    /// What a recipe without `[train_attack]` trains against: norm and eps of `attack`, or L-infinity 8/255 where there is none.
    ///
    /// # Errors
    /// [`StrengthError`] when a quarter of its eps is no size.
    pub(crate) fn default_for(attack: Option<&AttackRecipe>) -> Result<Self, StrengthError> {
        match attack {
            // A training walks along gradients, which count no pixels.
            Some(attack) if attack.norm != Norm::L0 => Self::new(attack.norm, attack.eps.clone()),
            _ => Self::new(Norm::Linf, "8/255".parse()?),
        }
    }
}

impl Recipe {
    /// What `adversarial` and `trades` train against.
    ///
    /// # Errors
    /// [`StrengthError`] when the default step is no size.
    pub fn train_attack(&self) -> Result<TrainAttackRecipe, StrengthError> {
        match &self.stitch.attack {
            Some(given) => Ok(given.clone()),
            None => TrainAttackRecipe::default_for(self.attack.as_ref()),
        }
    }
}

/// Whether a training attacks images.
pub(in crate::recipe) fn attacks(train: Train) -> bool {
    matches!(train, Train::Adversarial | Train::Trades)
}

/// The settings that the attack of a training has.
pub(in crate::recipe) fn has(train: Train, key: &str) -> bool {
    match key {
        "start" | "share" => train == Train::Adversarial,
        _ => attacks(train),
    }
}

/// The table's keys. Upper ends are far beyond use: a recipe may come from a stranger's link, and memory grows with them.
pub(in crate::recipe) const KEYS: &[Key] = &[
    key(
        "norm",
        Kind::Word(norms_of_steps),
        Fixed,
        |r| Some(word(r.stitch.attack.as_ref()?.norm)),
        "The norm that bounds the change.",
    ),
    key(
        "eps",
        Kind::Strength,
        Required,
        |r| Some(text(&r.stitch.attack.as_ref()?.eps)),
        "The bound, in pixel values from 0 to 1.",
    ),
    key(
        "alpha",
        Kind::Strength,
        Depends("a quarter of eps"),
        |r| Some(text(&r.stitch.attack.as_ref()?.alpha)),
        "Size of one step.",
    ),
    key("steps", Kind::Whole(1, 100_000), Fixed, |r| Some(whole(r.stitch.attack.as_ref()?.steps)), "Steps."),
    only(
        "train is adversarial",
        key(
            "start",
            Kind::Word(words::<Start>),
            Fixed,
            |r| Some(word(r.stitch.attack.as_ref()?.start)),
            "Where it begins.",
        ),
    ),
    only(
        "train is adversarial",
        key(
            "share",
            Kind::Number { from: (0.0, true), to: Some((1.0, true)) },
            Fixed,
            |r| Some(Value::Float(r.stitch.attack.as_ref()?.share)),
            "Share of each batch that is attacked.",
        ),
    ),
];

/// The norms in which a training can walk along gradients.
fn norms_of_steps() -> Vec<&'static str> {
    words::<Norm>().into_iter().filter(|word| *word != Norm::L0.as_str()).collect()
}

/// The table as it stands in the text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawTrainAttack {
    pub norm: Given<String>,
    pub eps: Given<Value>,
    pub alpha: Given<Value>,
    pub steps: Given<usize>,
    pub start: Given<String>,
    pub share: Given<f64>,
}

/// Checks `[train_attack]` and fills in what was left out.
pub(in crate::recipe) fn resolve(
    fields: Fields<'_>,
    table: toml::Spanned<RawTrainAttack>,
    train: Train,
) -> Result<TrainAttackRecipe, RecipeError> {
    let span = table.span();
    let raw = table.into_inner();
    if !attacks(train) {
        let message = format!("[train_attack] is given, and train = {:?} attacks no image", train.as_str());
        let remedy = r#"leave it out, or write train = "adversarial" or "trades""#;
        return Err(fields.source.fault(&span, "train_attack", message, remedy));
    }
    let given = raw.norm.as_ref().map(toml::Spanned::span);
    let norm = fields.word("norm", raw.norm)?;
    if let (Norm::L0, Some(span)) = (norm, given) {
        let what = "is \"l0\", and a training walks along gradients, which count no pixels";
        return Err(fields.fault(&span, "norm", what, r#"write norm = "linf", "l2" or "l1""#));
    }
    let eps = eps(fields, &span, norm, raw.eps)?;
    let usual =
        TrainAttackRecipe::new(norm, eps).map_err(|err| fields.fault(&span, "alpha", &err.to_string(), SIZES))?;
    let (alpha, place) = match raw.alpha {
        Some(given) => (fields.strength(&given.span(), "alpha", given.get_ref())?, given.span()),
        None => (usual.alpha, span),
    };
    let start: Given<String> = own(fields, train, "start", raw.start)?;
    Ok(TrainAttackRecipe {
        alpha: positive_step(fields, &place, alpha)?,
        steps: fields.count("steps", raw.steps, usual.steps)?,
        start: if start.is_some() { fields.word("start", start)? } else { usual.start },
        share: fields.number("share", own(fields, train, "share", raw.share)?, usual.share)?,
        ..usual
    })
}

fn own<T>(fields: Fields<'_>, train: Train, key: &str, given: Given<T>) -> Result<Given<T>, RecipeError> {
    match &given {
        Some(value) if !has(train, key) => {
            let what = format!("is not a setting of train {:?}", train.as_str());
            let remedy = r#"leave it out, or write train = "adversarial""#;
            Err(fields.fault(&value.span(), key, &what, remedy))
        }
        _ => Ok(given),
    }
}
