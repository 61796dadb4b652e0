//! The comparisons as a table for the terminal.

use super::{Compared, Named, Row};
use crate::metrics::thousands;
use crate::report::table::layout::{Align, Column, elide, plain, render as columns};

/// Rows that a terminal is shown.
const SHOWN: usize = 40;
/// Columns for a cell's taps.
const TAPS: usize = 32;
/// Where a difference counts as one.
pub(super) const LEVEL: f64 = 0.05;

/// The comparisons as text, ending in a newline, the smallest values first.
#[must_use]
pub fn render(compared: &Compared) -> String {
    let Compared { cells, tests, rows, fronts, .. } = compared;
    let found = rows.iter().filter(|row| row.adjusted <= LEVEL).count();
    let mut out = format!(
        "{} cells, {} comparisons on the same images; {} differ at 5 % after correction for all of them\n\
         points: accuracy of the first less that of the second; only: images that only the one gets right\n\
         p: McNemar's exact test, two-sided; adjusted: by Holm for all {} tests\n\n",
        cells.len(),
        thousands(*tests as u64),
        thousands(found as u64),
        thousands(*tests as u64)
    );
    let shown = &rows[..rows.len().min(SHOWN)];
    let column =
        |title, align, text: &dyn Fn(&Row) -> String| Column { title, align, cells: shown.iter().map(text).collect() };
    out.push_str(&columns(&[
        column("accuracy", Align::Left, &|row| row.accuracy.to_owned()),
        column("first", Align::Left, &|row| named(cells, row.first)),
        column("second", Align::Left, &|row| named(cells, row.second)),
        column("points", Align::Right, &|row| format!("{:+.1}", 100.0 * row.difference)),
        column("only first", Align::Right, &|row| thousands(row.only_first)),
        column("only second", Align::Right, &|row| thousands(row.only_second)),
        column("n", Align::Right, &|row| thousands(row.n)),
        column("p", Align::Right, &|row| chance(row.p)),
        column("adjusted", Align::Right, &|row| chance(row.adjusted)),
    ]));
    if rows.len() > SHOWN {
        out.push_str(&format!("and {} more; --out writes all of them\n", thousands((rows.len() - SHOWN) as u64)));
    }
    if !fronts.is_empty() {
        let ahead = fronts.iter().filter(|front| front.more_than_chance());
        let ahead: Vec<String> = ahead
            .map(|f| format!("  {} ({} images against {})\n", named(cells, f.cell), f.only_stitched, f.only_front))
            .collect();
        out.push_str(&format!(
            "\ncells that are right more often than their front alone by more than chance: {} of {}\n{}",
            ahead.len(),
            fronts.len(),
            ahead.concat()
        ));
    }
    out
}

/// `3: layer1.0 > layer2.1, seed 0`.
fn named(cells: &[Named], number: usize) -> String {
    let Some(cell) = cells.iter().find(|cell| cell.cell == number) else { return number.to_string() };
    let several = cells.iter().any(|other| other.seed != cell.seed);
    let taps = match cell.front_tap == cell.end_tap {
        true => cell.front_tap.clone(),
        false => format!("{} > {}", cell.front_tap, cell.end_tap),
    };
    let seed = if several { format!(", seed {}", cell.seed) } else { String::new() };
    format!("{number}: {}{seed}", elide(&plain(&taps), TAPS))
}

/// Three digits, or a power where these would be zeros.
fn chance(p: f64) -> String {
    if p >= 0.001 { format!("{p:.3}") } else { format!("{p:.0e}") }
}
