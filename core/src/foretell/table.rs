//! The answer as a table for the terminal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Estimate, Foretold, Row};
use crate::metrics::thousands;
use crate::report::table::layout::{Align, Column, plain, render as columns};
use crate::similarity::MEASURES;

/// The answer as text, ending in a newline: a table for each stitch and accuracy, the best measure first.
#[must_use]
pub fn render(foretold: &Foretold) -> String {
    let Foretold { reports, cells, pairs, within, networks, seed, resamples, rows, .. } = foretold;
    let mut out = format!(
        "which measure foretells the stitch: {} pairs of taps, {} networks, {} cells, {} reports\n",
        thousands(*pairs as u64),
        networks.len(),
        thousands(*cells as u64),
        thousands(*reports as u64)
    );
    if *within > 0 {
        let _ = writeln!(out, "{within} of the pairs are within one network");
    }
    out.push_str(
        "rank correlation of closeness with accuracy: 1 = the measure orders pairs as their stitches turn out, 0 = it says nothing\n",
    );
    let _ = writeln!(
        out,
        "[low, high]: 95 %, bootstrap by network, {} resamples, seed {seed}",
        thousands(u64::from(*resamples))
    );
    let mut heads: Vec<(&str, &str, &str)> = Vec::new();
    for row in rows {
        let head = (row.stitch.as_str(), row.form.as_str(), row.accuracy);
        if !heads.contains(&head) {
            heads.push(head);
        }
    }
    let several = heads.iter().map(|head| head.1).collect::<BTreeSet<_>>().len() > 1;
    let mut notes: Vec<&str> = Vec::new();
    for (stitch, form, accuracy) in heads {
        let of = |row: &&Row| (row.stitch.as_str(), row.form.as_str(), row.accuracy) == (stitch, form, accuracy);
        let mut chosen: Vec<&Row> = rows.iter().filter(of).collect();
        // What has no value comes last.
        let rank = |row: &Row| row.kendall.map_or(f64::NEG_INFINITY, |found| found.value);
        chosen.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        let form = if several { format!(", form {}", plain(form)) } else { String::new() };
        let _ = write!(out, "\n{} stitch, {accuracy} accuracy{form}\n{}", plain(stitch), of_one(&chosen, &mut notes));
    }
    if !notes.is_empty() {
        out.push_str("\nnotes\n");
        notes.iter().enumerate().for_each(|(at, note)| {
            let _ = writeln!(out, "  {}  {}", at + 1, plain(note));
        });
    }
    out
}

fn of_one<'a>(rows: &[&'a Row], notes: &mut Vec<&'a str>) -> String {
    let mut marks = Vec::new();
    for row in rows {
        let mark = row.why.as_deref().map(|why| {
            notes.iter().position(|known| *known == why).unwrap_or_else(|| {
                notes.push(why);
                notes.len() - 1
            })
        });
        marks.push(mark.map_or_else(String::new, |at| (at + 1).to_string()));
    }
    let column = |title, align, text: &dyn Fn(&Row) -> String| Column {
        title,
        align,
        cells: rows.iter().map(|row| text(row)).collect(),
    };
    columns(&[
        column("measure", Align::Left, &|row| title(row.measure)),
        column("same is", Align::Right, &|row| row.same.to_string()),
        column("closer is", Align::Left, &|row| row.closer.to_owned()),
        column("Kendall", Align::Left, &|row| estimate(row.kendall)),
        column("Spearman", Align::Left, &|row| estimate(row.spearman)),
        column("n", Align::Right, &|row| thousands(row.n as u64)),
        column("networks", Align::Right, &|row| row.donors.to_string()),
        Column { title: "notes", align: Align::Left, cells: marks },
    ])
}

fn title(measure: &str) -> String {
    MEASURES.iter().find(|known| known.name == measure).map_or(measure, |known| known.title).to_owned()
}

fn estimate(found: Option<Estimate>) -> String {
    let Some(Estimate { value, low, high, .. }) = found else { return "-".to_owned() };
    match low.zip(high) {
        Some((low, high)) => format!("{value:+.2} [{low:+.2}, {high:+.2}]"),
        None => format!("{value:+.2}"),
    }
}
