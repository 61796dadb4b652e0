//! Which cells of a study differ by more than chance? Stitched networks are tried on the same images, so each pair of cells is compared image by
//! image (McNemar's exact test), and the values are corrected for how many comparisons there are (Holm).

mod table;
#[cfg(test)]
mod tests;

use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::report::csv::CsvError;
use crate::report::{Report, Split};
use crate::statistics::{holm, mcnemar};
use crate::words::field;

pub use table::render;

/// Cells that are compared at most: all pairs of them are a table of half a million rows.
pub const MOST: usize = 1000;

/// Why cells cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A table of verdicts that is none.
    #[error("the verdicts of cell {cell} cannot be read ({why}); run the study again to make them anew")]
    Verdicts {
        /// The cell's number.
        cell: usize,
        /// The fault.
        why: String,
    },
    /// Cells of different images.
    #[error(
        "the verdicts of cells {first} and {second} are of different images; run the study again to make them anew"
    )]
    Images {
        /// The first cell.
        first: usize,
        /// The second.
        second: usize,
    },
    /// Too few or too many.
    #[error("{cells} cells were chosen, and 2 to {MOST} can be compared; choose them by --cells")]
    Count {
        /// How many.
        cells: usize,
    },
    /// A number without a cell.
    #[error("the report has {cells} cells, counted from 0; there is no cell {cell}")]
    NoCell {
        /// The number asked for.
        cell: usize,
        /// How many there are.
        cells: usize,
    },
}

/// What became of one image, as `verdicts/cell-N.csv` has it.
#[derive(Deserialize)]
struct Line {
    image: u64,
    label: u64,
    class: Option<u64>,
    verdict: String,
}

/// A cell's images: right or not, clean and attacked; `None` where the network gave no number or there was no attack.
struct Answers {
    images: Vec<u64>,
    clean: Vec<Option<bool>>,
    robust: Vec<Option<bool>>,
}

/// All comparisons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Layout of this structure as JSON: 1.
    pub schema: u32,
    /// The cells that were compared, by number, with their taps, seed and training.
    pub cells: Vec<Named>,
    /// How many tests the adjusted values are corrected for: all rows.
    pub tests: usize,
    /// One for each accuracy and pair of cells, the smallest value first.
    pub rows: Vec<Row>,
    /// Each cell against its front donor, clean, where the report says so: a family of tests of its own.
    pub fronts: Vec<Ahead>,
}

/// A cell against its front donor, which has a head of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ahead {
    /// The cell's number.
    pub cell: usize,
    /// Images that only the stitched network gets right.
    pub only_stitched: u64,
    /// Images that only the front donor gets right.
    pub only_front: u64,
    /// The exact test's value, in (0, 1].
    pub p: f64,
    /// The same, corrected for all cells of this list.
    pub adjusted: f64,
}

impl Ahead {
    /// Whether the stitched network is right more often than the front alone by more than chance, at 5 % for all cells together.
    #[must_use]
    pub fn more_than_chance(&self) -> bool {
        self.only_stitched > self.only_front && self.adjusted <= table::LEVEL
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its place in the report.
    pub cell: usize,
    /// Where the front was cut.
    pub front_tap: String,
    /// Where the end was cut.
    pub end_tap: String,
    /// Its seed.
    pub seed: u64,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// `clean` or `robust`.
    pub accuracy: &'static str,
    /// The first cell's number.
    pub first: usize,
    /// The second's.
    pub second: usize,
    /// Images on which both were tried.
    pub n: u64,
    /// Images that only the first gets right.
    pub only_first: u64,
    /// Images that only the second gets right.
    pub only_second: u64,
    /// Accuracy of the first less that of the second, in [-1, 1].
    pub difference: f64,
    /// The exact test's value, in (0, 1].
    pub p: f64,
    /// The same, corrected for all tests.
    pub adjusted: f64,
}

/// Compares all pairs of `chosen` cells, each given with the text of its `verdicts/cell-N.csv`.
///
/// # Errors
/// [`CompareError`] when verdicts cannot be read or are of different images, and with too few or too many cells.
pub fn compare(report: &Report, chosen: &[(usize, Vec<u8>)]) -> Result<Compared, CompareError> {
    if !(2..=MOST).contains(&chosen.len()) {
        return Err(CompareError::Count { cells: chosen.len() });
    }
    let (mut cells, mut answers, mut fronts) = (Vec::new(), Vec::new(), Vec::new());
    for (number, table) in chosen {
        let Some(cell) = report.cells.get(*number) else {
            return Err(CompareError::NoCell { cell: *number, cells: report.cells.len() });
        };
        let (front_tap, end_tap) = (cell.front_tap.clone(), cell.end_tap.clone());
        cells.push(Named { cell: *number, front_tap, end_tap, seed: cell.seed });
        fronts.extend(cell.against_front.map(|Split { only_stitched, only_front }| {
            let p = mcnemar(only_stitched, only_front);
            Ahead { cell: *number, only_stitched, only_front, p, adjusted: p }
        }));
        answers.push(read(*number, cell.robust.is_some(), table)?);
    }
    let mut rows = Vec::new();
    for (accuracy, of) in [("clean", clean as fn(&Answers) -> &[Option<bool>]), ("robust", robust)] {
        for (at, first) in answers.iter().enumerate() {
            for (by, second) in answers.iter().enumerate().skip(at + 1) {
                let (a, b) = (cells[at].cell, cells[by].cell);
                if first.images != second.images {
                    return Err(CompareError::Images { first: a, second: b });
                }
                rows.extend(row(accuracy, (a, of(first)), (b, of(second))));
            }
        }
    }
    let adjusted = holm(&rows.iter().map(|row| row.p).collect::<Vec<_>>());
    rows.iter_mut().zip(adjusted).for_each(|(row, value)| row.adjusted = value);
    rows.sort_by(|a, b| a.p.total_cmp(&b.p));
    let adjusted = holm(&fronts.iter().map(|front| front.p).collect::<Vec<_>>());
    fronts.iter_mut().zip(adjusted).for_each(|(front, value)| front.adjusted = value);
    Ok(Compared { schema: 1, cells, tests: rows.len(), rows, fronts })
}

fn clean(of: &Answers) -> &[Option<bool>] {
    &of.clean
}

fn robust(of: &Answers) -> &[Option<bool>] {
    &of.robust
}

/// One comparison; `None` without an image that both were tried on, as without an attack.
fn row(
    accuracy: &'static str,
    (first, of_first): (usize, &[Option<bool>]),
    (second, of_second): (usize, &[Option<bool>]),
) -> Option<Row> {
    let (mut n, mut only_first, mut only_second) = (0_u64, 0_u64, 0_u64);
    for (a, b) in of_first.iter().zip(of_second).filter_map(|(a, b)| a.zip(*b)) {
        n += 1;
        only_first += u64::from(a && !b);
        only_second += u64::from(b && !a);
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of images")]
    let difference = (only_first as f64 - only_second as f64) / n as f64;
    let p = mcnemar(only_first, only_second);
    (n > 0).then_some(Row { accuracy, first, second, n, only_first, only_second, difference, p, adjusted: p })
}

/// The table of a cell's images; an image that is wrong was attacked in vain only where there was an attack.
fn read(cell: usize, attacked: bool, table: &[u8]) -> Result<Answers, CompareError> {
    let mut answers = Answers { images: Vec::new(), clean: Vec::new(), robust: Vec::new() };
    for line in csv::Reader::from_reader(table).deserialize() {
        let Line { image, label, class, verdict } =
            line.map_err(|fault: csv::Error| CompareError::Verdicts { cell, why: fault.to_string() })?;
        answers.images.push(image);
        answers.clean.push(class.map(|class| class == label));
        answers.robust.push(match verdict.as_str() {
            "robust" if attacked => Some(true),
            "fooled" | "wrong" if attacked => Some(false),
            _ => None,
        });
    }
    Ok(answers)
}

/// Writes one row per comparison, with a header.
///
/// # Errors
/// When `out` fails.
pub fn write_csv(compared: &Compared, out: impl Write) -> Result<(), CsvError> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([
        "accuracy",
        "first",
        "second",
        "first_taps",
        "second_taps",
        "n",
        "only_first",
        "only_second",
        "difference",
        "p",
        "adjusted",
    ])?;
    for row in &compared.rows {
        let taps = |number: usize| {
            let of = compared.cells.iter().find(|named| named.cell == number);
            field(&of.map_or_else(String::new, |named| format!("{} > {}", named.front_tap, named.end_tap)))
        };
        writer.write_record([
            row.accuracy.to_owned(),
            row.first.to_string(),
            row.second.to_string(),
            taps(row.first),
            taps(row.second),
            row.n.to_string(),
            row.only_first.to_string(),
            row.only_second.to_string(),
            format!("{:.6}", row.difference),
            format!("{:e}", row.p),
            format!("{:e}", row.adjusted),
        ])?;
    }
    writer.flush().map_err(csv::Error::from)?;
    Ok(())
}
