//! Whether an entry can be: counts within their totals, words that there are, files where files are kept.

use super::Entry;
use crate::recipe::{Control, Word as _};
use crate::report::{ControlCell, ProbeCount, ReportError, check_cell, check_counts, check_donor, check_pair};

/// What is wrong with an entry, if anything.
pub(super) fn check(entry: &Entry) -> Result<(), String> {
    let say = |error: ReportError| error.to_string();
    match entry {
        Entry::Donor(donor) => check_donor(donor, "donor").map_err(say),
        Entry::Control(control) => check_control(control),
        Entry::Probes(probes) => probes.iter().try_for_each(check_probe).map_err(say),
        Entry::Cell { cell, stitch_file, stitch_blake3 } => {
            check_cell(cell, "cell").map_err(say)?;
            check_file(stitch_file)?;
            let digits = stitch_blake3.len() == 64 && stitch_blake3.bytes().all(|b| b.is_ascii_hexdigit());
            if digits { Ok(()) } else { Err("the hash of its stitch is none".to_owned()) }
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

/// A stitch's file is one of ours: a journal from elsewhere must not make us read another.
fn check_file(name: &str) -> Result<(), String> {
    let number = name.strip_prefix("stitches/cell-").and_then(|rest| rest.strip_suffix(".safetensors"));
    if number.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())) {
        return Ok(());
    }
    Err(format!("no stitch is kept in {name:?}"))
}
