//! `cells.csv`: one row per cell, for spreadsheets and data frames.
//!
//! Counts stand beside the ends of their 95 % interval, as shares in [0, 1]. What was not measured is an empty field. A name that a
//! spreadsheet would take for a formula begins with an apostrophe.

mod holds;
mod probed;
mod security;

use std::io::Write;

use ::csv::Writer;

use super::likeness::kept;
use super::{Cell, ControlCell, Counts};
use crate::metrics::Share;
use crate::words::field;

pub use holds::Holds;
pub use probed::{write_probes, write_ranks};
pub use security::{write_curve, write_security};

/// The file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cells.csv could not be written: {source}; check that there is room and that the folder may be written to")]
pub struct CsvError {
    #[from]
    source: ::csv::Error,
}

/// The columns that hold one counted share.
const SHARE: [&str; 4] = ["", "_total", "_low", "_high"];

/// The header, in the order of the columns.
pub(crate) fn header() -> Vec<String> {
    let mut names: Vec<String> = ["front_tap", "end_tap", "seed", "form", "init", "train"].map(str::to_owned).into();
    for (prefix, hits) in [
        ("clean", "correct"),
        ("robust", "correct"),
        ("also", "correct"),
        ("agreement", "same"),
        ("direct_clean", "correct"),
        ("direct_robust", "correct"),
        ("transfer_front", "correct"),
        ("transfer_end", "correct"),
    ] {
        names.push(format!("{prefix}_{hits}"));
        names.extend(SHARE.iter().skip(1).map(|part| format!("{prefix}{part}")));
    }
    names.extend(["residual", "condition", "cka", "cka_unbiased"].map(str::to_owned));
    for prefix in ["ood", "direct_ood"] {
        names.extend(["auroc", "positions", "relative_l2"].map(|part| format!("{prefix}_{part}")));
    }
    names.extend(["shift_cosine", "shift_own", "shift_images", "seconds", "badges", "flags"].map(str::to_owned));
    names.extend(kept().map(|measure| measure.name.to_owned()));
    names.extend(["not_computed", "only_stitched", "only_front"].map(str::to_owned));
    names
}

/// Writes `cells` in their order, with a header. A number that is not finite is written as `inf` or `NaN`; badges and flags are joined by `; `.
///
/// # Errors
/// When `out` fails.
pub fn write_cells(cells: &[Cell], out: impl Write) -> Result<(), CsvError> {
    let mut writer = Writer::from_writer(out);
    writer.write_record(header())?;
    for cell in cells {
        writer.write_record(row(cell))?;
    }
    writer.flush().map_err(::csv::Error::from)?;
    Ok(())
}

/// The fields of a cell's row, in the order of [`header`].
pub(crate) fn row(cell: &Cell) -> Vec<String> {
    let mut fields = vec![
        field(&cell.front_tap),
        field(&cell.end_tap),
        cell.seed.to_string(),
        field(&cell.stitch.form),
        field(&cell.stitch.init),
        field(&cell.stitch.train),
    ];
    let pair = |counts: Counts| (counts.correct, counts.total);
    fields.extend(share_fields(Some(pair(cell.clean))));
    fields.extend(share_fields(cell.robust.map(pair)));
    fields.extend(share_fields(cell.also.map(pair)));
    fields.extend(share_fields(Some((cell.agreement.same, cell.agreement.total))));
    fields.extend(share_fields(Some(pair(cell.direct.clean))));
    fields.extend(share_fields(cell.direct.robust.map(pair)));
    fields.extend(share_fields(cell.transfer.map(|t| pair(t.front))));
    fields.extend(share_fields(cell.transfer.map(|t| pair(t.end))));
    fields.extend([cell.direct.residual, cell.direct.condition].map(|number| number.to_string()));
    fields.extend([cell.cka, cell.cka_unbiased].map(number));
    for ood in [cell.ood, cell.direct.ood] {
        fields.extend(
            ood.map_or_else(Default::default, |o| [o.auroc, o.positions, o.relative_l2].map(|v| v.to_string())),
        );
    }
    let shift = cell.shift.map(|s| [s.cosine.to_string(), s.own.to_string(), s.images.to_string()]);
    fields.extend(shift.unwrap_or_default());
    fields.push(cell.seconds.to_string());
    fields.push(field(&cell.badges.iter().map(|badge| badge.name.as_str()).collect::<Vec<_>>().join("; ")));
    fields.push(field(&cell.flags.join("; ")));
    fields.extend(kept().map(|measure| number(cell.measured(measure.name).unwrap_or(f64::NAN))));
    let without = cell.not_computed.iter().map(|n| format!("{}: {}", n.measures.join(", "), n.why));
    fields.push(field(&without.collect::<Vec<_>>().join("; ")));
    let split = cell.against_front.map(|split| [split.only_stitched, split.only_front].map(|count| count.to_string()));
    fields.extend(split.unwrap_or_default());
    fields
}

/// A number, or nothing where there is none: `not_computed` says why.
fn number(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}

/// Writes `controls` in their order, with a header: `controls.csv`.
///
/// # Errors
/// When `out` fails.
pub fn write_controls(controls: &[ControlCell], out: impl Write) -> Result<(), CsvError> {
    let mut writer = Writer::from_writer(out);
    let mut header: Vec<String> = ["kind", "front_tap", "end_tap", "seed"].map(str::to_owned).into();
    for (prefix, hits) in [("clean", "correct"), ("agreement", "same"), ("direct_clean", "correct")] {
        header.push(format!("{prefix}_{hits}"));
        header.extend(SHARE.iter().skip(1).map(|part| format!("{prefix}{part}")));
    }
    writer.write_record(header)?;
    for control in controls {
        let ControlCell { kind, front_tap, end_tap, seed, clean, agreement, direct } = control;
        let mut row = vec![field(kind), field(front_tap), field(end_tap), seed.to_string()];
        row.extend(share_fields(Some((clean.correct, clean.total))));
        row.extend(share_fields(Some((agreement.same, agreement.total))));
        row.extend(share_fields(direct.map(|counts| (counts.correct, counts.total))));
        writer.write_record(row)?;
    }
    writer.flush().map_err(::csv::Error::from)?;
    Ok(())
}

/// Hits, images, and the ends of the interval to six digits; empty where nothing was counted.
fn share_fields(counted: Option<(u64, u64)>) -> [String; 4] {
    let Some((hits, total)) = counted else {
        return Default::default();
    };
    let end = |end: fn(&Share) -> f64| {
        Share::wilson(hits, total).map_or_else(String::new, |share| format!("{:.6}", end(&share)))
    };
    [hits.to_string(), total.to_string(), end(|share| share.low), end(|share| share.high)]
}

#[cfg(test)]
mod tests {
    use super::super::{Doubt, Transfer, samples};
    use super::*;

    #[test]
    fn rows_are_golden() {
        let mut bytes = Vec::new();
        let mut cells = samples::report().cells;
        cells[0].transfer = Some(Transfer { front: samples::counts(400), end: Counts { correct: 0, total: 0 } });
        cells[0].badges.push(Doubt::new("gradient-masking", "Square did more".to_owned()));
        write_cells(&cells, &mut bytes).unwrap();
        let golden = "\
front_tap,end_tap,seed,form,init,train,clean_correct,clean_total,clean_low,clean_high,\
robust_correct,robust_total,robust_low,robust_high,also_correct,also_total,also_low,also_high,agreement_same,agreement_total,agreement_low,agreement_high,\
direct_clean_correct,direct_clean_total,direct_clean_low,direct_clean_high,\
direct_robust_correct,direct_robust_total,direct_robust_low,direct_robust_high,\
transfer_front_correct,transfer_front_total,transfer_front_low,transfer_front_high,\
transfer_end_correct,transfer_end_total,transfer_end_low,transfer_end_high,\
residual,condition,cka,cka_unbiased,ood_auroc,ood_positions,ood_relative_l2,\
direct_ood_auroc,direct_ood_positions,direct_ood_relative_l2,shift_cosine,shift_own,shift_images,seconds,badges,flags,cca,cca_squared,svcca,pwcca,procrustes,r2,relative_l2,not_computed,only_stitched,only_front
layer1.0,layer1.0,0,conv1x1,direct,task,713,1000,0.684190,0.740180,123,1000,0.104074,0.144811,,,,,800,1000,0.774081,0.823623,\
701,1000,0.671899,0.728562,98,1000,0.081082,0.117995,400,1000,0.370075,0.430691,0,0,,,0.25,1234.5,0.912,0.905,0.625,0.75,0.5,0.41,0.75,0.5,0.5,0.25,100,12.5,gradient-masking,,,,,,,,,,,
layer1.0,layer2.1,1,conv1x1,random,none,0,1000,0.000000,0.003827,,,,,,,,,100,1000,0.082909,0.120152,\
90,1000,0.073796,0.109342,,,,,,,,,,,,,1.5,inf,0.1,-0.001,,,,,,,,,,3,,\"ill-conditioned, look twice; robust was not measured\",,,,,,,,,,
";
        assert_eq!(String::from_utf8(bytes).unwrap(), golden);
    }

    #[test]
    fn rows_read_back() {
        let cells = samples::report().cells;
        let mut bytes = Vec::new();
        write_cells(&cells, &mut bytes).unwrap();
        let mut reader = ::csv::Reader::from_reader(bytes.as_slice());
        let names = reader.headers().unwrap().clone();
        let rows: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), cells.len());
        for (row, cell) in rows.iter().zip(&cells) {
            let field = |name: &str| row.get(names.iter().position(|known| known == name).unwrap()).unwrap();
            assert_eq!(field("front_tap"), cell.front_tap);
            assert_eq!(field("clean_correct"), cell.clean.correct.to_string());
            assert_eq!(field("robust_total").is_empty(), cell.robust.is_none());
            assert_eq!(field("condition").parse::<f64>().unwrap(), cell.direct.condition);
            assert_eq!(field("flags"), cell.flags.join("; "));
        }
    }

    #[test]
    fn a_full_disk_is_an_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        assert!(
            write_cells(&samples::report().cells, Full).unwrap_err().to_string().contains("check that there is room")
        );
    }
}
