//! Names along the x axis: level where they fit, else turned, else thinned out; never overlapping.

use super::columns::Columns;
use super::{Span, small};
use crate::font::{self, Weight};
use crate::model::{Column, Figure};
use crate::scene::{Anchor, Item, Layer, Role, Text};
use crate::theme::{FIGURE as SIZES, Tokens};

/// Empty room between two names, in points.
const APART: f64 = 5.0;
/// Distance of two turned names across their direction, as a multiple of the font size.
const TURNED_STEP: f64 = 1.12;

/// How the names of a figure are set; one way for all columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Level,
    Slanted,
    Upright,
}

impl Turn {
    fn degrees(self) -> f64 {
        match self {
            Self::Level => 0.0,
            Self::Slanted => -45.0,
            Self::Upright => -90.0,
        }
    }
}

/// Draws names and axis titles from `y` (the axis) down and moves `y` below them.
pub(crate) fn layer(figure: &Figure, columns: &Columns, y: &mut f64) -> Layer {
    let tokens = figure.theme.tokens();
    let names: Vec<Vec<String>> = figure.columns.iter().map(short_names).collect();
    let pairs = || names.iter().zip(&columns.plots);
    let turn = pairs().map(|(names, plot)| choose(names, *plot)).max().unwrap_or(Turn::Level);
    let mut items = Vec::new();
    let top = *y + SIZES.tick + SIZES.gap * 0.5;
    for (names, plot) in pairs() {
        let step = thinning(names.len(), *plot, turn);
        for (index, name) in names.iter().enumerate().step_by(step) {
            items.push(tick(name, (plot.slot(index, names.len()), top), turn, tokens));
        }
    }
    let lowest = items.iter().map(|item| item.bounds().1.1).fold(top, f64::max);
    *y = lowest;
    if figure.columns.iter().any(|column| !column.x_title.is_empty()) {
        *y += SIZES.gap + SIZES.small;
        for (column, plot) in figure.columns.iter().zip(&columns.plots) {
            let text = font::shorten(&column.x_title, SIZES.small, Weight::Regular, plot.length() + columns.tags);
            let at = ((plot.start + plot.end) / 2.0, *y);
            items.push(small(text, at, Anchor::Middle, tokens.text_muted, Role::XTitle));
        }
    }
    Layer { name: "x-axis".to_owned(), items }
}

fn short_names(column: &Column) -> Vec<String> {
    column.categories.iter().map(|name| font::shorten(name, SIZES.small, Weight::Regular, SIZES.label_max)).collect()
}

/// The least turn at which every name fits, or upright, where names are then thinned out.
fn choose(names: &[String], plot: Span) -> Turn {
    let width = |name: &String| font::width(name, SIZES.small, Weight::Regular);
    let slot = plot.length() / names.len().max(1) as f64;
    let level = names.windows(2).all(|pair| (width(&pair[0]) + width(&pair[1])) / 2.0 + APART <= slot);
    let edges = [names.first(), names.last()].into_iter().flatten().all(|name| width(name) <= slot + 2.0 * APART);
    if level && edges {
        return Turn::Level;
    }
    // Slanted names reach down to the left: the first ones must not leave the canvas.
    let reach =
        |(index, name)| width(name) * Turn::Slanted.degrees().to_radians().cos() - plot.slot(index, names.len());
    let inside = names.iter().enumerate().all(|entry| reach(entry) <= -SIZES.margin);
    if inside && thinning(names.len(), plot, Turn::Slanted) == 1 { Turn::Slanted } else { Turn::Upright }
}

/// Every how many-th name is shown.
fn thinning(count: usize, plot: Span, turn: Turn) -> usize {
    let slot = plot.length() / count.max(1) as f64;
    let across = slot * turn.degrees().to_radians().sin().abs();
    if turn == Turn::Level { 1 } else { ((SIZES.small * TURNED_STEP / across).ceil() as usize).max(1) }
}

fn tick(name: &str, (x, top): (f64, f64), turn: Turn, tokens: &Tokens) -> Item {
    let (size, color, role) = (SIZES.small, tokens.text_muted, Role::XTick);
    let middle = font::MIDDLE * size;
    let (at, anchor) = match turn {
        Turn::Level => ((x, top + font::ASCENT * size), Anchor::Middle),
        Turn::Slanted => ((x + middle, top + middle + 1.0), Anchor::End),
        Turn::Upright => ((x + middle, top), Anchor::End),
    };
    Item::Text(Text {
        text: name.to_owned(),
        at,
        anchor,
        angle: turn.degrees(),
        size,
        weight: Weight::Regular,
        color,
        role,
    })
}
