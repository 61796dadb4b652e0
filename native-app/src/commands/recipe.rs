//! `stitchscope recipe`: a recipe checked and written out whole, or what a recipe may say.

use std::path::Path;

use anyhow::Result;
use stitchscope_core::recipe::{Recipe, schema};

use crate::{output, terminal};

/// Prints the recipe in `file` with every default, or the schema where no file is given.
pub fn run(file: Option<&Path>) -> Result<()> {
    let Some(file) = file else {
        terminal::line(&schema::json_schema());
        return Ok(());
    };
    let recipe = Recipe::parse(&output::read_recipe(file)?, &file.display().to_string())?;
    terminal::line(recipe.to_toml().trim_end());
    Ok(())
}
