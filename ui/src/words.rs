//! Plain words first, the papers' words one switch away: each thing is named here once.

use crate::state::Words;

/// A thing with two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    plain: &'static str,
    paper: &'static str,
    /// One sentence for who meets it first.
    pub means: &'static str,
}

impl Term {
    /// Its name.
    #[must_use]
    pub const fn name(self, words: Words) -> &'static str {
        match words {
            Words::Plain => self.plain,
            Words::Paper => self.paper,
        }
    }

    /// The other name and the sentence, for a tooltip.
    #[must_use]
    pub fn hint(self, words: Words) -> String {
        let other = match words {
            Words::Plain => self.paper,
            Words::Paper => self.plain,
        };
        if self.plain == self.paper { self.means.to_owned() } else { format!("{} (also: {other})", self.means) }
    }
}

macro_rules! terms {
    ($($name:ident: $plain:literal, $paper:literal, $means:literal;)+) => {
        $(#[doc = $means] pub const $name: Term = Term { plain: $plain, paper: $paper, means: $means };)+

        /// Every term, for tests.
        #[cfg(test)]
        pub const ALL: &[Term] = &[$($name),+];
    };
}

terms! {
    FRONT: "First part from", "Front network", "Gives the layers from the image up to the cut.";
    END: "Last part from", "End network", "Gives the layers from the cut to the answer.";
    STITCH: "Connector", "Stitching layer", "A linear map that translates the first part's signal for the last part.";
    DIRECT: "Least squares", "Direct matching", "The connector that reproduces the last part's own signal best (least squares).";
    EPS: "Largest change per pixel", "ε of the attack", "How far the attack may move any pixel, which runs from 0 to 1.";
    STEPS: "Search steps", "PGD iterations", "How often the attack follows the gradient.";
    ROBUST: "Right under attack", "Robust accuracy", "Share of images that stay right on every attacked version.";
    CLEAN: "Right", "Clean accuracy", "Share of images that are answered right.";
    AGREE: "Same answer", "Agreement", "Share of images to which the joined network and the last part's network give the same answer.";
    CKA: "Likeness of signals", "CKA", "How alike the two signals are before any connector, from 0 to 1.";
    EXPLAINED: "Signal explained", "R²", "Share of the last part's signal that a linear map of the first part's explains.";
    OUTSIDE: "Unfamiliar signal", "Out of distribution (AUROC)", "How often the connector's signal lies farther from what the last part knows than its own does.";
    SHIFT: "Shift", "Cosine of adversarial shifts", "How alike attacks move the signals of two images of one class, from -1 to 1.";
    TAPS: "Cuts", "Taps", "Tensors that the whole signal passes through: there a network can be cut.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_has_names_and_a_sentence() {
        for term in ALL {
            assert!(term.means.ends_with('.'), "{}", term.plain);
            assert!(!term.name(Words::Plain).is_empty() && !term.name(Words::Paper).is_empty());
        }
    }
}
