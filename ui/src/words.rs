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

/// `2026-11-29 16:52`, in UTC, of seconds since 1970.
#[must_use]
pub fn date(seconds: u64) -> String {
    // Days are counted from the first of March of year 0, so that the odd day of a leap year is a year's last (Hinnant's `civil_from_days`).
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = 400 * era + year + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", rest / 3600, rest / 60 % 60)
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
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00"),
            (951_782_399, "2000-02-28 23:59"),
            (951_868_800, "2000-03-01 00:00"),
            (951_782_400, "2000-02-29 00:00"),
            (1_796_000_000, "2026-11-30 00:53"),
            (4_107_542_400, "2100-03-01 00:00"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }

    #[test]
    fn every_term_has_names_and_a_sentence() {
        for term in ALL {
            assert!(term.means.ends_with('.'), "{}", term.plain);
            assert!(!term.name(Words::Plain).is_empty() && !term.name(Words::Paper).is_empty());
        }
    }
}
