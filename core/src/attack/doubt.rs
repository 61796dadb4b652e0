//! Reasons to doubt a count, each with a name that programs look for and a sentence for people.
//!
//! A doubt never changes a count.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Attack, Flavour, Stage, StageCount};

/// A reason to doubt what an attack found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// One of the names below; a later version may know more.
    pub name: String,
    /// What was seen, and what it means.
    pub reason: String,
}

/// Something that needs no gradient of this network beats what follows it.
pub(crate) const GRADIENT_MASKING: &str = "gradient-masking";
/// The loss is flat in f32: zero gradients, or logits too far apart.
pub(crate) const SATURATION: &str = "saturation";
/// The gradient holds something that is not a number.
pub(crate) const UNDEFINED_GRADIENT: &str = "undefined-gradient";
/// Under attack the network answered with something that is not a number.
pub const NOT_JUDGED: &str = "not-judged";
/// No class but the true one is in reach, so attacks towards classes have nothing to aim at.
pub const NO_TARGET: &str = "no-target";
/// Two passes over the same images give different answers.
pub(crate) const RANDOM_OUTPUTS: &str = "random-outputs";
/// The network ends in a softmax.
pub(crate) const PROBABILITIES: &str = "probabilities";
/// Too few steps: so few that the attack is known to be weak, or more of them find more.
pub(crate) const FEW_STEPS: &str = "few-steps";
/// A larger radius leaves more images standing.
pub(crate) const STRENGTH_CURVE: &str = "strength-curve";
/// Successes within rounding.
pub(crate) const UNCONFIRMED: &str = "unconfirmed";

impl Doubt {
    /// A doubt of that name.
    #[must_use]
    pub fn new(name: &str, reason: String) -> Self {
        Self { name: name.to_owned(), reason }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}

/// Whether `more` images out of `total` that a second opinion fools are more than chance: above 0.2 % and more than one.
#[must_use]
pub(crate) const fn beats(more: u64, total: u64) -> bool {
    more > 1 && more * 500 > total
}

/// What the counts and settings of a suite's stages themselves give away.
pub(super) fn of_counts(stages: &[Stage], counts: &[StageCount], total: u64, misses: Misses) -> Vec<Doubt> {
    let Misses { unconfirmed, without_target } = misses;
    let mut doubts = Vec::new();
    let first_square = counts.iter().position(|c| c.attack == "square").filter(|at| *at > 0);
    if let Some(square) = first_square.and_then(|at| counts.get(at)).filter(|c| beats(c.fooled, total)) {
        let reason = format!(
            "Square, which sees no gradient, fooled {} images that the attacks with gradients had not: the network may hide its \
                 gradients, and stronger attacks may fool more",
            square.fooled
        );
        doubts.push(Doubt::new(GRADIENT_MASKING, reason));
    }
    let short = stages.iter().find_map(|stage| match stage.attack {
        Attack::Apgd(settings) if settings.flavour != Flavour::Art && settings.steps < 50 => Some(settings.steps),
        _ => None,
    });
    if let Some(steps) = short {
        let reason = format!("APGD with {steps} steps halves its step too early to be strong; use 50 or more");
        doubts.push(Doubt::new(FEW_STEPS, reason));
    }
    if unconfirmed > 0 {
        let reason = format!(
            "{unconfirmed} successes were not confirmed by a plain forward pass and do not count: the margin is within rounding"
        );
        doubts.push(Doubt::new(UNCONFIRMED, reason));
    }
    if without_target > 0 {
        let reason = format!(
            "at {without_target} images no class but the true one has a logit above minus infinity: attacks towards classes \
                 leave them as they are"
        );
        doubts.push(Doubt::new(NO_TARGET, reason));
    }
    let not_judged: u64 = counts.iter().map(|c| c.not_judged).sum();
    if not_judged > 0 {
        let reason = format!(
            "under attack {not_judged} of {total} images give something that is not a number: they count neither as robust nor \
                 as fooled"
        );
        doubts.push(Doubt::new(NOT_JUDGED, reason));
    }
    doubts
}

/// What attacks could not do.
#[derive(Clone, Copy)]
pub(super) struct Misses {
    /// Successes that were not confirmed.
    pub unconfirmed: usize,
    /// Images that attacks towards classes could not begin at.
    pub without_target: usize,
}
