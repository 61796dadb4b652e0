//! What computes: `[run]`.

use serde::Deserialize;

use crate::recipe::error::RecipeError;
use crate::recipe::fields::Fields;
use crate::recipe::raw::Given;
use crate::recipe::schema::Default::Fixed;
use crate::recipe::schema::list::{key, quiet, whole, word, words};
use crate::recipe::schema::{Key, Kind};
use crate::recipe::words::Choice;

/// How to compute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecipe {
    /// What computes.
    pub engine: Choice,
    /// Images per step of an evaluation or attack.
    pub batch: usize,
    /// Memory for cached front activations, in MiB; 0 caches nothing.
    pub cache_mib: usize,
    /// Memory that a network with what is computed on it may take, in MiB; 0 is half of what is free.
    pub memory_mib: usize,
}

impl Default for RunRecipe {
    /// The fastest engine there is, 128 images a step, 2 GiB of cache, half of the free memory.
    fn default() -> Self {
        Self { engine: Choice::default(), batch: 128, cache_mib: 2048, memory_mib: 0 }
    }
}

/// The table's keys. Upper ends are far beyond use: a recipe may come from a stranger's link, and memory grows with them.
pub(in crate::recipe) const KEYS: &[Key] = &[
    key("engine", Kind::Word(words::<Choice>), Fixed, |r| Some(word(r.run.engine)), "What computes."),
    key(
        "batch",
        Kind::Whole(1, 65_536),
        Fixed,
        |r| Some(whole(r.run.batch)),
        "Images in a step of an evaluation or an attack.",
    ),
    key(
        "cache_mib",
        Kind::Whole(0, 1 << 20),
        Fixed,
        |r| Some(whole(r.run.cache_mib)),
        "Memory for cached activations of the front, in MiB; 0 caches nothing.",
    ),
    quiet(key(
        "memory_mib",
        Kind::Whole(0, 1 << 24),
        Fixed,
        |r| Some(whole(r.run.memory_mib)),
        "Memory that a network with what is computed on it may take, in MiB; 0 is half of what is free.",
    )),
];

/// The table as it stands in the text.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawRun {
    pub engine: Given<String>,
    pub batch: Given<usize>,
    pub cache_mib: Given<usize>,
    pub memory_mib: Given<usize>,
}

/// Checks `[run]` and fills in what was left out.
pub(in crate::recipe) fn resolve(fields: Fields<'_>, raw: RawRun) -> Result<RunRecipe, RecipeError> {
    let default = RunRecipe::default();
    Ok(RunRecipe {
        engine: fields.word("engine", raw.engine)?,
        batch: fields.count("batch", raw.batch, default.batch)?,
        cache_mib: fields.count("cache_mib", raw.cache_mib, default.cache_mib)?,
        memory_mib: fields.count("memory_mib", raw.memory_mib, default.memory_mib)?,
    })
}
