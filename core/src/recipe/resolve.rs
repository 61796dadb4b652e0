//! From what stands in the text to a recipe that can run: defaults filled in, ranges and contradictions checked.

use super::error::{RecipeError, Source};
use super::fields::Fields;
use super::raw::{Given, RawRecipe};
use super::{Recipe, attack, controls, data, donor, pairs, probe, run, stitch, train_attack};

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
        taps: pairs::resolve(source, raw.taps)?,
        stitch,
        controls: controls::resolve(Fields { source, table: "controls" }, raw.controls)?,
        probe: probe::resolve(Fields { source, table: "probe" }, raw.probe, attack.as_ref())?,
        attack,
        run: run::resolve(Fields { source, table: "run" }, raw.run)?,
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
