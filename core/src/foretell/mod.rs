//! Which measure of likeness foretells what a stitch will do? Over all pairs of taps of the reports of a sweep, the rank correlation of
//! each measure with the accuracy of the stitches, with intervals that take the networks as the sample.
//!
//! A *pair* is a front and an end network, by content, with a tap of each. Its measures are those of its cells, its accuracies the means
//! over them, so that seeds count once. Measures are turned so that higher is closer: a correlation of 1 says that the measure puts
//! the pairs into the order in which their stitches succeed, 0 that it says nothing, -1 that it puts them into the opposite order.

mod means;
mod pairs;
mod table;
#[cfg(test)]
mod tests;

use std::io::Write;

use serde::Serialize;

use crate::report::Report;
use crate::report::csv::CsvError;
use crate::similarity::{MEASURES, Measure};
use crate::statistics::{Bootstrap, Interval, kendall, spearman};
use crate::words::field;
use pairs::{Pairs, gathered};

pub use means::{MeanRow, Means, means};
pub use table::render;

/// Why reports cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum ForetellError {
    /// A report whose recipe cannot be read.
    #[error(
        "{report}: the recipe in it cannot be read ({why}); it was changed by hand or damaged: run its study again"
    )]
    Recipe {
        /// Its name.
        report: String,
        /// The fault.
        why: String,
    },
    /// Reports that differ in what must be equal.
    #[error("{first} and {second} differ in {what}, so that their accuracies cannot be put into one order; {remedy}")]
    Differ {
        /// The report before.
        first: String,
        /// The one that differs from it.
        second: String,
        /// What differs.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Nothing to correlate.
    #[error("there are {pairs} pairs of taps in the reports, and {least} or more are needed; {remedy}")]
    Few {
        /// Pairs that are there.
        pairs: usize,
        /// Pairs that are needed.
        least: usize,
        /// What to do.
        remedy: &'static str,
    },
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The resamples of networks.
    pub draws: Bootstrap,
    /// Leave out pairs within one network.
    pub between: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Foretold {
    /// Layout of this structure as JSON: 1.
    pub schema: u32,
    /// Reports.
    pub reports: usize,
    /// Cells in them.
    pub cells: usize,
    /// Pairs of taps, seeds counted once.
    pub pairs: usize,
    /// Of these, pairs within one network.
    pub within: usize,
    /// The networks by the references that recipes give; in the resamples each is one unit.
    pub networks: Vec<String>,
    /// Seed of the resamples.
    pub seed: u64,
    /// Resamples that were drawn.
    pub resamples: u32,
    /// One for each stitch, accuracy and measure.
    pub rows: Vec<Row>,
}

/// One measure against one accuracy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// `direct` for the least-squares stitch, otherwise the training: `task`, `match`, ...
    pub stitch: String,
    /// The recipe's form.
    pub form: String,
    /// `clean` or `robust`.
    pub accuracy: &'static str,
    /// The report's field that holds the measure.
    pub measure: &'static str,
    /// The measure between a signal and itself.
    pub same: f64,
    /// `higher` or `lower`: which way the measure goes when signals become more alike. Correlations are of the measure turned to `higher`.
    pub closer: &'static str,
    /// Pairs that have both numbers.
    pub n: usize,
    /// Networks in these pairs.
    pub donors: usize,
    /// Kendall's tau-b; absent where it has no value.
    pub kendall: Option<Estimate>,
    /// Spearman's rank correlation; absent where it has no value.
    pub spearman: Option<Estimate>,
    /// Pairs that have the accuracy but not the measure.
    pub without: usize,
    /// Why there is no value or no interval, or why pairs are without the measure.
    pub why: Option<String>,
}

/// A correlation with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// In [-1, 1].
    pub value: f64,
    /// Lower end of the interval; absent with fewer than three networks.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Resamples that had a value.
    pub resamples: usize,
}

/// The correlations over all pairs of the reports, each with the name that errors give it.
///
/// # Errors
/// [`ForetellError`] when reports do not fit together or hold fewer than three pairs.
pub fn foretell(reports: &[(String, Report)], settings: Settings) -> Result<Foretold, ForetellError> {
    let pairs = gathered(reports, settings.between)?;
    if pairs.of.len() < 3 {
        let remedy = match settings.between {
            true => "give reports of more networks or taps, or allow pairs within one network",
            false => "give the reports of a sweep, or of a study with more taps",
        };
        return Err(ForetellError::Few { pairs: pairs.of.len(), least: 3, remedy });
    }
    let mut rows = Vec::new();
    for outcome in 0..pairs.outcomes.len() {
        rows.extend((0..MEASURES.len()).filter_map(|at| row(&pairs, outcome, at, settings.draws)));
    }
    let within = pairs.of.iter().filter(|pair| pair.networks.0 == pair.networks.1).count();
    let Bootstrap { seed, resamples } = settings.draws;
    Ok(Foretold {
        schema: 1,
        reports: reports.len(),
        cells: reports.iter().map(|(_, report)| report.cells.len()).sum(),
        pairs: pairs.of.len(),
        within,
        networks: pairs.networks.clone(),
        seed,
        resamples,
        rows,
    })
}

/// One measure against one accuracy; `None` where no pair has the measure and none of them says why.
fn row(pairs: &Pairs, outcome: usize, at: usize, draws: Bootstrap) -> Option<Row> {
    let measure: &Measure = &MEASURES[at];
    let (mut x, mut y, mut networks) = (Vec::new(), Vec::new(), Vec::new());
    let (mut without, mut reason) = (0, None);
    for pair in &pairs.of {
        let Some(accuracy) = pair.accuracy(outcome) else { continue };
        match pair.measures[at].mean() {
            Some(value) => {
                x.push(measure.closer.closeness(value));
                y.push(accuracy);
                networks.push(pair.networks);
            }
            None => {
                without += 1;
                reason = reason.or_else(|| pair.why(measure.name));
            }
        }
    }
    if x.is_empty() && reason.is_none() {
        return None;
    }
    let mut seen: Vec<usize> = networks.iter().flat_map(|(front, end)| [*front, *end]).collect();
    seen.sort_unstable();
    seen.dedup();
    let numbered = |network: usize| seen.binary_search(&network).unwrap_or(0);
    let networks: Vec<_> = networks.iter().map(|(front, end)| (numbered(*front), numbered(*end))).collect();
    let estimate = |of: fn(&[f64], &[f64]) -> Option<f64>| {
        let value = (x.len() >= 3).then(|| of(&x, &y)).flatten()?;
        let mut of_chosen = |chosen: &[usize]| {
            let pick = |all: &[f64]| chosen.iter().map(|place| all[*place]).collect::<Vec<_>>();
            of(&pick(&x), &pick(&y))
        };
        let interval = draws.by_network(&networks, seen.len(), &mut of_chosen);
        Some(Estimate::new(value, interval))
    };
    let (kendall, spearman) = (estimate(kendall), estimate(spearman));
    let said = match (&kendall, without) {
        (_, 1..) => {
            Some(format!("{without} of the pairs without it: {}", reason.unwrap_or_else(|| "not measured".to_owned())))
        }
        (None, _) if x.len() < 3 => Some("fewer than three pairs have both numbers".to_owned()),
        (None, _) => Some("one of the two is the same for all pairs".to_owned()),
        (Some(found), _) if found.low.is_none() && seen.len() < 3 => {
            Some("no interval: it takes three networks or more".to_owned())
        }
        (Some(found), _) if found.low.is_none() => Some("no interval: most resamples had no value".to_owned()),
        _ => None,
    };
    let named = &pairs.outcomes[outcome];
    Some(Row {
        stitch: named.stitch.clone(),
        form: named.form.clone(),
        accuracy: named.accuracy,
        measure: measure.name,
        same: measure.same,
        closer: measure.closer.word(),
        n: x.len(),
        donors: seen.len(),
        kendall,
        spearman,
        without,
        why: said,
    })
}

impl Estimate {
    fn new(value: f64, interval: Option<Interval>) -> Self {
        Self {
            value,
            low: interval.map(|found| found.low),
            high: interval.map(|found| found.high),
            resamples: interval.map_or(0, |found| found.resamples),
        }
    }
}

/// Writes one row per stitch, accuracy and measure, with a header; what has no value is empty.
///
/// # Errors
/// When `out` fails.
pub fn write_csv(foretold: &Foretold, out: impl Write) -> Result<(), CsvError> {
    let mut writer = csv::Writer::from_writer(out);
    let mut header = vec!["stitch", "form", "accuracy", "measure", "same", "closer", "n", "donors"];
    header.extend(["kendall", "kendall_low", "kendall_high", "spearman", "spearman_low", "spearman_high"]);
    header.extend(["without", "why"]);
    writer.write_record(header)?;
    for row in &foretold.rows {
        let mut fields = vec![field(&row.stitch), field(&row.form), row.accuracy.to_owned(), row.measure.to_owned()];
        fields.extend([row.same.to_string(), row.closer.to_owned(), row.n.to_string(), row.donors.to_string()]);
        for estimate in [row.kendall, row.spearman] {
            let parts = [estimate.map(|e| e.value), estimate.and_then(|e| e.low), estimate.and_then(|e| e.high)];
            fields.extend(parts.map(|part| part.map_or_else(String::new, |value| format!("{value:.6}"))));
        }
        fields.extend([row.without.to_string(), field(row.why.as_deref().unwrap_or_default())]);
        writer.write_record(fields)?;
    }
    writer.flush().map_err(csv::Error::from)?;
    Ok(())
}
