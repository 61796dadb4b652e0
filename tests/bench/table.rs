//! Rows of the result, and their layout.

use std::fmt::Write;

use crate::child::Sample;

/// What a row compares with, if anything, and how often it should be slower than ours.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// Ours and the peer's repetitions, in pairs.
    pub pairs: Vec<(Sample, Option<Sample>)>,
    /// Least ratio of times that we want.
    pub target: Option<f64>,
    /// Set where the row sums up others: the ratio itself, by the clock and by the processors' time.
    pub summary: Option<(f64, f64)>,
    /// What the processes said.
    pub notes: Vec<String>,
}

impl Row {
    /// Median of the paired ratios, peer over ours: by the clock and by the processors' time.
    pub fn ratios(&self) -> Option<(f64, f64)> {
        let of = |time: fn(&Sample) -> f64| {
            let ratios = self.pairs.iter().filter_map(|(ours, peer)| Some(time(peer.as_ref()?) / time(ours).max(1e-9)));
            median(ratios.collect())
        };
        self.summary.or_else(|| Some((of(|s| s.seconds)?, of(|s| s.processor)?)))
    }
}

/// The middle value; the mean of both for an even count.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

/// The table: times are medians in milliseconds, ratios medians of pairs.
pub fn show(rows: &[Row]) -> String {
    let width = rows.iter().map(|r| r.what.len()).max().unwrap_or(0);
    let mut text = format!(
        "{:width$}  {:>9}  {:>9}  {:>7}  {:>7}  {:>7}  {:>15}  \n",
        "what", "ours ms", "peer ms", "ratio", "by cpu", "target", "peak MiB"
    );
    for row in rows {
        let ours = median(row.pairs.iter().map(|p| p.0.seconds).collect());
        let peer = median(row.pairs.iter().filter_map(|p| Some(p.1?.seconds)).collect());
        let ratios = row.ratios();
        let peak = |samples: Vec<Sample>| samples.iter().map(|s| s.peak_kib >> 10).max();
        let (a, b) =
            (peak(row.pairs.iter().map(|p| p.0).collect()), peak(row.pairs.iter().filter_map(|p| p.1).collect()));
        let peaks = match (a, b) {
            (Some(a), Some(b)) => format!("{a} / {b}"),
            (Some(a), None) => a.to_string(),
            _ => String::new(),
        };
        let verdict = match (ratios, row.target) {
            (Some((ratio, _)), Some(target)) if ratio >= target => "met",
            (Some(_), Some(_)) => "NOT met",
            _ => "",
        };
        let _ = writeln!(
            text,
            "{:width$}  {:>9}  {:>9}  {:>7}  {:>7}  {:>7}  {peaks:>15}  {verdict}",
            row.what,
            shown(ours.map(|s| s * 1e3), ""),
            shown(peer.map(|s| s * 1e3), ""),
            shown(ratios.map(|r| r.0), "x"),
            shown(ratios.map(|r| r.1), "x"),
            row.target.map_or_else(String::new, |t| format!("{t}x")),
        );
    }
    for row in rows {
        for note in &row.notes {
            let _ = writeln!(text, "{}: {note}", row.what);
        }
    }
    text
}

fn shown(value: Option<f64>, unit: &str) -> String {
    match value {
        None => "-".to_owned(),
        Some(v) if v < 100.0 => format!("{v:.2}{unit}"),
        Some(v) => format!("{v:.0}{unit}"),
    }
}
