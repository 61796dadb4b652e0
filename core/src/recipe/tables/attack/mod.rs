//! `[attack]`: its values, its keys, and which method has which of them.

mod read;

use serde::Deserialize;
use toml::Value;

use crate::attack::{AttackRequest, Ball, Suite};
use crate::recipe::raw::Given;
use crate::recipe::schema::Default::{Depends, Fixed, Required};
use crate::recipe::schema::list::{key, only, text, whole, word, words};
use crate::recipe::schema::{Key, Kind};
use crate::recipe::strength::{Strength, StrengthError};
use crate::recipe::words::{AttackMethod, Loss, Norm, Preset, Start};
pub(in crate::recipe) use read::{eps, positive_step, resolve};

/// The attack. Sizes are in pixel values, which run from 0 to 1. A setting that the method does not have keeps its default.
#[derive(Clone, Debug, PartialEq)]
pub struct AttackRecipe {
    /// Which attack; `pgd` when left out.
    pub method: AttackMethod,
    /// Which attacks `autoattack` makes; `standard` when left out.
    pub preset: Preset,
    /// The norm that bounds the change; `linf` when left out.
    pub norm: Norm,
    /// The bound: in (0, 1] for `linf`, above 0 for `l2` and `l1`. Must be given.
    pub eps: Strength,
    /// Size of one step of `pgd`, above 0; 2.5 eps / steps when left out, so that the walk can cross the ball and come back a
    /// quarter. Of preset `paper` the first step; a quarter of eps when left out.
    pub alpha: Strength,
    /// Steps per restart; 20 for `pgd`, 100 for `apgd-*` and `fab*` when left out.
    pub steps: usize,
    /// Independent starts; an image is fooled if any of them fools it. 1 when left out.
    pub restarts: usize,
    /// Where each restart of `pgd` begins; `uniform` when left out.
    pub start: Start,
    /// What `pgd` climbs; `cross-entropy` when left out.
    pub loss: Loss,
    /// Wrong classes that `apgd-t` and `fab-t` aim at; 9 when left out.
    pub targets: usize,
    /// Changes that `square` tries per restart; 5000 when left out.
    pub queries: usize,
    /// `fab` and `fab-t`: look for the smallest change of each image, whatever its size; the report then tells their sizes.
    pub smallest: bool,
    /// Evaluate each stitched network also on the images made to fool the donors; no when left out.
    pub transfer: bool,
    /// Look twice at each result with attacks of their own on a few images; no when left out.
    pub checks: bool,
}

/// The table's keys. Upper ends are far beyond use: a recipe may come from a stranger's link, and memory grows with them.
pub(in crate::recipe) const KEYS: &[Key] = &[
    key("method", Kind::Word(words::<AttackMethod>), Fixed, |r| Some(word(r.attack.as_ref()?.method)), "Which attack."),
    only(
        "method is autoattack",
        key(
            "preset",
            Kind::Word(words::<Preset>),
            Fixed,
            |r| Some(word(r.attack.as_ref()?.preset)),
            "Which attacks it makes.",
        ),
    ),
    key(
        "norm",
        Kind::Word(words::<Norm>),
        Depends("linf where the method works in it, else its own"),
        |r| Some(word(r.attack.as_ref()?.norm)),
        "The norm that bounds the change; not every method works in each.",
    ),
    key(
        "eps",
        Kind::Strength,
        Required,
        |r| Some(text(&r.attack.as_ref()?.eps)),
        "The bound, in pixel values from 0 to 1: in (0, 1] for linf, above 0 for l2 and l1; for l0 a number of pixel values.",
    ),
    only(
        "method is pgd, or preset is paper",
        key(
            "alpha",
            Kind::Strength,
            Depends("2.5 eps / steps; for preset paper a quarter of eps"),
            |r| Some(text(&r.attack.as_ref()?.alpha)),
            "Size of one step.",
        ),
    ),
    only(
        "the method takes steps",
        key(
            "steps",
            Kind::Whole(1, 100_000),
            Depends("20 for pgd, 1000 for sigma-zero, 100 for the others"),
            |r| Some(whole(r.attack.as_ref()?.steps)),
            "Steps for each start.",
        ),
    ),
    only(
        "the method takes restarts",
        key(
            "restarts",
            Kind::Whole(1, 10_000),
            Fixed,
            |r| Some(whole(r.attack.as_ref()?.restarts)),
            "Independent starts; an image is fooled if any of them fools it.",
        ),
    ),
    only(
        "method is pgd",
        key(
            "start",
            Kind::Word(words::<Start>),
            Fixed,
            |r| Some(word(r.attack.as_ref()?.start)),
            "Where each start begins.",
        ),
    ),
    only(
        "method is pgd",
        key(
            "loss",
            Kind::Word(words::<Loss>),
            Fixed,
            |r| Some(word(r.attack.as_ref()?.loss)),
            "What the attack climbs.",
        ),
    ),
    only(
        "method is apgd-t or fab-t",
        key(
            "targets",
            Kind::Whole(1, 100_000),
            Fixed,
            |r| Some(whole(r.attack.as_ref()?.targets)),
            "How many wrong classes are aimed at.",
        ),
    ),
    only(
        "method is square",
        key(
            "queries",
            Kind::Whole(1, 10_000_000),
            Fixed,
            |r| Some(whole(r.attack.as_ref()?.queries)),
            "Changes that are tried for each start.",
        ),
    ),
    only(
        "method is fab or fab-t",
        key(
            "smallest",
            Kind::Flag,
            Fixed,
            |r| Some(Value::Boolean(r.attack.as_ref()?.smallest)),
            "Look for the smallest change of each image, whatever its size.",
        ),
    ),
    key(
        "transfer",
        Kind::Flag,
        Fixed,
        |r| Some(Value::Boolean(r.attack.as_ref()?.transfer)),
        "Evaluate each stitched network also on the images that were made to fool the donors.",
    ),
    key(
        "checks",
        Kind::Flag,
        Fixed,
        |r| Some(Value::Boolean(r.attack.as_ref()?.checks)),
        "Look twice at each result with attacks of their own on a few images.",
    ),
];

/// The table as it stands in the text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawAttack {
    pub method: Given<String>,
    pub preset: Given<String>,
    pub norm: Given<String>,
    pub eps: Given<Value>,
    pub alpha: Given<Value>,
    pub steps: Given<usize>,
    pub restarts: Given<usize>,
    pub start: Given<String>,
    pub loss: Given<String>,
    pub targets: Given<usize>,
    pub queries: Given<usize>,
    pub smallest: Given<bool>,
    pub transfer: Given<bool>,
    pub checks: Given<bool>,
}

/// Wrong classes that are aimed at where a recipe says nothing.
const TARGETS: usize = 9;
/// Changes that Square tries where a recipe says nothing.
const QUERIES: usize = 5000;

impl AttackRecipe {
    /// A method with every setting at its default.
    ///
    /// # Errors
    /// [`StrengthError`] when the default step, a fraction of `eps`, is no size.
    pub fn new(method: AttackMethod, norm: Norm, eps: Strength) -> Result<Self, StrengthError> {
        let steps = method.known().steps;
        Ok(Self {
            method,
            preset: Preset::default(),
            norm,
            alpha: default_alpha(method, &eps, steps)?,
            eps,
            steps,
            restarts: 1,
            start: Start::default(),
            loss: Loss::default(),
            targets: TARGETS,
            queries: QUERIES,
            smallest: method.known().seeks_smallest,
            transfer: false,
            checks: false,
        })
    }

    /// The attack in the attacks' own words.
    #[must_use]
    pub fn suite(&self, seed: u64) -> Suite {
        #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
        let alpha = self.alpha.value() as f32;
        let asked = AttackRequest {
            preset: self.preset,
            ball: self.ball(),
            alpha,
            steps: self.steps,
            restarts: self.restarts,
            start: self.start,
            loss: self.loss,
            targets: self.targets,
            queries: self.queries,
            smallest: self.smallest,
            seed,
        };
        (self.method.known().suite)(&asked)
    }

    /// Where attacked images lie.
    pub(crate) fn ball(&self) -> Ball {
        #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
        let eps = self.eps.value() as f32;
        Ball { norm: self.norm, eps }
    }

    /// Whether the recipe has a setting of this name.
    pub(in crate::recipe) fn has(&self, key: &str) -> bool {
        has(self.method, self.preset, key)
    }
}

/// Settings that some methods take and others do not.
const OWN: [&str; 9] = ["preset", "alpha", "start", "loss", "steps", "restarts", "targets", "queries", "smallest"];

/// Whether a method, or the suite that it is, takes a setting.
fn has(method: AttackMethod, preset: Preset, key: &str) -> bool {
    let takes = method.known().settings;
    !OWN.contains(&key) || takes.contains(&key) || (takes.contains(&"preset") && preset.settings().contains(&key))
}

fn default_alpha(method: AttackMethod, eps: &Strength, steps: usize) -> Result<Strength, StrengthError> {
    eps.scaled((method.known().step)(steps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::words::Word;

    #[test]
    fn methods_take_settings_that_are_keys() {
        let known = |name: &&str| OWN.contains(name) && KEYS.iter().any(|key| key.name == *name);
        for method in AttackMethod::ALL {
            assert!(method.known().settings.iter().all(&known), "{method:?}");
        }
        for preset in <Preset as Word>::ALL {
            assert!(preset.settings().iter().all(&known), "{preset:?}");
        }
    }
}
