//! What a study's folder holds, finished or not: its recipe from the first second, and its journal as a report of so far.

use crate::recipe::Recipe;
use crate::report::{Environment, Report, SCHEMA};
use crate::study::journal::{Entry, Journal, JournalError, KeptDonor};
use crate::study::{Plan, Store, StudyError};

/// The finished report's file name within a study.
pub const REPORT: &str = "report.json";
/// The recipe's file name within a study.
pub const RECIPE: &str = "recipe.toml";
/// The journal's file name within a study.
pub const JOURNAL: &str = "journal.jsonl";

/// A study as its folder holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The report; of an unfinished study what its journal holds, in the order of finishing, with an empty environment.
    pub report: Report,
    /// Whether the study came to its end.
    pub finished: bool,
}

/// Leaves the recipe in the study's folder before anything is computed, so that a study that ends early can be named and goes on.
///
/// # Errors
/// [`StudyError`] when the file cannot be written.
pub(in crate::study) fn leave_recipe(plan: &Plan, store: &dyn Store) -> Result<(), StudyError> {
    let text = plan.recipe.to_toml();
    if store.get(RECIPE)?.is_some_and(|kept| kept == text.as_bytes()) {
        return Ok(());
    }
    Ok(store.put(RECIPE, text.as_bytes())?)
}

/// Reads what a study's folder holds; `None` where there is neither a report nor a recipe with its journal.
///
/// # Errors
/// [`StudyError`] when a file is there and cannot be read, or is damaged.
pub fn kept(store: &dyn Store) -> Result<Option<Kept>, StudyError> {
    if let Some(bytes) = store.get(REPORT)? {
        let report =
            Report::parse(&bytes).map_err(|why| StudyError::Misfit(format!("{}: {why}", store.place(REPORT))))?;
        return Ok(Some(Kept { report, finished: true }));
    }
    let (Some(recipe), Some(journal)) = (store.get(RECIPE)?, store.get(JOURNAL)?) else { return Ok(None) };
    let text = String::from_utf8_lossy(&recipe).into_owned();
    let recipe = Recipe::parse(&text, &store.place(RECIPE))?;
    let wrap = |why| StudyError::Journal { file: store.place(JOURNAL), source: Box::new(why) };
    let Some(journal) = Journal::parse(&journal).map_err(wrap)? else { return Ok(None) };
    let (found, expected) = (journal.header.fingerprint.clone(), recipe.fingerprint());
    if found != expected {
        return Err(wrap(JournalError::OtherRecipe { found, expected }));
    }
    Ok(Some(Kept { report: so_far(text, journal), finished: false }))
}

/// What is finished, as a report.
fn so_far(recipe: String, journal: Journal) -> Report {
    let environment = Environment {
        engine: String::new(),
        device: String::new(),
        threads: 0,
        version: String::new(),
        self_check: None,
    };
    let mut report = Report {
        schema: SCHEMA,
        recipe,
        environment,
        donors: Vec::new(),
        cells: Vec::new(),
        controls: Vec::new(),
        probes: Vec::new(),
        inputs: Some(journal.header.inputs),
        stitches: Vec::new(),
        measures: crate::report::readings(),
        timings: Vec::new(),
    };
    for entry in journal.entries {
        match entry {
            Entry::Donor(KeptDonor { donor, .. }) => {
                // The later one counts, should there be two.
                report.donors.retain(|known| known.role != donor.role);
                report.donors.push(donor);
            }
            Entry::Cell { cell, stitch_blake3, .. } => {
                let same = |known: &crate::report::Cell| {
                    (&known.front_tap, &known.end_tap, known.seed) == (&cell.front_tap, &cell.end_tap, cell.seed)
                };
                match report.cells.iter().position(same) {
                    Some(at) => (report.cells[at], report.stitches[at]) = (*cell, stitch_blake3),
                    None => {
                        report.cells.push(*cell);
                        report.stitches.push(stitch_blake3);
                    }
                }
            }
            Entry::Control(control) => report.controls.push(*control),
            Entry::Probes(probes) => report.probes = probes,
        }
    }
    report
}
