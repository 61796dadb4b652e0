//! The reasons for which a case may be refused, and how the program's own words show them.

use stitchscope_core::onnx::REFUSED;

/// What is none of the listed reasons.
pub const UNLISTED: &str = "not listed";

/// A part of the program's words, and the reason that it shows. The first that fits counts.
const WORDS: &[(&str, &str)] = &[
    ("engine: ", "this engine does not run it"),
    ("uses operator set", "operator sets before 6"),
    ("is no tensor", "sequences and optionals"),
    ("has no tensor shape", "sequences and optionals"),
    ("element type", "text, and floats and integers of four or eight bits"),
    ("from the domain", "operators of other domains"),
    ("a subgraph", "control flow"),
    ("control flow", "control flow"),
    ("it turns", "control flow"),
    ("its zero point", "quantised types that are known only at run time"),
    ("training mode", "training"),
    ("input 2 must be constant", "training"),
    ("this operator is not supported", "operators that no classifier is known to need"),
    ("known only at run time", "axes, sizes or counts that are known only at run time"),
    ("must be constant", "axes, sizes or counts that are known only at run time"),
    ("depends on the batch", "axes, sizes or counts that are known only at run time"),
    ("its result", "a further result that is not computed"),
    ("dimensions", "windows over more than two axes"),
    ("elements, holds", "integers where only real numbers are taken"),
    ("only with zeros", "integers where only real numbers are taken"),
    ("must be real", "integers where only real numbers are taken"),
    ("is not supported", "settings that are not supported"),
    ("are not supported", "settings that are not supported"),
    ("as the standard says", "settings that the standard forbids"),
    ("quantises to", "text, and floats and integers of four or eight bits"),
    ("different things", "settings on which the standard and ONNX Runtime differ"),
];

/// The reason behind an error.
pub fn of(why: &str) -> &'static str {
    let listed = REFUSED.iter().find(|refused| why.contains(refused.why)).map(|refused| refused.reason);
    let words = || WORDS.iter().find(|(words, _)| why.contains(words)).map(|(_, reason)| *reason);
    listed.or_else(words).unwrap_or(UNLISTED)
}
