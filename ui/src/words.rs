//! The papers' words first, plain words one switch away: each thing is named here once.

mod plain;

use std::borrow::Cow;

use crate::state::Words;

pub use plain::paper_label;

/// A thing with two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    paper: &'static str,
    plain: &'static str,
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
        let means = say(words, self.means);
        if self.plain == self.paper { means.into_owned() } else { format!("{means} (also: {other})") }
    }
}

/// A sentence of the window, of a figure or of a study, written in the papers' words, in the words that were chosen.
#[must_use]
pub fn say(words: Words, text: &str) -> Cow<'_, str> {
    match words {
        Words::Paper => Cow::Borrowed(text),
        Words::Plain => plain::plainly(text),
    }
}

/// A sentence that begins with a capital letter, as those of a list do.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
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
    ($($name:ident: $paper:literal, $plain:literal, $means:literal;)+) => {
        $(#[doc = $means] pub const $name: Term = Term { paper: $paper, plain: $plain, means: $means };)+

        /// Every term, for tests.
        #[cfg(test)]
        pub const ALL: &[Term] = &[$($name),+];
    };
}

terms! {
    FRONT: "Front network", "First part from", "Gives the layers from the image up to the cut.";
    END: "End network", "Last part from", "Gives the layers from the cut to the answer.";
    STITCH: "Stitch", "Connector", "A linear map that translates the front's signal for the end.";
    DIRECT: "Direct matching", "Least squares", "The stitch that reproduces the end's own signal best (least squares).";
    EPS: "ε of the attack", "Largest change per pixel", "How far the attack may move any pixel, which runs from 0 to 1.";
    STEPS: "PGD iterations", "Search steps", "How often the attack follows the gradient.";
    ROBUST: "Robust accuracy", "Right under attack", "Share of images that stay right on every attacked version.";
    CLEAN: "Clean accuracy", "Right", "Share of images that are answered right.";
    AGREE: "Agreement", "Same answer", "Share of images to which the stitched network and the end network give the same answer.";
    CKA: "CKA", "Likeness of signals", "How alike the two signals are before any stitch, from 0 to 1.";
    EXPLAINED: "R²", "Signal explained", "Share of the end's signal that a linear map of the front's explains.";
    OUTSIDE: "Out of distribution (AUROC)", "Unfamiliar signal", "How often the stitch's signal lies farther from what the end knows than its own does.";
    SHIFT: "Cosine of adversarial shifts", "Shift", "How alike attacks move the signals of two images of one class, from -1 to 1.";
    TAPS: "Taps", "Cuts", "Tensors that the whole signal passes through: there a network can be cut.";
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
