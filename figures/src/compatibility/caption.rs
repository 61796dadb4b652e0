//! The caption: what the panels count, on which images, against which attack, by which stitch, and what ran it.
//!
//! Facts that hold for every report are said once; others are said per direction. Settings come from the recipe's text,
//! read leniently: a recipe that a newer version wrote still captions its figure.

use std::collections::BTreeSet;

use stitchscope_core::report::{Counts, Report};
use toml::{Table, Value};

use super::{Measure, is_attacked, letter, names};
use crate::format::{count, list, plural};

/// Most characters of a single setting; a caption is no place for a path of a thousand letters.
const VALUE_LIMIT: usize = 60;

/// The paragraphs under a figure.
pub(super) fn paragraphs(reports: &[&Report], measures: &[Measure]) -> Vec<String> {
    let legend = measures.iter().enumerate().map(|(index, measure)| panel_sentence(index, *measure));
    let mut facts: Vec<String> = legend.collect();
    facts.push(words_of_stitches(reports));
    facts.push("Bars and pale bands are 95 % Wilson intervals over images.".to_owned());
    if reports.iter().any(|report| seeds(report) > 1) {
        facts.push("Lines join means over seeds, small marks are single seeds.".to_owned());
    }
    vec![facts.join(" "), settings(reports)]
}

/// On which images, against which attack, by which stitch, and what ran it.
pub(crate) fn settings(reports: &[&Report]) -> String {
    let mut settings = Vec::new();
    for fact in [images, attack, stitch, machine, warnings] {
        settings.extend(per_report(reports, fact));
    }
    settings.join(" ")
}

fn panel_sentence(index: usize, measure: Measure) -> String {
    let words = match measure {
        Measure::Clean => "Share of test images that the stitched network classifies correctly.",
        Measure::Robust => "Share that it classifies correctly both clean and under every attack.",
        Measure::Likeness => {
            "CKA: linear CKA of the two signals at the taps. Agreement: share of test images to which the stitched network and the end donor give the same class."
        }
    };
    format!("({})\u{a0}{words}", letter(index))
}

/// One sentence if all reports agree, else one per report behind its pair's name (its column, where pairs repeat).
fn per_report(reports: &[&Report], fact: fn(&Report) -> Option<String>) -> Vec<String> {
    let facts: Vec<Option<String>> = reports.iter().map(|report| fact(report)).collect();
    if facts.windows(2).all(|pair| pair[0] == pair[1]) {
        return facts.into_iter().next().flatten().into_iter().collect();
    }
    let pairs: Vec<String> = reports.iter().map(|report| names::pair(report)).collect();
    let unique = pairs.iter().collect::<BTreeSet<_>>().len() == pairs.len();
    let named = pairs.iter().zip(facts).enumerate();
    named
        .filter_map(|(index, (pair, fact))| {
            let name = if unique { pair.clone() } else { format!("Column\u{a0}{}", index + 1) };
            fact.map(|fact| format!("{name}: {fact}"))
        })
        .collect()
}

fn words_of_stitches(reports: &[&Report]) -> String {
    let trained = |word: &str| reports.iter().flat_map(|report| &report.cells).any(|cell| cell.stitch.train == word);
    let mut words = "Direct matching is the stitch by least squares".to_owned();
    if trained("task") {
        words += ", task matching the stitch trained on labels";
    }
    if trained("soft") {
        words += ", soft matching the stitch trained on the end donor's outputs";
    }
    words += ".";
    if reports.iter().any(|report| !report.controls.is_empty()) {
        words += " Controls change one thing on purpose and are not attacked: no stitch at all, a front whose weights are in random order, a stitch trained on shuffled labels.";
    }
    words
}

fn images(report: &Report) -> Option<String> {
    let donors = || report.donors.iter();
    let cells = || report.cells.iter();
    let clean = range(donors().map(|donor| donor.clean).chain(cells().map(|cell| cell.clean)));
    let attacked = range(donors().filter_map(|donor| donor.robust).chain(cells().filter_map(|cell| cell.robust)));
    let source = section(report, "data").and_then(|data| text(data.get("test")?));
    let source = source.map(|source| format!(" ({})", short(names::base(&source)))).unwrap_or_default();
    let fewer = attacked.filter(|attacked| Some(attacked) != clean.as_ref());
    let fewer = fewer.map(|attacked| format!(", attacked: {attacked}")).unwrap_or_default();
    clean.map(|clean| format!("Test images: {clean}{source}{fewer}."))
}

/// How many images were evaluated, in words; measurements without images do not count.
fn range(counts: impl Iterator<Item = Counts>) -> Option<String> {
    let totals: Vec<u64> = counts.map(|counts| counts.total).filter(|total| *total > 0).collect();
    let (least, most) = (totals.iter().min()?, totals.iter().max()?);
    Some(if least < most { format!("{} to {}", count(*least), count(*most)) } else { count(*most) })
}

fn attack(report: &Report) -> Option<String> {
    if !is_attacked(report) {
        return Some("No attack.".to_owned());
    }
    let Some(attack) = section(report, "attack") else {
        return Some("Attack: see the recipe inside this file.".to_owned());
    };
    let mut parts = vec![method(attack.get("method").and_then(text).as_deref())];
    for (key, value) in ordered(&attack, &["preset", "norm", "eps", "alpha", "steps", "restarts", "start"]) {
        parts.extend(attack_words(key, value));
    }
    Some(format!("Attack: {}.", parts.join(", ")))
}

/// The attack's name as people write it; recipes of before there was a choice mean PGD.
fn method(word: Option<&str>) -> String {
    match word {
        None => "PGD".to_owned(),
        Some("autoattack") => "AutoAttack".to_owned(),
        Some("square") => "Square".to_owned(),
        Some(other) => other.to_uppercase(),
    }
}

fn attack_words(key: &str, value: &Value) -> Option<String> {
    let said = short(&text(value)?);
    let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
    Some(match (key, number) {
        ("method", _) => return None,
        ("preset", _) => said,
        ("norm", _) => norm(&said),
        ("eps", _) => format!("ε\u{a0}=\u{a0}{said}"),
        ("alpha", _) => format!("step size {said}"),
        ("steps", Some(number)) => plural(number, "step", "steps"),
        ("restarts", Some(number)) => plural(number, "restart", "restarts"),
        ("start", _) => format!("{said} start"),
        _ => format!("{key}\u{a0}{said}"),
    })
}

fn norm(said: &str) -> String {
    match said {
        "linf" => "L∞".to_owned(),
        "l2" => "L2".to_owned(),
        "l1" => "L1".to_owned(),
        other => other.to_owned(),
    }
}

fn stitch(report: &Report) -> Option<String> {
    let mut kinds = Vec::new();
    for cell in &report.cells {
        let said = format!(
            "{}, {}, {}",
            short(&cell.stitch.form),
            init_words(&cell.stitch.init),
            train_words(&cell.stitch.train)
        );
        if !kinds.contains(&said) && kinds.len() < 4 {
            kinds.push(said);
        }
    }
    let mut parts = vec![list(&kinds)];
    let settings = section(report, "stitch").unwrap_or_default();
    let trained = report.cells.iter().any(|cell| cell.stitch.train != "none");
    let number = |key| settings.get(key).and_then(Value::as_integer).and_then(|number| u64::try_from(number).ok());
    if let Some(epochs) = number("epochs").filter(|_| trained) {
        parts.push(plural(epochs, "epoch", "epochs"));
    }
    if let Some(images) = section(report, "data")
        .and_then(|data| data.get("train_images")?.as_integer())
        .and_then(|n| u64::try_from(n).ok())
    {
        parts.push(format!("{} training images", count(images)));
    }
    parts.push(plural(seeds(report) as u64, "seed", "seeds"));
    Some(format!("Stitch: {}.", parts.join(", ")))
}

fn init_words(init: &str) -> String {
    match init {
        "direct" => "started from direct matching".to_owned(),
        "identity" => "started from the identity".to_owned(),
        "random" => "started at random".to_owned(),
        other => format!("started from {}", short(other)),
    }
}

fn train_words(train: &str) -> String {
    match train {
        "none" => "not trained".to_owned(),
        "task" => "trained on labels".to_owned(),
        "soft" => "trained on the end donor's outputs".to_owned(),
        other => format!("trained by {}", short(other)),
    }
}

fn machine(report: &Report) -> Option<String> {
    let environment = &report.environment;
    let device = short(&environment.device);
    let on = if device.is_empty() { String::new() } else { format!(" on {device}") };
    Some(format!(
        "Computed by the {} engine{on}, Stitchscope {}.",
        short(&environment.engine),
        short(&environment.version)
    ))
}

fn warnings(report: &Report) -> Option<String> {
    let flagged = report.cells.iter().filter(|cell| !cell.flags.is_empty()).count() as u64;
    let verb = if flagged == 1 { "carries" } else { "carry" };
    (flagged > 0).then(|| format!("{} {verb} warnings: see report.json.", plural(flagged, "cell", "cells")))
}

fn seeds(report: &Report) -> usize {
    report.cells.iter().map(|cell| cell.seed).collect::<BTreeSet<_>>().len()
}

fn section(report: &Report, name: &str) -> Option<Table> {
    let mut recipe: Table = report.recipe.parse().ok()?;
    match recipe.remove(name)? {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// The known keys in their order, then every other one: a setting that we have no words for is still said.
fn ordered<'a>(table: &'a Table, known: &[&'a str]) -> Vec<(&'a str, &'a Value)> {
    let first = known.iter().filter_map(|key| table.get(*key).map(|value| (*key, value)));
    let rest = table.iter().map(|(key, value)| (key.as_str(), value)).filter(|(key, _)| !known.contains(key));
    first.chain(rest).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(said) => Some(said.clone()),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => Some(value.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

fn short(said: &str) -> String {
    let line: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(VALUE_LIMIT).collect();
    if said.chars().nth(VALUE_LIMIT).is_some() { line + "…" } else { line }
}
