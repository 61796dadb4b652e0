//! Studies that a person opens: a folder, a report with its stitches beside it, an archive. They are copied among the window's own, so that
//! they are there at the next start. Only files of names that we write ourselves are taken, within bounds.

use stitchscope_core::provenance::hash;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::Report;
use stitchscope_core::stitch;
use stitchscope_core::study::{self, JOURNAL, RECIPE, REPORT};

use super::Ground;
use super::inspect::stitch_file;
use super::study::{MADE, made};
use super::things::KeptStudy;

/// The largest report, journal and recipe, in bytes.
const LARGEST_TEXT: u64 = 1 << 28;
/// The largest stitch: 4,096 channels to 4,096.
const LARGEST_STITCH: u64 = 80 << 20;
/// All stitches together.
const LARGEST_ALL: u64 = 2 << 30;

/// Gives a study's file by its name within the study, at most so many bytes; `None` where it is not there.
type Files<'a> = dyn FnMut(&str, u64) -> Result<Option<Vec<u8>>, String> + 'a;

/// The study in a folder, if there is one; a folder of images has none.
pub(super) fn folder(ground: &dyn Ground, place: &str) -> Result<Option<KeptStudy>, String> {
    let files = &mut beside(ground, place);
    if let Some(bytes) = files(REPORT, LARGEST_TEXT)? {
        let report = Report::parse(&bytes).map_err(|why| format!("{place}/{REPORT}: {why}"))?;
        return take_in(ground, place, report, files).map(Some);
    }
    let (Some(recipe), Some(journal)) = (files(RECIPE, LARGEST_TEXT)?, files(JOURNAL, LARGEST_TEXT)?) else {
        return Ok(None);
    };
    unfinished(ground, place, (&recipe, &journal), files).map(Some)
}

/// A report whose stitches may lie beside it.
pub(super) fn report(ground: &dyn Ground, place: &str, report: Report) -> Result<KeptStudy, String> {
    let folder = place.rfind(['/', '\\']).map_or("", |slash| &place[..slash]);
    // An address has nothing beside it that could be looked for.
    let files: &mut Files<'_> = if place.contains("://") { &mut |_, _| Ok(None) } else { &mut beside(ground, folder) };
    take_in(ground, place, report, files)
}

/// The files of a folder.
fn beside(ground: &dyn Ground, folder: &str) -> impl FnMut(&str, u64) -> Result<Option<Vec<u8>>, String> {
    move |name, largest| {
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        if !stitchscope_core::platform::files::exists(std::path::Path::new(&path)) {
            return Ok(None);
        }
        ground.read(&path, largest).map(Some).map_err(|error| error.to_string())
    }
}

/// Copies a finished study among the window's own: its report, its recipe, the stitches that `files` has.
pub(super) fn take_in(
    ground: &dyn Ground,
    place: &str,
    report: Report,
    files: &mut Files<'_>,
) -> Result<KeptStudy, String> {
    // A report whose recipe this version does not read can be looked at, but has no name to be kept under.
    let Ok(recipe) = Recipe::parse(&report.recipe, "recipe") else {
        return Ok(KeptStudy { study: place.to_owned(), report, finished: true, made: None });
    };
    let study = super::name(&recipe);
    stitches(ground, &study, &report, files)?;
    let json = report.to_json().map_err(|error| error.to_string())?;
    put(ground, &study, RECIPE, report.recipe.as_bytes())?;
    put(ground, &study, REPORT, json.as_bytes())?;
    let made = date(ground, &study, files)?;
    Ok(KeptStudy { study, report, finished: true, made })
}

/// Copies an unfinished study among the window's own, so that it can go on there.
fn unfinished(
    ground: &dyn Ground,
    place: &str,
    (recipe, journal): (&[u8], &[u8]),
    files: &mut Files<'_>,
) -> Result<KeptStudy, String> {
    let text = String::from_utf8_lossy(recipe);
    let parsed = Recipe::parse(&text, &format!("{place}/{RECIPE}")).map_err(|error| error.to_string())?;
    let study = super::name(&parsed);
    put(ground, &study, RECIPE, recipe)?;
    put(ground, &study, JOURNAL, journal)?;
    let store = ground.store(&study).map_err(|error| error.to_string())?;
    let found = study::kept(store.as_ref()).map_err(|error| error.to_string())?;
    let found = found.ok_or_else(|| format!("{place} holds no study; choose a folder that `stitchscope run` made"))?;
    stitches(ground, &study, &found.report, files)?;
    let made = date(ground, &study, files)?;
    Ok(KeptStudy { study, report: found.report, finished: found.finished, made })
}

/// When it was begun goes with it where its files tell; where they do not, that is noted, as the copies' own dates would mislead.
fn date(ground: &dyn Ground, study: &str, files: &mut Files<'_>) -> Result<Option<u64>, String> {
    let store = ground.store(study).map_err(|error| error.to_string())?;
    let told = files(MADE, 64)?;
    if let Some(known) = made(store.as_ref()).filter(|_| told.is_none()) {
        return Ok(known);
    }
    put(ground, study, MADE, &told.unwrap_or_default())?;
    Ok(made(store.as_ref()).flatten())
}

fn stitches(ground: &dyn Ground, study: &str, report: &Report, files: &mut Files<'_>) -> Result<(), String> {
    let mut left = LARGEST_ALL;
    for cell in 0..report.cells.len() {
        let name = stitch_file(cell);
        let Some(bytes) = files(&name, LARGEST_STITCH.min(left))? else { continue };
        left = left.saturating_sub(bytes.len() as u64);
        let damaged = |why: &str| format!("{name} is damaged: {why}. Export the study again, or run it again");
        if report.stitches.get(cell).is_some_and(|expected| *expected != hash(&bytes)) {
            return Err(damaged("it is not the stitch that the report was measured with"));
        }
        stitch::read(&bytes).map_err(|error| damaged(&error.to_string()))?;
        put(ground, study, &name, &bytes)?;
    }
    Ok(())
}

fn put(ground: &dyn Ground, study: &str, name: &str, bytes: &[u8]) -> Result<(), String> {
    let store = ground.store(study).map_err(|error| error.to_string())?;
    // Opened where it already lies, it need not be written again.
    if store.get(name).is_ok_and(|kept| kept.is_some_and(|kept| kept == bytes)) {
        return Ok(());
    }
    store.put(name, bytes).map_err(|error| error.to_string())
}
