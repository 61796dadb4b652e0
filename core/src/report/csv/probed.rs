//! `ranks.csv` and `probes.csv`: rank sweeps and linear probes, one row per count.

use std::io::Write;

use ::csv::Writer;

use super::super::{Cell, ProbeCount, Role};
use super::{CsvError, SHARE, share_fields};
use crate::words::field;

/// Writes one row per pair of taps, rank and kind (`truncated`, `reduced`), with a header. Seeds share them, so they stand once.
///
/// # Errors
/// When `out` fails.
pub fn write_ranks(cells: &[Cell], out: impl Write) -> Result<(), CsvError> {
    let mut writer = Writer::from_writer(out);
    writer.write_record(header(&["front_tap", "end_tap", "rank", "kind"]))?;
    let mut seen = std::collections::HashSet::new();
    for cell in cells.iter().filter(|cell| seen.insert((&cell.front_tap, &cell.end_tap))) {
        for found in &cell.ranks {
            for (kind, counts) in [("truncated", found.truncated), ("reduced", found.reduced)] {
                let mut row =
                    vec![field(&cell.front_tap), field(&cell.end_tap), found.rank.to_string(), kind.to_owned()];
                row.extend(share_fields(Some((counts.correct, counts.total))));
                writer.write_record(row)?;
            }
        }
    }
    writer.flush().map_err(::csv::Error::from)?;
    Ok(())
}

/// Writes one row per probe, with a header; the rank is empty where a probe sees all directions.
///
/// # Errors
/// When `out` fails.
pub fn write_probes(probes: &[ProbeCount], out: impl Write) -> Result<(), CsvError> {
    let mut writer = Writer::from_writer(out);
    writer.write_record(header(&["donor", "tap", "rank"]))?;
    for probe in probes {
        let donor = if probe.role == Role::Front { "front" } else { "end" };
        let rank = probe.rank.map_or_else(String::new, |rank| rank.to_string());
        let mut row = vec![donor.to_owned(), field(&probe.tap), rank];
        row.extend(share_fields(Some((probe.clean.correct, probe.clean.total))));
        writer.write_record(row)?;
    }
    writer.flush().map_err(::csv::Error::from)?;
    Ok(())
}

fn header(first: &[&str]) -> Vec<String> {
    let counts = SHARE.iter().map(|part| if part.is_empty() { "correct".to_owned() } else { part[1..].to_owned() });
    first.iter().map(|name| (*name).to_owned()).chain(counts).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::samples;
    use super::*;

    #[test]
    fn rows_are_golden() {
        let mut bytes = Vec::new();
        let cells = samples::report().cells;
        write_ranks(&[cells.clone(), cells].concat(), &mut bytes).unwrap();
        let golden = "front_tap,end_tap,rank,kind,correct,total,low,high
layer1.0,layer1.0,4,truncated,300,1000,0.272407,0.329124
layer1.0,layer1.0,4,reduced,350,1000,0.321063,0.380085
";
        assert_eq!(String::from_utf8(bytes).unwrap(), golden);
        let probe = |role, rank| ProbeCount { role, tap: "layer1.0".to_owned(), rank, clean: samples::counts(300) };
        let mut bytes = Vec::new();
        write_probes(&[probe(Role::Front, None), probe(Role::End, Some(2))], &mut bytes).unwrap();
        let golden = "donor,tap,rank,correct,total,low,high
front,layer1.0,,300,1000,0.272407,0.329124
end,layer1.0,2,300,1000,0.272407,0.329124
";
        assert_eq!(String::from_utf8(bytes).unwrap(), golden);
    }
}
