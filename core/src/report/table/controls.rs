//! The controls of a report as a table of their own: a row per pair of taps, a column per kind.

use super::super::{ControlCell, Report};
use super::layout::{self, Align, Column};
use super::{LEAST_TAPS, joined, percent};

/// Every kind with the title of its column.
const KINDS: [(&str, &str); 5] = [
    ("identity", "identity %"),
    ("self-stitch", "end with itself %"),
    ("random-front", "random front %"),
    ("shuffled-labels", "shuffled labels %"),
    ("random-end", "random end %"),
];

/// The table behind a line that names it; nothing without controls.
pub(super) fn render(report: &Report) -> String {
    if report.controls.is_empty() {
        return String::new();
    }
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for cell in &report.cells {
        let pair = (cell.front_tap.as_str(), cell.end_tap.as_str());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let named = |pair: &(&str, &str)| joined(pair.0, pair.1, 2 * LEAST_TAPS);
    let mut columns = vec![Column { title: "taps", align: Align::Left, cells: pairs.iter().map(named).collect() }];
    for (kind, title) in KINDS {
        if report.controls.iter().any(|control| control.kind == kind) {
            let cells = pairs.iter().map(|pair| clean(report, kind, *pair)).collect();
            columns.push(Column { title, align: Align::Right, cells });
        }
    }
    format!("\ncontrols, clean: one thing changed on purpose\n{}", layout::render(&columns))
}

fn clean(report: &Report, kind: &str, (front, end): (&str, &str)) -> String {
    let belongs =
        |c: &&ControlCell| c.kind == kind && c.end_tap == end && (kind == "self-stitch" || c.front_tap == front);
    report.controls.iter().find(belongs).map_or_else(|| "-".to_owned(), |control| percent(control.clean.share()))
}
