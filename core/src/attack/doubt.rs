//! Reasons to doubt a count, each with a name that programs look for and a sentence for people.
//!
//! A doubt never changes a count.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A reason to doubt what an attack found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// One of the names below; a later version may know more.
    pub name: String,
    /// What was seen, and what it means.
    pub reason: String,
}

/// Something that needs no gradient of this network beats what follows it.
pub const GRADIENT_MASKING: &str = "gradient-masking";
/// The loss is flat in f32: zero gradients, or logits too far apart.
pub const SATURATION: &str = "saturation";
/// The gradient holds something that is not a number.
pub const UNDEFINED_GRADIENT: &str = "undefined-gradient";
/// Under attack the network answered with something that is not a number.
pub const NOT_JUDGED: &str = "not-judged";
/// No class but the true one is in reach, so attacks towards classes have nothing to aim at.
pub const NO_TARGET: &str = "no-target";
/// Two passes over the same images give different answers.
pub const RANDOM_OUTPUTS: &str = "random-outputs";
/// The network ends in a softmax.
pub const PROBABILITIES: &str = "probabilities";
/// Too few steps: so few that the attack is known to be weak, or more of them find more.
pub const FEW_STEPS: &str = "few-steps";
/// A larger radius leaves more images standing.
pub const STRENGTH_CURVE: &str = "strength-curve";
/// Successes within rounding.
pub const UNCONFIRMED: &str = "unconfirmed";

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
pub const fn beats(more: u64, total: u64) -> bool {
    more > 1 && more * 500 > total
}
