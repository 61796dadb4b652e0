//! A recipe as TOML text, in one fixed order and spelling.
//!
//! Written by hand rather than through serde, so that short lists stay on their line and writing cannot fail.

use std::fmt::Display;

use toml::Value;

use super::{AttackRecipe, DataRecipe, Recipe, RunRecipe, StitchRecipe};

/// The whole recipe.
pub(super) fn with_run(recipe: &Recipe) -> String {
    let mut text = without_run(recipe);
    run(&mut text, &recipe.run);
    text
}

/// What decides the numbers: all but `[run]`.
pub(super) fn without_run(recipe: &Recipe) -> String {
    let mut text = String::new();
    table(&mut text, "front");
    string(&mut text, "model", &recipe.front.model);
    table(&mut text, "end");
    string(&mut text, "model", &recipe.end.model);
    data(&mut text, &recipe.data);
    table(&mut text, "taps");
    line(&mut text, "pairs", &recipe.taps.pairs);
    stitch(&mut text, &recipe.stitch);
    if let Some(settings) = &recipe.attack {
        attack(&mut text, settings);
    }
    text
}

fn data(text: &mut String, data: &DataRecipe) {
    table(text, "data");
    string(text, "train", &data.train);
    string(text, "test", &data.test);
    if let Some(images) = data.train_images {
        line(text, "train_images", images);
    }
    if let Some(images) = data.test_images {
        line(text, "test_images", images);
    }
}

fn stitch(text: &mut String, stitch: &StitchRecipe) {
    table(text, "stitch");
    string(text, "form", stitch.form);
    string(text, "init", stitch.init);
    string(text, "train", stitch.train);
    line(text, "epochs", stitch.epochs);
    line(text, "lr", Value::Float(stitch.lr));
    line(text, "batch", stitch.batch);
    string(text, "schedule", stitch.schedule);
    line(text, "weight_decay", Value::Float(stitch.weight_decay));
    let seeds: Vec<String> = stitch.seeds.iter().map(u64::to_string).collect();
    line(text, "seeds", format_args!("[{}]", seeds.join(", ")));
}

fn attack(text: &mut String, attack: &AttackRecipe) {
    table(text, "attack");
    string(text, "method", attack.method);
    let quoted = |value: &dyn Display| Value::String(value.to_string()).to_string();
    let settings: [(&str, String); 11] = [
        ("preset", quoted(&attack.preset)),
        ("norm", quoted(&attack.norm)),
        ("eps", quoted(&attack.eps)),
        ("alpha", quoted(&attack.alpha)),
        ("steps", attack.steps.to_string()),
        ("restarts", attack.restarts.to_string()),
        ("start", quoted(&attack.start)),
        ("loss", quoted(&attack.loss)),
        ("targets", attack.targets.to_string()),
        ("queries", attack.queries.to_string()),
        ("smallest", attack.smallest.to_string()),
    ];
    for (key, value) in settings.into_iter().filter(|(key, _)| attack.has(key)) {
        line(text, key, value);
    }
}

fn run(text: &mut String, run: &RunRecipe) {
    table(text, "run");
    string(text, "engine", run.engine);
    line(text, "batch", run.batch);
    line(text, "cache_mib", run.cache_mib);
}

fn table(text: &mut String, name: &str) {
    let gap = if text.is_empty() { "" } else { "\n" };
    text.push_str(&format!("{gap}[{name}]\n"));
}

fn line(text: &mut String, key: &str, value: impl Display) {
    text.push_str(&format!("{key} = {value}\n"));
}

/// A quoted text, escaped as TOML wants it.
fn string(text: &mut String, key: &str, value: impl Display) {
    line(text, key, Value::String(value.to_string()));
}
