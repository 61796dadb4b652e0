//! `security.csv`: how many images stand at which radius, after an attack that looks for the smallest change.

use std::io::Write;

use ::csv::Writer;

use super::super::{ChangeSizes, Counts, Report, Role};
use super::{CsvError, SHARE, share_fields};
use crate::words::field;

/// Writes one row per network and radius, with a header: donors first, then cells. Taps and seed are empty for donors.
///
/// # Errors
/// When `out` fails.
pub fn write_security(report: &Report, out: impl Write) -> Result<(), CsvError> {
    let mut writer = Writer::from_writer(out);
    writer.write_record(header(&["network", "front_tap", "end_tap", "seed"]))?;
    for donor in &report.donors {
        let name = if donor.role == Role::Front { "front" } else { "end" };
        let first = [name.to_owned(), String::new(), String::new(), String::new()];
        write(&mut writer, &first, donor.change.as_ref(), donor.robust)?;
    }
    for cell in &report.cells {
        let first = ["cell".to_owned(), field(&cell.front_tap), field(&cell.end_tap), cell.seed.to_string()];
        write(&mut writer, &first, cell.change.as_ref(), cell.robust)?;
    }
    writer.flush().map_err(::csv::Error::from)?;
    Ok(())
}

/// Writes the curve of one network, with a header; `robust` has the number of images that were judged.
///
/// # Errors
/// When `out` fails.
pub fn write_curve(change: &ChangeSizes, robust: Counts, out: impl Write) -> Result<(), CsvError> {
    let mut writer = Writer::from_writer(out);
    writer.write_record(header(&[]))?;
    write(&mut writer, &[], Some(change), Some(robust))?;
    writer.flush().map_err(::csv::Error::from)?;
    Ok(())
}

fn write(
    writer: &mut Writer<impl Write>,
    first: &[String],
    change: Option<&ChangeSizes>,
    robust: Option<Counts>,
) -> Result<(), CsvError> {
    let (Some(change), Some(robust)) = (change, robust) else { return Ok(()) };
    for point in &change.curve {
        let mut row = first.to_vec();
        row.push(point.radius.to_string());
        row.extend(share_fields(Some((point.standing, robust.total))));
        writer.write_record(row)?;
    }
    Ok(())
}

fn header(first: &[&str]) -> Vec<String> {
    let counts = SHARE.iter().map(|part| format!("standing{part}"));
    first.iter().map(|name| (*name).to_owned()).chain(["radius".to_owned()]).chain(counts).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::Standing;
    use super::*;

    #[test]
    fn a_row_for_each_radius_with_its_share() {
        let standing = |radius, standing| Standing { radius, standing };
        let curve = vec![standing(0.0, 8), standing(0.5, 2)];
        let change = ChangeSizes { images: 6, median: 0.3, mean: 0.3, curve };
        let mut text = Vec::new();
        write_curve(&change, Counts { correct: 2, total: 10 }, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("radius,standing,standing_total,standing_low,standing_high"));
        assert!(lines.next().unwrap().starts_with("0,8,10,"), "{text}");
        assert!(lines.next().unwrap().starts_with("0.5,2,10,"), "{text}");
    }
}
