//! `stitchscope evaluate`: one network by itself.

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::json;
use stitchscope_core::data::Images;
use stitchscope_core::engine::{self, Choice};
use stitchscope_core::platform::{block_on, files};
use stitchscope_core::recipe::{AttackRecipe, DonorRef, Recipe};
use stitchscope_core::report::{Counts, csv};
use stitchscope_core::study::{Evaluation, Event, FileSources, Question, evaluation, test_images};

use crate::arguments::AttackOptions;
use crate::commands::reading::word;
use crate::progress::Display;
use crate::shelf::Zoo;
use crate::terminal;

/// Most images at once.
const MOST_BATCH: usize = 65_536;

/// How the command was called.
pub struct Asked<'a> {
    /// The network.
    pub donor: DonorRef,
    /// Labelled images.
    pub data: &'a str,
    /// How many of them.
    pub images: Option<usize>,
    /// The attack.
    pub attack: AttackOptions,
    /// What computes.
    pub engine: &'a str,
    /// Images at once.
    pub batch: usize,
    /// Where files go.
    pub out: Option<&'a Path>,
    /// Whether the images that fool are kept.
    pub keep: bool,
    /// Whether the answer is JSON.
    pub json: bool,
}

/// Measures the network and prints what was found.
pub fn evaluate(asked: &Asked<'_>) -> Result<()> {
    if !(1..=MOST_BATCH).contains(&asked.batch) {
        bail!("--batch is {}; give 1 to {MOST_BATCH}", asked.batch);
    }
    let attack = attack(asked)?;
    let choice = word::<Choice>("--engine", asked.engine)?;
    let (network, images) = test_images(&FileSources { shelf: &Zoo }, &asked.donor, (asked.data, asked.images))?;
    let notes: Vec<String> = network.notes.iter().chain(&images.notes).cloned().collect();
    let engine = block_on(engine::open(choice))?;
    let (seed, batch) = (asked.attack.seed, asked.batch);
    let question = Question { attack: attack.as_ref(), seed, batch, keep: asked.keep };
    let mut display = Display::new(false);
    let mut observer = |event: &Event| display.show(event);
    let found = block_on(evaluation(engine.as_ref(), &network, &images, question, &mut observer));
    display.finish();
    let found = found?;
    if let Some(folder) = asked.out {
        write(folder, &found, &images, asked.keep)?;
    }
    if asked.json {
        terminal::line(&serde_json::to_string_pretty(&as_json(asked, &found, &notes))?);
    } else {
        show(asked, &found, &notes);
    }
    Ok(())
}

/// The attack, checked as a recipe's is.
fn attack(asked: &Asked<'_>) -> Result<Option<AttackRecipe>> {
    let options = &asked.attack;
    let Some(method) = &options.method else { return Ok(None) };
    let quoted = |text: &str| serde_json::to_string(text);
    let mut text =
        "[front]\nmodel = \"m\"\n[end]\nmodel = \"m\"\n[data]\ntrain = \"d\"\ntest = \"d\"\n[attack]\n".to_owned();
    text.push_str(&format!("method = {}\n", quoted(method)?));
    let words =
        [("preset", &options.preset), ("norm", &options.norm), ("eps", &options.eps), ("alpha", &options.alpha)];
    for (key, value) in words.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?))) {
        text.push_str(&format!("{key} = {}\n", quoted(value)?));
    }
    for (key, value) in [("steps", options.steps), ("restarts", options.restarts)] {
        value.into_iter().for_each(|value| text.push_str(&format!("{key} = {value}\n")));
    }
    Ok(Recipe::parse(&text, "the command line as a recipe")?.attack)
}

fn write(folder: &Path, found: &Evaluation, images: &Images, keep: bool) -> Result<()> {
    files::create_dir_all(folder)?;
    files::write_atomic(&folder.join("verdicts.csv"), &found.csv(images)?)?;
    if let (Some(change), Some(robust)) = (found.change.as_ref().filter(|c| !c.curve.is_empty()), found.robust) {
        let mut security = Vec::new();
        csv::write_curve(change, robust, &mut security)?;
        files::write_atomic(&folder.join("security.csv"), &security)?;
    }
    if keep {
        files::write_atomic(&folder.join("adversarial.npz"), &found.fooling(images)?)?;
    }
    Ok(())
}

fn show(asked: &Asked<'_>, found: &Evaluation, notes: &[String]) {
    notes.iter().for_each(|note| terminal::line(&format!("note: {note}")));
    terminal::line(&format!("{} on {}", asked.donor.model, asked.data));
    terminal::line(&format!("  clean   {}", counted(found.clean)));
    if let Some(robust) = found.robust {
        terminal::line(&format!("  robust  {}", counted(robust)));
    }
    for stage in found.stages.iter().filter(|_| found.robust.is_some()) {
        terminal::line(&format!(
            "    {}: {} attacked, {} fooled; passes of an image: {} forward, {} backward",
            stage.attack,
            stage.attacked,
            stage.fooled,
            stage.forward / stage.attacked.max(1),
            stage.backward / stage.attacked.max(1),
        ));
    }
    if let Some(change) = &found.change {
        terminal::line(&format!(
            "  smallest changes that fool: median {:.4}, mean {:.4}, of {} images",
            change.median, change.mean, change.images
        ));
        // Every half of the attack's radius.
        for point in change.curve.iter().step_by(4) {
            terminal::line(&format!("    {:.4}: {} stand", point.radius, point.standing));
        }
    }
    let silent = found.verdicts.iter().filter(|v| v.class.is_none()).count();
    if silent > 0 {
        terminal::line(&format!("  {silent} images gave no number and are not counted"));
    }
    found.doubts.iter().for_each(|doubt| terminal::line(&format!("  doubt: {doubt}")));
    if let Some(folder) = asked.out {
        terminal::line(&format!("  verdicts on every image: {}", folder.join("verdicts.csv").display()));
    }
}

/// `56 of 64, 87.5 % (77.2 to 93.5 %)`.
fn counted(counts: Counts) -> String {
    let share = counts.share().map_or_else(String::new, |share| {
        let percent = |part: f64| 100.0 * part;
        format!(", {:.1} % ({:.1} to {:.1} %)", percent(share.share), percent(share.low), percent(share.high))
    });
    format!("{} of {}{share}", counts.correct, counts.total)
}

fn as_json(asked: &Asked<'_>, found: &Evaluation, notes: &[String]) -> serde_json::Value {
    let counts = |counts: Counts| json!({ "correct": counts.correct, "total": counts.total });
    json!({
        "model": asked.donor.model,
        "data": asked.data,
        "images": found.verdicts.len(),
        "clean": counts(found.clean),
        "robust": found.robust.map(counts),
        "attacks": found.stages,
        "change": found.change,
        "doubts": found.doubts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "notes": notes,
    })
}
