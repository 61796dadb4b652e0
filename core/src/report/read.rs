//! Reading and writing `report.json`.

use serde::{Deserialize, Deserializer};

use super::{Cell, Counts, Donor, Report, SCHEMA, StageCount};

/// Why bytes are no report that this program can show.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Written by a later version.
    #[error("report is of schema {found}, this program reads up to {SCHEMA}: update Stitchscope")]
    Newer {
        /// The schema it names.
        found: u64,
    },
    /// Not JSON, or not in a report's names and types.
    #[error("this is not a report that Stitchscope wrote: {0}; give it the report.json of a study's folder")]
    Json(#[from] serde_json::Error),
    /// Counts that cannot be.
    #[error(
        "the report says that {hits} of {total} images count in {place}; it was changed by hand or damaged: run its recipe again"
    )]
    Counts {
        /// Where it says so, such as `cells[3].clean`.
        place: String,
        /// Images that count.
        hits: u64,
        /// Images in all.
        total: u64,
    },
    /// Counts of attacks that do not add up to the images attacked.
    #[error(
        "the report's attacks in {place} do not account for the {attacked} images they began with; it was changed by hand or damaged: \
         run its recipe again"
    )]
    Attacks {
        /// Where, such as `cells[3].attacks`.
        place: String,
        /// Images that the network gets right.
        attacked: u64,
    },
}

/// The one field that every schema has.
#[derive(Deserialize)]
struct Peek {
    schema: u64,
}

impl Report {
    /// Reads `report.json`.
    ///
    /// # Errors
    /// A newer schema (told before anything else is looked at), JSON that is no report, counts above their total.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReportError> {
        let Peek { schema: found } = serde_json::from_slice(bytes)?;
        if found > u64::from(SCHEMA) {
            return Err(ReportError::Newer { found });
        }
        let report: Self = serde_json::from_slice(bytes)?;
        report.checked()
    }

    /// The report, if its counts can be, such as one that stood in a larger file.
    ///
    /// # Errors
    /// A newer schema; counts above their total.
    pub fn checked(self) -> Result<Self, ReportError> {
        if self.schema > SCHEMA {
            return Err(ReportError::Newer { found: u64::from(self.schema) });
        }
        self.check()?;
        Ok(self)
    }

    /// The text of `report.json`: indented, with a newline at the end. [`Report::parse`] gives back an equal report, except that
    /// JSON has no infinity: what is not finite is written `null` and read as NaN.
    ///
    /// # Errors
    /// None that a report can cause; serde's signature is passed on.
    pub fn to_json(&self) -> Result<String, ReportError> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    fn check(&self) -> Result<(), ReportError> {
        for (index, donor) in self.donors.iter().enumerate() {
            check_donor(donor, &format!("donors[{index}]"))?;
        }
        for (index, control) in self.controls.iter().enumerate() {
            check_counts(&control.clean, || format!("controls[{index}].clean"))?;
            check_pair(control.agreement.same, control.agreement.total, || format!("controls[{index}].agreement"))?;
            check_optional(control.direct.as_ref(), || format!("controls[{index}].direct"))?;
        }
        for (index, probe) in self.probes.iter().enumerate() {
            check_counts(&probe.clean, || format!("probes[{index}].clean"))?;
        }
        self.cells.iter().enumerate().try_for_each(|(index, cell)| check_cell(cell, &format!("cells[{index}]")))
    }
}

/// Whether a donor's counts can be; `at` is its place.
pub(crate) fn check_donor(donor: &Donor, at: &str) -> Result<(), ReportError> {
    let place = |name: &str| format!("{at}.{name}");
    check_counts(&donor.clean, || place("clean"))?;
    check_optional(donor.robust.as_ref(), || place("robust"))?;
    check_optional(donor.also.as_ref(), || place("also"))?;
    check_stages(&donor.attacks, at)?;
    check_attacks((donor.clean, donor.robust, &donor.attacks), || place("attacks"))
}

/// Whether a cell's counts can be; `at` is its place.
pub(crate) fn check_cell(cell: &Cell, at: &str) -> Result<(), ReportError> {
    let place = |name: &str| format!("{at}.{name}");
    check_counts(&cell.clean, || place("clean"))?;
    check_optional(cell.robust.as_ref(), || place("robust"))?;
    check_optional(cell.also.as_ref(), || place("also"))?;
    check_stages(&cell.attacks, at)?;
    check_attacks((cell.clean, cell.robust, &cell.attacks), || place("attacks"))?;
    check_optional(cell.transfer.as_ref().map(|t| &t.front), || place("transfer.front"))?;
    check_optional(cell.transfer.as_ref().map(|t| &t.end), || place("transfer.end"))?;
    check_pair(cell.agreement.same, cell.agreement.total, || place("agreement"))?;
    check_counts(&cell.direct.clean, || place("direct.clean"))?;
    for rank in &cell.ranks {
        check_counts(&rank.truncated, || format!("{at}.ranks, rank {}, truncated", rank.rank))?;
        check_counts(&rank.reduced, || format!("{at}.ranks, rank {}, reduced", rank.rank))?;
    }
    check_optional(cell.direct.robust.as_ref(), || place("direct.robust"))
}

fn check_stages(stages: &[StageCount], at: &str) -> Result<(), ReportError> {
    stages.iter().try_for_each(|s| check_pair(s.fooled, s.attacked, || format!("{at}.attacks, {:?}", s.attack)))
}

/// Each attack begins with what the one before left, and all images that were right are standing, fallen or not judged. (Earlier
/// versions did not say where an image was not judged; it is then missing in `robust.total` as well.)
fn check_attacks(
    (clean, robust, attacks): (Counts, Option<Counts>, &[StageCount]),
    place: impl FnOnce() -> String,
) -> Result<(), ReportError> {
    let (Some(robust), Some(first)) = (robust, attacks.first()) else { return Ok(()) };
    let sum = |of: fn(&StageCount) -> u64| attacks.iter().try_fold(0_u64, |sum, stage| sum.checked_add(of(stage)));
    let missing = sum(|s| s.fooled).zip(sum(|s| s.not_judged)).and_then(|(fooled, not_judged)| {
        let unsaid = clean.correct.checked_sub(robust.correct)?.checked_sub(fooled)?.checked_sub(not_judged)?;
        let untotalled = clean.total.checked_sub(robust.total)?.checked_sub(not_judged)?;
        Some((unsaid, untotalled))
    });
    let chained = attacks.windows(2).all(|pair| pair[1].attacked <= pair[0].left());
    if chained && first.attacked == clean.correct && missing.is_some_and(|(unsaid, untotalled)| unsaid == untotalled) {
        return Ok(());
    }
    Err(ReportError::Attacks { place: place(), attacked: clean.correct })
}

fn check_optional(counts: Option<&Counts>, place: impl FnOnce() -> String) -> Result<(), ReportError> {
    counts.map_or(Ok(()), |counts| check_counts(counts, place))
}

/// Whether no more images count than there are.
pub(crate) fn check_counts(counts: &Counts, place: impl FnOnce() -> String) -> Result<(), ReportError> {
    check_pair(counts.correct, counts.total, place)
}

/// As [`check_counts`].
pub(crate) fn check_pair(hits: u64, total: u64, place: impl FnOnce() -> String) -> Result<(), ReportError> {
    if hits > total {
        return Err(ReportError::Counts { place: place(), hits, total });
    }
    Ok(())
}

/// Reads a number, and `null` (which serde writes for what is not finite) as NaN.
pub(super) fn number_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Doubt, Transfer, samples};
    use super::*;

    fn finite() -> Report {
        let mut report = samples::report();
        report.cells[1].direct.condition = 1e12;
        report
    }

    #[test]
    fn a_report_reads_back() {
        let report = finite();
        assert_eq!(Report::parse(report.to_json().unwrap().as_bytes()).unwrap(), report);
    }

    #[test]
    fn the_names_people_build_on_are_golden() {
        let json = finite().to_json().unwrap();
        assert!(json.starts_with("{\n  \"schema\": 1,\n  \"recipe\": \"[front]"), "{json}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let names =
            |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(names(&value), "cells donors environment recipe schema");
        assert_eq!(names(&value["environment"]), "device engine threads version");
        assert_eq!(names(&value["donors"][0]), "clean model robust role");
        assert_eq!(value["donors"][0]["role"], "front");
        assert_eq!(
            names(&value["cells"][0]),
            "agreement cka cka_unbiased clean direct end_tap flags front_tap ood ranks robust seconds seed shift stitch"
        );
        assert_eq!(names(&value["cells"][0]["agreement"]), "same total");
        assert_eq!(names(&value["cells"][0]["stitch"]), "form init train");
        assert_eq!(value["cells"][1].get("robust"), None);
    }

    #[test]
    fn transfer_and_badges_read_back_and_are_checked() {
        let mut report = finite();
        let transfer = Transfer { front: samples::counts(7), end: samples::counts(1000) };
        report.cells[0].transfer = Some(transfer);
        report.cells[0].badges.push(Doubt::new("saturation", "flat".to_owned()));
        let json = report.to_json().unwrap();
        assert_eq!(Report::parse(json.as_bytes()).unwrap(), report);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["cells"][0]["transfer"]["front"]["correct"], 7);
        assert_eq!(value["cells"][0]["badges"][0]["name"], "saturation");
        report.cells[0].transfer = Some(Transfer { end: Counts { correct: 2, total: 1 }, ..transfer });
        let said = Report::parse(report.to_json().unwrap().as_bytes()).unwrap_err().to_string();
        assert!(said.contains("cells[0].transfer.end"), "{said}");
    }

    #[test]
    fn a_newer_schema_is_refused_by_name_whatever_else_it_holds() {
        let err = Report::parse(br#"{"schema": 7, "cells": "in another way"}"#).unwrap_err();
        assert_eq!(err.to_string(), "report is of schema 7, this program reads up to 1: update Stitchscope");
    }

    #[test]
    fn what_is_no_report_says_where() {
        for bytes in [&b""[..], b"[]", b"{\"schema\": 1}", b"{\"schema\": -1}", &[0xff, 0xfe], &[b'['; 100_000]] {
            let said = Report::parse(bytes).unwrap_err().to_string();
            assert!(said.contains("line 1 column") && said.contains("report.json"), "{said}");
        }
    }

    #[test]
    fn counts_above_their_total_are_refused() {
        let mut report = finite();
        report.cells[1].direct.clean.correct = 1001;
        let said = Report::parse(report.to_json().unwrap().as_bytes()).unwrap_err().to_string();
        assert!(said.contains("1001 of 1000 images count in cells[1].direct.clean"), "{said}");
    }

    #[test]
    fn attacks_account_for_every_image() {
        let stage = |attacked, fooled, not_judged| StageCount {
            attack: "pgd".to_owned(),
            attacked,
            fooled,
            not_judged,
            forward: 0,
            backward: 0,
        };
        let read = |total, correct, attacks: Vec<StageCount>| {
            let mut report = finite();
            report.cells[0].clean = Counts { correct: 713, total: 1000 };
            report.cells[0].robust = Some(Counts { correct, total });
            report.cells[0].attacks = attacks;
            Report::parse(report.to_json().unwrap().as_bytes()).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(read(997, 123, vec![stage(713, 500, 3), stage(210, 87, 0)]), Ok(()));
        // Written before images that were not judged were said.
        assert_eq!(read(997, 123, vec![stage(713, 500, 0), stage(210, 87, 0)]), Ok(()));
        let wrong = [
            (1000, 123, vec![stage(713, 500, 3), stage(210, 87, 0)]),
            (1000, 124, vec![stage(713, 590, 0)]),
            (1000, 123, vec![stage(712, 590, 0)]),
            (1000, 123, vec![stage(713, 500, 0), stage(214, 90, 0)]),
            (1000, 123, vec![stage(713, u64::MAX, 1)]),
        ];
        for (total, correct, attacks) in wrong {
            let said = read(total, correct, attacks).unwrap_err();
            assert!(said.contains("cells[0].attacks") && said.contains("713 images"), "{said}");
        }
    }

    #[test]
    fn what_is_not_finite_is_null_and_reads_as_nan() {
        let json = samples::report().to_json().unwrap();
        assert!(json.contains("\"condition\": null"));
        assert!(Report::parse(json.as_bytes()).unwrap().cells[1].direct.condition.is_nan());
    }

    proptest! {
        // A resumed study must equal an uninterrupted one to the last bit.
        #[test]
        fn numbers_keep_their_bits(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            let mut report = finite();
            report.cells[0].cka = number;
            let back = Report::parse(report.to_json().unwrap().as_bytes()).unwrap();
            prop_assert_eq!(back.cells[0].cka.to_bits(), bits);
        }
    }
}
