//! `[sweep]`, which makes many studies of one recipe. It is no table of a single study: a sweep reads it and takes it away.

use super::list::key;
use super::{Default, Key, Kind, Table};

const DONORS: &str = "the recipe's";

/// The table `[sweep]`.
pub const SWEEP: &Table = &Table {
    name: "sweep",
    about: "In what the studies of a sweep differ; `stitchscope sweep` and `stitchscope plan` read it.",
    required: false,
    keys: KEYS,
    has: |_, _| true,
    quiet: false,
};

const KEYS: &[Key] = &[
    of(
        "networks",
        Kind::Texts,
        Default::Depends(DONORS),
        "Networks, each the front of each; patterns such as `nets/*.onnx` and `zoo:fashion-*` stand for all that fit.",
    ),
    of(
        "fronts",
        Kind::Texts,
        Default::Depends(DONORS),
        "Networks that are fronts alone, with `ends` in place of `networks`.",
    ),
    of(
        "ends",
        Kind::Texts,
        Default::Depends(DONORS),
        "Networks that are ends alone, with `fronts` in place of `networks`.",
    ),
    of(
        "rows",
        Kind::Text,
        Default::Depends("no file"),
        "A CSV file with a study in each row; its header names keys of a recipe, such as `attack.eps`.",
    ),
    of(
        "split",
        Kind::Whole(1, i64::MAX as u64),
        Default::Depends("a job is a whole study"),
        "How many cells make a job.",
    ),
    of(
        "keep",
        Kind::Word(|| vec!["all", "numbers"]),
        Default::Depends("all"),
        "What jobs leave: numbers, stitches and verdicts image by image, or numbers alone.",
    ),
    of(
        "axes",
        Kind::Axes,
        Default::Depends("no axis"),
        "Keys of a recipe, each with a list of values, such as `attack.eps = [\"4/255\", \"8/255\"]`; every combination is a study.",
    ),
];

/// A key that no single study has.
const fn of(name: &'static str, kind: Kind, default: Default, about: &'static str) -> Key {
    key(name, kind, default, |_| None, about)
}
