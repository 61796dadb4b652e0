//! Whether an entry can be: counts within their totals, words that there are, files where files are kept.

use super::Entry;
use crate::recipe::{Control, Word as _};
use crate::report::{ControlCell, ProbeCount, ReportError, check_cell, check_counts, check_donor, check_pair};

/// What is wrong with an entry, if anything.
pub(super) fn check(entry: &Entry) -> Result<(), String> {
    let say = |error: ReportError| error.to_string();
    match entry {
        Entry::Donor(kept) => {
            check_donor(&kept.donor, "donor").map_err(say)?;
            kept.verdicts_blake3.iter().try_for_each(|hash| check_hash(hash, "verdicts"))
        }
        Entry::Control(control) => check_control(control),
        Entry::Probes(probes) => probes.iter().try_for_each(check_probe).map_err(say),
        Entry::Cell { cell, stitch_file, stitch_blake3, verdicts_blake3 } => {
            check_cell(cell, "cell").map_err(say)?;
            check_file(stitch_file)?;
            check_hash(stitch_blake3, "stitch")?;
            verdicts_blake3.iter().try_for_each(|hash| check_hash(hash, "verdicts"))
        }
    }
}

fn check_control(control: &ControlCell) -> Result<(), String> {
    if Control::from_word(&control.kind).is_none() {
        return Err(format!("there is no control {:?}", control.kind));
    }
    let say = |error: ReportError| error.to_string();
    check_counts(&control.clean, || "control.clean".to_owned()).map_err(say)?;
    let (same, total) = (control.agreement.same, control.agreement.total);
    check_pair(same, total, || "control.agreement".to_owned()).map_err(say)?;
    control.direct.iter().try_for_each(|counts| check_counts(counts, || "control.direct".to_owned())).map_err(say)
}

fn check_probe(probe: &ProbeCount) -> Result<(), ReportError> {
    check_counts(&probe.clean, || format!("probes.{}", probe.tap))
}

fn check_hash(hash: &str, of: &str) -> Result<(), String> {
    let digits = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    if digits { Ok(()) } else { Err(format!("the hash of its {of} is none")) }
}

/// A stitch's file is one of ours: a journal from elsewhere must not make us read another.
fn check_file(name: &str) -> Result<(), String> {
    let number = name.strip_prefix("stitches/cell-").and_then(|rest| rest.strip_suffix(".safetensors"));
    if number.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())) {
        return Ok(());
    }
    Err(format!("no stitch is kept in {name:?}"))
}
