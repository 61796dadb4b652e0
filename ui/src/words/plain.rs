//! The phrase book: what the papers say, and what everybody understands.
//!
//! Sentences are written in the papers' words once, in the panels, in `figures` and in `core`; here they become plain where somebody
//! chose that. Whole sentences stand first, then phrases, then single words, so that the longest match is found.

use std::borrow::Cow;

/// Papers' words and plain ones. A phrase matches whole words only: `tap` is not in `tapes` and not in `my-tap.onnx`.
const BOOK: &[(&str, &str)] = &[
    // Reasons to look twice.
    (
        "the stitched activations are out of the end's own distribution (AUROC above 0.9): this accuracy does not show that the representations are alike",
        "the connector's signal is unlike anything the last part knows: this accuracy does not show that the two networks see alike",
    ),
    ("direct matching and CKA of all pairs", "least squares and likeness of all pairs"),
    ("direct matching needed a ridge of", "least squares had no single answer and was steadied by"),
    ("channels of the front tap never vary", "channels of the first part's signal never vary"),
    ("training met a loss that is not a number; lower lr", "training broke off into no number; lower the rate"),
    // Legend and headings of figures; each one has a plain form of its own, so that it can be found again.
    ("front donor", "first network alone"),
    ("end donor", "last network alone"),
    ("task matching", "trained connector"),
    ("soft matching", "connector trained to answer alike"),
    ("adversarially trained stitch", "connector trained under attack"),
    ("stitch trained by TRADES", "connector trained by TRADES"),
    ("direct matching by gradient", "least squares by small steps"),
    ("matching of all later layers", "connector that matches all later layers"),
    ("final-feature matching", "connector that learns the last signals first"),
    ("trained otherwise", "connector trained otherwise"),
    ("identity, untrained", "passed on as it is"),
    ("random stitch, untrained", "random connector"),
    ("stitch of the study", "connector of the study"),
    ("direct matching", "least squares"),
    ("agreement", "same answer"),
    ("control: no stitch", "check: no connector"),
    ("control: random front", "check: random first part"),
    ("control: shuffled labels", "check: shuffled labels"),
    ("control: random end", "check: random last part"),
    ("single seed", "single try"),
    ("Clean accuracy", "Right without attack"),
    ("Robust accuracy", "Right under attack"),
    ("clean accuracy", "right without attack"),
    ("robust accuracy", "right under attack"),
    ("CKA and agreement", "Likeness of signals and same answers"),
    ("tap where the networks are joined", "where the networks are cut"),
    ("Agreement", "Same answer"),
    ("CKA", "likeness"),
    // Progress.
    ("training the stitch", "training the connector"),
    ("the teachers' outputs", "what the connectors are to learn"),
    ("the end's own activations", "the last part's own signals"),
    ("linear probes", "simple classifiers"),
    ("donors' attacks", "attacks on the two networks"),
    // The window.
    ("Stitch here", "Join here"),
    ("Stitch the networks", "Join the networks"),
    ("Stitch everywhere", "Join everywhere"),
    ("Every pair of taps", "Every pair of cuts"),
    ("Same taps", "Same cuts"),
    ("Map of taps", "Map of cuts"),
    ("seeds", "tries"),
    ("seed", "try"),
    ("donors", "networks"),
    ("donor", "network"),
    ("controls", "checks"),
    ("control", "check"),
    ("activations", "signals"),
    ("representations", "signals"),
    ("robust", "under attack"),
    ("clean", "right"),
    ("Robust", "Under attack"),
    ("Clean", "Right"),
    ("Stitched", "Joined"),
    ("stitched", "joined"),
    ("stitches", "connectors"),
    ("stitch's", "connector's"),
    ("stitch", "connector"),
    ("Taps", "Cuts"),
    ("Front", "First part"),
    ("taps", "cuts"),
    ("tap", "cut"),
    ("front's", "first part's"),
    ("front", "first part"),
    ("end's", "last part's"),
    ("end", "last part"),
];

/// The text in plain words.
pub(super) fn plainly(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    // What is copied as it is, from here.
    let (mut copied, mut at) = (0, 0);
    while at < text.len() {
        let found =
            BOOK.iter().find(|(paper, _)| text[at..].starts_with(paper) && is_whole(text, at, at + paper.len()));
        if let Some((paper, plain)) = found {
            out.push_str(&text[copied..at]);
            out.push_str(plain);
            at += paper.len();
            copied = at;
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Whether words begin and end at these places; names of files, networks and modules are left whole.
fn is_whole(text: &str, from: usize, to: usize) -> bool {
    let of_name = |letter: char| letter.is_alphanumeric() || "-_/:.".contains(letter);
    let before = text[..from].chars().next_back().is_some_and(of_name);
    let mut after = text[to..].chars();
    let behind = match after.next() {
        // A full stop or colon ends a sentence, unless a name goes on behind it.
        Some('.' | ':') => after.next().is_some_and(of_name),
        letter => letter.is_some_and(of_name),
    };
    !before && !behind
}

/// The papers' words of a legend's entry, whichever words it is shown in.
#[must_use]
pub fn paper_label(label: &str) -> &str {
    BOOK.iter().find(|(_, plain)| *plain == label).map_or(label, |found| found.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_become_plain_and_names_stay() {
        for (paper, plain) in [
            ("front donor zoo:front-tap, attack PGD", "first network alone zoo:front-tap, attack PGD"),
            (
                "front: layer1.tap -> end/tap.onnx: training the stitch",
                "first part: layer1.tap -> end/tap.onnx: training the connector",
            ),
            ("Accuracy of the stitched network.", "Accuracy of the joined network."),
            ("tapes pretend", "tapes pretend"),
            ("ε ≤ 8/255", "ε ≤ 8/255"),
        ] {
            assert_eq!(plainly(paper), plain);
        }
    }

    #[test]
    fn a_plain_legend_finds_its_papers_words_again() {
        for paper in ["front donor", "task matching", "direct matching", "control: no stitch", "agreement", "CKA"] {
            assert_eq!(paper_label(&plainly(paper)), paper);
            assert_eq!(paper_label(paper), paper);
        }
    }

    #[test]
    fn no_phrase_hides_behind_a_shorter_one() {
        for (index, (long, _)) in BOOK.iter().enumerate() {
            let hidden =
                BOOK[..index].iter().find(|(short, _)| long.starts_with(short) && is_whole(long, 0, short.len()));
            assert_eq!(hidden, None, "{long}");
        }
    }
}
