//! Words that the bundled font can draw: any other character becomes a question mark, in every output alike.
//!
//! The names as they were given stay in the file's title, description and recipes.

use crate::font;
use crate::model::{Column, Figure, Panel};

/// The same figure with drawable words.
pub(crate) fn drawable(figure: &Figure) -> Figure {
    let mut figure = figure.clone();
    let ticks = |row: &mut crate::model::Row| {
        row.axis.ticks.iter_mut().for_each(|(_, label)| fix(label));
        fix(&mut row.title);
    };
    figure.rows.iter_mut().for_each(ticks);
    figure.columns.iter_mut().for_each(column);
    figure.caption.iter_mut().for_each(fix);
    fix(&mut figure.seed_label);
    figure
}

fn column(column: &mut Column) {
    fix(&mut column.title);
    fix(&mut column.x_title);
    column.categories.iter_mut().for_each(fix);
    column.panels.iter_mut().for_each(panel);
}

fn panel(panel: &mut Panel) {
    for line in &mut panel.references {
        fix(&mut line.label);
        fix(&mut line.tag);
    }
    panel.series.iter_mut().for_each(|series| fix(&mut series.label));
    panel.note.iter_mut().for_each(fix);
}

fn fix(words: &mut String) {
    if !words.chars().all(font::has) {
        *words = words.chars().map(|c| if font::has(c) { c } else { font::MISSING }).collect();
    }
}
