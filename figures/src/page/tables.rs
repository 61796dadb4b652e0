//! The tables of a report's page. A column in which nothing was measured is left out.

use std::fmt::Write as _;

use stitchscope_core::metrics::Share;
use stitchscope_core::report::{Cell, Counts, Report, Role};

use crate::compatibility::names;
use crate::svg::escape;

/// A column: its heading, and each row's words; `None` where it was not measured.
struct Column<'a, T> {
    title: &'a str,
    words: &'a dyn Fn(&T) -> Option<String>,
}

/// The networks before they were cut.
pub(super) fn donors(out: &mut String, report: &Report) {
    let role = |role| if role == Role::Front { "front" } else { "end" };
    table(
        out,
        "Networks before they were cut",
        &report.donors,
        &[
            Column { title: "network", words: &|donor| Some(format!("{}: {}", role(donor.role), donor.model)) },
            Column { title: "clean", words: &|donor| counts(donor.clean) },
            Column { title: "robust", words: &|donor| donor.robust.and_then(counts) },
            Column { title: "other images", words: &|donor| donor.also.and_then(counts) },
        ],
    );
}

/// The stitched networks, by the number that `stitchscope export --cell` takes.
pub(super) fn cells(out: &mut String, report: &Report) {
    let numbered: Vec<(usize, &Cell)> = report.cells.iter().enumerate().collect();
    let several = report.cells.iter().any(|cell| Some(cell.seed) != report.cells.first().map(|first| first.seed));
    table(
        out,
        "Stitched networks",
        &numbered,
        &[
            Column { title: "taps", words: &|(_, cell)| Some(names::tap(cell)) },
            Column { title: "cell", words: &|(number, _)| Some(number.to_string()) },
            Column { title: "seed", words: &|(_, cell)| several.then(|| cell.seed.to_string()) },
            Column { title: "clean", words: &|(_, cell)| counts(cell.clean) },
            Column { title: "robust", words: &|(_, cell)| cell.robust.and_then(counts) },
            Column { title: "other images", words: &|(_, cell)| cell.also.and_then(counts) },
            Column { title: "agreement", words: &|(_, cell)| cell.agreement.share().map(percent) },
            Column { title: "direct, clean", words: &|(_, cell)| counts(cell.direct.clean) },
            Column { title: "direct, robust", words: &|(_, cell)| cell.direct.robust.and_then(counts) },
            Column {
                title: "CKA (1 is the same)",
                words: &|(_, cell)| cell.cka.is_finite().then(|| format!("{:.3}", cell.cka)),
            },
            Column { title: "OOD", words: &|(_, cell)| cell.ood.map(|ood| format!("{:.2}", ood.auroc)) },
        ],
    );
}

/// What the cells are compared with.
pub(super) fn controls(out: &mut String, report: &Report) {
    table(
        out,
        "Controls",
        &report.controls,
        &[
            Column {
                title: "control",
                words: &|control| {
                    Some(format!("{}: {}", control.kind, names::joined(&control.front_tap, &control.end_tap)))
                },
            },
            Column { title: "seed", words: &|control| Some(control.seed.to_string()) },
            Column { title: "clean", words: &|control| counts(control.clean) },
            Column { title: "agreement", words: &|control| control.agreement.share().map(percent) },
            Column { title: "direct, clean", words: &|control| control.direct.and_then(counts) },
        ],
    );
}

fn counts(counts: Counts) -> Option<String> {
    counts.share().map(percent)
}

fn percent(share: Share) -> String {
    format!("{:.1} ± {:.1}", 100.0 * share.share, 100.0 * share.half_width())
}

/// Writes a table; nothing where it has no rows.
fn table<T>(out: &mut String, title: &str, rows: &[T], columns: &[Column<'_, T>]) {
    if rows.is_empty() {
        return;
    }
    let shown: Vec<&Column<'_, T>> =
        columns.iter().filter(|column| rows.iter().any(|row| (column.words)(row).is_some())).collect();
    let _ = write!(out, "<div class=\"wide\">\n<table>\n<caption>{}</caption>\n<thead><tr>", escape(title));
    for column in &shown {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(column.title));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for column in &shown {
            let words = (column.words)(row).unwrap_or_else(|| "–".to_owned());
            let _ = write!(out, "<td>{}</td>", escape(&words));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}
