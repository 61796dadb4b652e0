//! Means over networks and seeds, with intervals that say over what: further seeds of the same networks, or networks that were not tried.

use std::fmt::Write as _;
use std::io::Write;

use serde::Serialize;

use super::pairs::{Pairs, gathered};
use super::{ForetellError, Settings};
use crate::metrics::thousands;
use crate::report::Report;
use crate::report::csv::CsvError;
use crate::report::table::layout::{Align, Column, elide, plain, render as columns};
use crate::statistics::Interval;
use crate::words::field;

/// Columns for a row's taps.
const TAPS: usize = 40;

/// Means of many reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Means {
    /// Layout of this structure as JSON: 1.
    pub schema: u32,
    /// Reports.
    pub reports: usize,
    /// The networks by the references that recipes give.
    pub networks: Vec<String>,
    /// Seed of the resamples.
    pub seed: u64,
    /// Resamples that were drawn.
    pub resamples: u32,
    /// One for each pair of taps, stitch and accuracy.
    pub rows: Vec<MeanRow>,
}

/// A mean over pairs of networks, each the mean over its seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeanRow {
    /// Where fronts were cut.
    pub front_tap: String,
    /// Where ends were cut.
    pub end_tap: String,
    /// `direct` for the least-squares stitch, otherwise the training.
    pub stitch: String,
    /// The recipe's form.
    pub form: String,
    /// `clean` or `robust`.
    pub accuracy: &'static str,
    /// The mean share, in [0, 1].
    pub mean: f64,
    /// Pairs of networks.
    pub n: usize,
    /// Networks in them.
    pub donors: usize,
    /// Cells: seeds of all pairs.
    pub cells: usize,
    /// Middle 95 % when the seeds of these pairs are drawn again; absent where no pair has two seeds.
    pub over_seeds: Option<[f64; 2]>,
    /// Middle 95 % when networks are drawn again, and seeds within them; absent with fewer than three networks.
    pub over_networks: Option<[f64; 2]>,
}

/// The means of all reports, each given with the name that errors give it.
///
/// # Errors
/// [`ForetellError`] when reports do not fit together or hold no cell.
pub fn means(reports: &[(String, Report)], settings: Settings) -> Result<Means, ForetellError> {
    let pairs = gathered(reports, settings.between)?;
    if pairs.of.is_empty() {
        return Err(ForetellError::Few { pairs: 0, least: 1, remedy: "give reports of studies that have cells" });
    }
    let mut taps: Vec<&(String, String)> = Vec::new();
    for pair in &pairs.of {
        if !taps.contains(&&pair.taps) {
            taps.push(&pair.taps);
        }
    }
    let mut rows = Vec::new();
    for outcome in 0..pairs.outcomes.len() {
        rows.extend(taps.iter().filter_map(|taps| row(&pairs, outcome, taps, settings)));
    }
    Ok(Means {
        schema: 1,
        reports: reports.len(),
        networks: pairs.networks,
        seed: settings.draws.seed,
        resamples: settings.draws.resamples,
        rows,
    })
}

fn row(pairs: &Pairs, outcome: usize, taps: &(String, String), settings: Settings) -> Option<MeanRow> {
    let chosen = pairs.of.iter().filter(|pair| pair.taps == *taps && pair.accuracy(outcome).is_some());
    let mut of: Vec<((usize, usize), &[f64])> = chosen.map(|p| (p.networks, p.repetitions(outcome))).collect();
    let mut seen: Vec<usize> = of.iter().flat_map(|((front, end), _)| [*front, *end]).collect();
    seen.sort_unstable();
    seen.dedup();
    let place = |network: usize| seen.binary_search(&network).unwrap_or(0);
    of.iter_mut().for_each(|(networks, _)| *networks = (place(networks.0), place(networks.1)));
    let each = |values: &[f64]| values.iter().sum::<f64>() / float(values.len());
    let mean = of.iter().map(|(_, values)| each(values)).sum::<f64>() / float(of.len());
    let ends = |found: Interval| [found.low, found.high];
    let several = of.iter().any(|(_, values)| values.len() > 1);
    let named = &pairs.outcomes[outcome];
    (!of.is_empty()).then(|| MeanRow {
        front_tap: taps.0.clone(),
        end_tap: taps.1.clone(),
        stitch: named.stitch.clone(),
        form: named.form.clone(),
        accuracy: named.accuracy,
        mean,
        n: of.len(),
        donors: seen.len(),
        cells: of.iter().map(|(_, values)| values.len()).sum(),
        over_seeds: several.then(|| settings.draws.nested(&of, None)).flatten().map(ends),
        over_networks: settings.draws.nested(&of, Some(seen.len())).map(ends),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of seeds and pairs")]
const fn float(count: usize) -> f64 {
    count as f64
}

impl Means {
    /// As a table for the terminal, ending in a newline.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out =
            format!("means over pairs of networks: {} networks, {} reports\n", self.networks.len(), self.reports);
        let _ = writeln!(
            out,
            "95 %, bootstrap, {} resamples, seed {}: over further seeds of these pairs; over networks, and seeds within them\n",
            thousands(u64::from(self.resamples)),
            self.seed
        );
        let column = |title, align, text: &dyn Fn(&MeanRow) -> String| Column {
            title,
            align,
            cells: self.rows.iter().map(text).collect(),
        };
        let taps = |row: &MeanRow| match row.front_tap == row.end_tap {
            true => plain(&row.front_tap),
            false => plain(&format!("{} > {}", row.front_tap, row.end_tap)),
        };
        let ends = |found: Option<[f64; 2]>| {
            found.map_or_else(|| "-".to_owned(), |[low, high]| format!("{:.1} to {:.1}", 100.0 * low, 100.0 * high))
        };
        out.push_str(&columns(&[
            column("stitch", Align::Left, &|row| plain(&row.stitch)),
            column("form", Align::Left, &|row| plain(&row.form)),
            column("accuracy", Align::Left, &|row| row.accuracy.to_owned()),
            column("taps", Align::Left, &|row| elide(&taps(row), TAPS)),
            column("mean %", Align::Right, &|row| format!("{:.1}", 100.0 * row.mean)),
            column("over seeds", Align::Right, &|row| ends(row.over_seeds)),
            column("over networks", Align::Right, &|row| ends(row.over_networks)),
            column("pairs", Align::Right, &|row| thousands(row.n as u64)),
            column("networks", Align::Right, &|row| row.donors.to_string()),
            column("cells", Align::Right, &|row| thousands(row.cells as u64)),
        ]));
        out
    }

    /// Writes one row per mean, with a header; what has no value is empty.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write_csv(&self, out: impl Write) -> Result<(), CsvError> {
        let mut writer = csv::Writer::from_writer(out);
        let mut header = vec!["front_tap", "end_tap", "stitch", "form", "accuracy", "mean", "n", "donors", "cells"];
        header.extend(["seeds_low", "seeds_high", "networks_low", "networks_high"]);
        writer.write_record(header)?;
        for row in &self.rows {
            let mut fields = [&row.front_tap, &row.end_tap, &row.stitch, &row.form].map(|text| field(text)).to_vec();
            fields.extend([row.accuracy.to_owned(), format!("{:.6}", row.mean)]);
            fields.extend([row.n, row.donors, row.cells].map(|count| count.to_string()));
            for found in [row.over_seeds, row.over_networks] {
                fields.extend([0, 1].map(|at| found.map_or_else(String::new, |ends| format!("{:.6}", ends[at]))));
            }
            writer.write_record(fields)?;
        }
        writer.flush().map_err(csv::Error::from)?;
        Ok(())
    }
}
