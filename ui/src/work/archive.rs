//! A whole study as one zip: its report, table, figure, recipe and stitches; and back. What comes in is bounded, and only files
//! of names that we write ourselves are taken, so that no archive can put anything elsewhere.

use std::io::{Cursor, Read, Write};

use stitchscope_core::archive::{self, Archive};
use stitchscope_core::report::Report;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::inspect::stitch_file;
use super::study::MADE;
use super::things::KeptStudy;
use super::{Ground, found};
use stitchscope_figures::results;

/// The largest archive that is opened, in bytes.
pub(super) const LARGEST: u64 = 1 << 30;
/// The largest report within it.
const LARGEST_REPORT: u64 = 1 << 28;

/// The archive's bytes.
pub(super) fn pack(ground: &dyn Ground, study: &str, report: &Report) -> Result<Vec<u8>, String> {
    let say = |error: &dyn std::error::Error| error.to_string();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut put = |name: &str, bytes: &[u8]| {
        zip.start_file(name, packed).map_err(|e| say(&e))?;
        zip.write_all(bytes).map_err(|e| say(&e))
    };
    for (name, bytes) in results(report)? {
        put(name, &bytes)?;
    }
    put("recipe.toml", report.recipe.as_bytes())?;
    let store = ground.store(study).map_err(|e| say(&e))?;
    if let Some(bytes) = store.get(MADE).map_err(|e| say(&e))? {
        put(MADE, &bytes)?;
    }
    for cell in 0..report.cells.len() {
        let name = stitch_file(cell);
        if let Some(bytes) = store.get(&name).map_err(|e| say(&e))? {
            put(&name, &bytes)?;
        }
    }
    zip.finish().map(Cursor::into_inner).map_err(|e| say(&e))
}

/// Takes an archive in: its stitches go where the window keeps them, its report is given back.
pub(super) fn unpack(ground: &dyn Ground, place: &str, bytes: &[u8]) -> Result<KeptStudy, String> {
    let broken = |why: &dyn std::fmt::Display| {
        format!("{place} is no study that Stitchscope packed: {why}. Export the study again, or open its report.json")
    };
    let mut zip = archive::open(bytes).map_err(|e| broken(&e))?;
    let report = entry(&mut zip, "report.json", LARGEST_REPORT).map_err(|e| broken(&e))?;
    let report = Report::parse(&report.ok_or_else(|| broken(&"there is no report.json in it"))?);
    let report = report.map_err(|error| format!("{place}: {error}"))?;
    found::take_in(ground, place, report, &mut |name, largest| entry(&mut zip, name, largest).map_err(|e| broken(&e)))
}

/// The file of that name, at most `largest` bytes whatever its header promises.
fn entry(zip: &mut Archive<'_>, name: &str, largest: u64) -> Result<Option<Vec<u8>>, String> {
    let Some(index) = zip.index_for_name(name) else { return Ok(None) };
    let file = zip.by_index(index).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?;
    if bytes.len() as u64 > largest {
        return Err(format!("{name} is larger than {} MiB", largest >> 20));
    }
    Ok(Some(bytes))
}
