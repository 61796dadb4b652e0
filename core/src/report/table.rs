//! The report as a table for the terminal, 100 columns wide unless the numbers need more.
//!
//! Shares stand as `71.3 ±2.8`: percent, and half of their 95 % interval. What holds for every row (the donors, the number of images) is
//! said once above it; warnings are numbered in the rows and spelled out below them.

mod controls;
pub(crate) mod layout;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::{Cell, Counts, Report, Role};
use crate::metrics::{Share, thousands};
use layout::{Align, Column, elide};

/// Columns of a terminal that the table tries to keep to.
const WIDTH: usize = 100;
/// Tap names are shortened to fit, but never below this many columns.
const LEAST_TAPS: usize = 20;
/// Columns for a donor's reference.
const MODEL: usize = 44;

/// The report as text, ending in a newline. The number of a cell is its place in `report.json`, from 0: what `export --cell` takes.
pub fn render(report: &Report) -> String {
    let notes = notes(&report.cells);
    let mut columns = columns(&report.cells, &notes);
    fit_taps(&mut columns, &report.cells);
    let tables = format!("{}{}", layout::render(&columns), controls::render(report));
    format!("{}{}\n{tables}{}", donors(report), images(report), footnotes(&notes))
}

/// One line per donor, aligned.
fn donors(report: &Report) -> String {
    let each = |text: fn(&super::Donor) -> String, title, align| {
        let cells = report.donors.iter().map(text).collect();
        Column { title, align, cells }
    };
    let columns = [
        each(|donor| role(donor.role).to_owned(), "", Align::Left),
        each(|donor| elide(&donor.model, MODEL), "", Align::Left),
        each(|donor| format!("clean {} %", percent(donor.clean.share())), "", Align::Left),
        each(|donor| donor.robust.map_or_else(String::new, robust), "", Align::Left),
        each(|donor| donor.also.map_or_else(String::new, also), "", Align::Left),
    ];
    layout::render_untitled(&columns)
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Front => "front",
        Role::End => "end",
    }
}

fn robust(counts: Counts) -> String {
    format!("robust {} %", percent(counts.share()))
}

fn also(counts: Counts) -> String {
    format!("also {} %", percent(counts.share()))
}

/// How many images everything was measured on, and how to read a row.
fn images(report: &Report) -> String {
    let donors = report.donors.iter().flat_map(|donor| [Some(donor.clean), donor.robust]);
    let cells = report
        .cells
        .iter()
        .flat_map(|cell| [Some(cell.clean), cell.robust, Some(cell.direct.clean), cell.direct.robust])
        .chain(report.cells.iter().filter_map(|cell| cell.transfer).flat_map(|t| [Some(t.front), Some(t.end)]));
    let totals: BTreeSet<u64> = donors.chain(cells).flatten().map(|counts| counts.total).collect();
    let n = match (totals.first(), totals.last()) {
        (Some(least), Some(most)) if least == most => thousands(*most),
        (Some(least), Some(most)) => format!("{} to {}", thousands(*least), thousands(*most)),
        _ => "0".to_owned(),
    };
    let mut text = format!("n = {n} images; ± is half of the 95 % interval\n");
    if report.cells.iter().any(|cell| cell.direct.robust.is_some()) {
        text.push_str("direct: the least-squares stitch, clean / robust\n");
    } else if !report.cells.is_empty() {
        text.push_str("direct: the least-squares stitch\n");
    }
    if report.cells.iter().any(|cell| cell.transfer.is_some()) {
        text.push_str("transfer: on images made to fool the front donor / the end donor\n");
    }
    if !report.cells.is_empty() {
        text.push_str("CKA of the two signals: 1 = same, higher is closer\n");
    }
    if report.cells.iter().any(|cell| cell.ood.is_some()) {
        text.push_str(
            "OOD: AUROC of telling stitched activations from the end's own by their distance; 0.5 is alike\n",
        );
    }
    text
}

/// Every column but the taps, which are fitted into what is left. A column that says the same or nothing in every row is left out.
fn columns(cells: &[Cell], notes: &[&str]) -> Vec<Column> {
    let each = |title, text: &dyn Fn(&Cell) -> String| Column {
        title,
        align: Align::Right,
        cells: cells.iter().map(text).collect(),
    };
    let numbers = (0..cells.len()).map(|number| number.to_string()).collect();
    let mut columns = vec![Column { title: "cell", align: Align::Right, cells: numbers }];
    if cells.iter().any(|cell| Some(cell.seed) != cells.first().map(|first| first.seed)) {
        columns.push(each("seed", &|cell| cell.seed.to_string()));
    }
    columns.push(each("clean %", &|cell| percent(cell.clean.share())));
    if cells.iter().any(|cell| cell.robust.is_some()) {
        columns.push(each("robust %", &|cell| {
            cell.robust.map_or_else(|| "-".to_owned(), |counts| percent(counts.share()))
        }));
    }
    if cells.iter().any(|cell| cell.also.is_some()) {
        columns
            .push(each("also %", &|cell| cell.also.map_or_else(|| "-".to_owned(), |counts| percent(counts.share()))));
    }
    if cells.iter().any(|cell| cell.transfer.is_some()) {
        columns.push(each("transfer %", &|cell| {
            cell.transfer.map_or_else(|| "-".to_owned(), |t| format!("{} / {:>4}", plain(t.front), plain(t.end)))
        }));
    }
    columns.push(each("agree %", &|cell| percent(cell.agreement.share())));
    columns.push(each("CKA", &|cell| if cell.cka.is_finite() { format!("{:.3}", cell.cka) } else { "-".to_owned() }));
    columns.push(each("direct %", &direct));
    if cells.iter().any(|cell| cell.ood.is_some()) {
        columns.push(each("OOD", &|cell| cell.ood.map_or_else(|| "-".to_owned(), |ood| format!("{:.2}", ood.auroc))));
    }
    if !notes.is_empty() {
        let marks = each("flags", &|cell| marks(cell, notes));
        columns.push(Column { align: Align::Left, ..marks });
    }
    columns
}

/// Puts the taps behind the cell's number, in the columns that the others leave.
fn fit_taps(columns: &mut Vec<Column>, cells: &[Cell]) {
    let room = WIDTH.saturating_sub(layout::width(columns) + layout::GAP).max(LEAST_TAPS);
    let taps = cells.iter().map(|cell| taps(cell, room)).collect();
    columns.insert(1, Column { title: "taps", align: Align::Left, cells: taps });
}

/// `layer1.0`, or `layer1.0 > layer2.1` where they differ.
fn taps(cell: &Cell, room: usize) -> String {
    joined(&cell.front_tap, &cell.end_tap, room)
}

fn joined(front: &str, end: &str, room: usize) -> String {
    const ARROW: &str = " > ";
    if front == end {
        return elide(front, room);
    }
    let both = format!("{front}{ARROW}{end}");
    if both.chars().count() <= room {
        return elide(&both, room);
    }
    let half = room.saturating_sub(ARROW.len()) / 2;
    format!("{}{ARROW}{}", elide(front, half), elide(end, half))
}

/// Percent without an interval.
fn plain(counts: Counts) -> String {
    counts.share().map_or_else(|| "-".to_owned(), |share| format!("{:.1}", 100.0 * share.share))
}

fn direct(cell: &Cell) -> String {
    match cell.direct.robust {
        Some(robust) => format!("{} / {:>4}", plain(cell.direct.clean), plain(robust)),
        None => plain(cell.direct.clean),
    }
}

fn percent(share: Option<Share>) -> String {
    share.map_or_else(
        || "-".to_owned(),
        |share| format!("{:.1} ±{:.1}", 100.0 * share.share, 100.0 * share.half_width()),
    )
}

/// The distinct flags, in the order of their first cell.
fn notes(cells: &[Cell]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let all = cells.iter().flat_map(|cell| &cell.flags);
    all.map(String::as_str).filter(|flag| seen.insert(*flag)).collect()
}

fn marks(cell: &Cell, notes: &[&str]) -> String {
    let numbers = cell.flags.iter().filter_map(|flag| notes.iter().position(|note| note == flag));
    numbers.map(|index| (index + 1).to_string()).collect::<Vec<_>>().join(",")
}

fn footnotes(notes: &[&str]) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let lines: String =
        notes.iter().enumerate().map(|(index, note)| format!("  {}  {}\n", index + 1, layout::plain(note))).collect();
    format!("\nflags\n{lines}")
}
