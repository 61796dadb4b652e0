//! From what stands in the text to a recipe that can run: defaults filled in, ranges and contradictions checked.

use super::error::{RecipeError, Source};
use super::fields::Fields;
use super::raw::{Given, RawRecipe, RawRun, RawTaps};
use super::{Pairs, Recipe, RunRecipe, TapsRecipe, attack, controls, data, donor, pairs, probe, stitch, train_attack};

// Upper ends are far beyond use. They exist because a recipe may come from a stranger's link, and memory grows with these.
pub(super) const MOST_BATCH: usize = 65_536;
const MOST_CACHE_MIB: usize = 1 << 20;
const MOST_MEMORY_MIB: usize = 1 << 24;

const MODEL: &str = r#"write model = "network.onnx", or "zoo:NAME" for a bundled one"#;

/// Checks every value of `raw`, fills in what was left out.
pub(super) fn resolve(source: Source<'_>, raw: RawRecipe) -> Result<Recipe, RecipeError> {
    let front = required(source, "front", raw.front, MODEL)?;
    let end = required(source, "end", raw.end, MODEL)?;
    let images = required(source, "data", raw.data, r#"write train = "..." and test = "...""#)?;
    let mut stitch = stitch::resolve(Fields { source, table: "stitch" }, raw.stitch)?;
    if let Some(table) = raw.train_attack {
        stitch.attack = Some(train_attack::resolve(Fields { source, table: "train_attack" }, table, stitch.train)?);
    }
    let attack = match raw.attack {
        Some(table) => Some(attack::resolve(Fields { source, table: "attack" }, table)?),
        None => None,
    };
    Ok(Recipe {
        front: donor::read(Fields { source, table: "front" }, front)?,
        end: donor::read(Fields { source, table: "end" }, end)?,
        data: data::resolve(Fields { source, table: "data" }, images)?,
        taps: taps(source, raw.taps)?,
        stitch,
        controls: controls::resolve(Fields { source, table: "controls" }, raw.controls)?,
        probe: probe::resolve(Fields { source, table: "probe" }, raw.probe, attack.as_ref())?,
        attack,
        run: run(Fields { source, table: "run" }, raw.run)?,
    })
}

/// A table that every recipe has.
fn required<T>(
    source: Source<'_>,
    table: &str,
    given: Given<T>,
    remedy: &str,
) -> Result<toml::Spanned<T>, RecipeError> {
    let missing = || {
        let remedy = format!("add [{table}] and below it {}", remedy.trim_start_matches("write "));
        source.fault(&(0..0), table, format!("the recipe has no [{table}]"), remedy)
    };
    given.ok_or_else(missing)
}

fn taps(source: Source<'_>, raw: RawTaps) -> Result<TapsRecipe, RecipeError> {
    let pairs = match raw.pairs {
        Some(given) => pairs::read(source, &given.span(), given.get_ref())?,
        None => Pairs::default(),
    };
    Ok(TapsRecipe { pairs })
}

fn run(fields: Fields<'_>, raw: RawRun) -> Result<RunRecipe, RecipeError> {
    let default = RunRecipe::default();
    Ok(RunRecipe {
        engine: fields.word("engine", raw.engine)?,
        batch: fields.count("batch", raw.batch, default.batch, 1..=MOST_BATCH)?,
        cache_mib: fields.count("cache_mib", raw.cache_mib, default.cache_mib, 0..=MOST_CACHE_MIB)?,
        memory_mib: fields.count("memory_mib", raw.memory_mib, default.memory_mib, 0..=MOST_MEMORY_MIB)?,
    })
}
