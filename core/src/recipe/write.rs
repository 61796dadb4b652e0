//! A recipe as TOML text, in one fixed order and spelling.
//!
//! Written by hand rather than through serde, so that short lists stay on their line and writing cannot fail.

use std::fmt::Display;

use toml::Value;

use super::words::{Train, Word};
use super::{AttackRecipe, DataRecipe, ProbeRecipe, Recipe, RunRecipe, StitchRecipe, TrainAttackRecipe, train_attack};

/// The whole recipe.
pub(super) fn with_run(recipe: &Recipe) -> String {
    let mut text = without_run(recipe);
    run(&mut text, &recipe.run);
    text
}

/// What decides the numbers: all but `[run]`.
pub(super) fn without_run(recipe: &Recipe) -> String {
    let mut text = String::new();
    for (name, donor) in [("front", &recipe.front), ("end", &recipe.end)] {
        table(&mut text, name);
        donor.lines().into_iter().for_each(|(key, value)| line(&mut text, key, value));
    }
    data(&mut text, &recipe.data);
    table(&mut text, "taps");
    line(&mut text, "pairs", &recipe.taps.pairs);
    stitch(&mut text, &recipe.stitch);
    if let Some(settings) = &recipe.attack {
        attack(&mut text, settings);
    }
    if let Some(settings) = recipe.stitch.attack.as_ref().filter(|_| train_attack::attacks(recipe.stitch.train)) {
        attack_of_training(&mut text, settings, recipe.stitch.train);
    }
    let kinds: Vec<String> = recipe.controls.kinds.iter().map(|kind| format!("{:?}", kind.as_str())).collect();
    table(&mut text, "controls");
    line(&mut text, "kinds", format!("[{}]", kinds.join(", ")));
    // Left out at its defaults, so that recipes of earlier versions keep their fingerprint.
    if recipe.probe != ProbeRecipe::default() {
        probe(&mut text, &recipe.probe);
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
    if let Some(also) = &data.also {
        string(text, "also", also);
    }
    // Left out at their defaults, so that recipes of earlier versions keep their fingerprint.
    for (key, value) in super::data::lines(data) {
        line(text, key, value);
    }
}

fn stitch(text: &mut String, stitch: &StitchRecipe) {
    table(text, "stitch");
    let quoted = |value: &dyn Display| Value::String(value.to_string()).to_string();
    let float = |value: f64| Value::Float(value).to_string();
    let seeds: Vec<String> = stitch.seeds.iter().map(u64::to_string).collect();
    let settings: [(&str, String); 27] = [
        ("form", quoted(&stitch.form)),
        ("rank", stitch.rank.to_string()),
        ("resize", quoted(&stitch.resize)),
        ("resize_at", quoted(&stitch.resize_at)),
        ("mask", quoted(&stitch.mask)),
        ("init", quoted(&stitch.init)),
        ("train", quoted(&stitch.train)),
        ("batchnorm", quoted(&stitch.batchnorm)),
        ("teacher", quoted(&stitch.teacher)),
        ("temperature", float(stitch.temperature)),
        ("beta", float(stitch.beta)),
        ("distance", quoted(&stitch.distance)),
        ("match_epochs", stitch.match_epochs.to_string()),
        ("l1", float(stitch.l1)),
        ("flip", stitch.flip.to_string()),
        ("crop", stitch.crop.to_string()),
        ("optimizer", quoted(&stitch.optimizer)),
        ("momentum", float(stitch.momentum)),
        ("nesterov", stitch.nesterov.to_string()),
        ("epochs", stitch.epochs.to_string()),
        ("lr", float(stitch.lr)),
        ("validation", float(stitch.validation)),
        ("patience", stitch.patience.to_string()),
        ("batch", stitch.batch.to_string()),
        ("schedule", quoted(&stitch.schedule)),
        ("weight_decay", float(stitch.weight_decay)),
        ("seeds", format!("[{}]", seeds.join(", "))),
    ];
    // Recipes of earlier versions keep their text, and their studies go on.
    let said = |key: &str| stitch.has(key) && (key != "validation" || stitch.validation > 0.0);
    for (key, value) in settings.into_iter().filter(|(key, _)| said(key)) {
        line(text, key, value);
    }
}

fn attack_of_training(text: &mut String, attack: &TrainAttackRecipe, train: Train) {
    table(text, "train_attack");
    let quoted = |value: &dyn Display| Value::String(value.to_string()).to_string();
    let settings: [(&str, String); 6] = [
        ("norm", quoted(&attack.norm)),
        ("eps", quoted(&attack.eps)),
        ("alpha", quoted(&attack.alpha)),
        ("steps", attack.steps.to_string()),
        ("start", quoted(&attack.start)),
        ("share", Value::Float(attack.share).to_string()),
    ];
    for (key, value) in settings.into_iter().filter(|(key, _)| train_attack::has(train, key)) {
        line(text, key, value);
    }
}

fn attack(text: &mut String, attack: &AttackRecipe) {
    table(text, "attack");
    string(text, "method", attack.method);
    let quoted = |value: &dyn Display| Value::String(value.to_string()).to_string();
    let settings: [(&str, String); 13] = [
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
        ("transfer", attack.transfer.to_string()),
        ("checks", attack.checks.to_string()),
    ];
    for (key, value) in settings.into_iter().filter(|(key, _)| attack.has(key)) {
        line(text, key, value);
    }
}

fn probe(text: &mut String, probe: &ProbeRecipe) {
    table(text, "probe");
    let ranks: Vec<String> = probe.ranks.iter().map(usize::to_string).collect();
    line(text, "ood", probe.ood);
    line(text, "shift", probe.shift);
    line(text, "ranks", format!("[{}]", ranks.join(", ")));
    line(text, "linear", probe.linear);
}

fn run(text: &mut String, run: &RunRecipe) {
    table(text, "run");
    string(text, "engine", run.engine);
    line(text, "batch", run.batch);
    line(text, "cache_mib", run.cache_mib);
    if run.memory_mib > 0 {
        line(text, "memory_mib", run.memory_mib);
    }
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
