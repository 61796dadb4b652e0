//! From what a figure says to where everything goes: legend, column titles, rows of panels, x axis, caption, top to bottom.

mod caption;
mod columns;
mod drawable;
mod legend;
mod panel;
mod references;
mod series;
mod x_axis;

pub(crate) use caption::write_caption;

use super::font::{self, Weight};
use super::model::{Figure, Row};
use super::scene::{Anchor, Item, Layer, Plot, Role, Scene, Text};
use crate::theme::{Color, FIGURE as SIZES};
use columns::Columns;

/// Lower than this, in points, a panel cannot be read.
const LEAST_PANEL: f64 = 40.0;

/// An interval on one axis of the canvas, in points; `start <= end`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) start: f64,
    pub(crate) end: f64,
}

impl Span {
    pub(crate) fn length(self) -> f64 {
        self.end - self.start
    }

    /// The middle of slot `index` of `count` equal slots.
    pub(crate) fn slot(self, index: usize, count: usize) -> f64 {
        self.start + self.length() * (index as f64 + 0.5) / count.max(1) as f64
    }
}

/// Lays a figure out. Never fails: a figure without columns is its legend and caption.
#[must_use]
pub fn lay_out(figure: &Figure) -> Scene {
    lay_out_at(figure, None)
}

/// As [`lay_out`], with panels of a given height in points: on a screen, figures fill the room there is.
#[must_use]
pub fn lay_out_at(figure: &Figure, panel_height: Option<f64>) -> Scene {
    let figure = &drawable::drawable(figure);
    let mut columns = Columns::plan(figure);
    if let Some(height) = panel_height {
        columns.panel_height = height.max(LEAST_PANEL);
    }
    let tokens = figure.theme.tokens();
    let mut y = SIZES.margin;
    let mut layers = vec![legend::layer(figure, columns.width, &mut y), column_titles(figure, &columns, &mut y)];
    let (seen, mut plots) = (figure.seen(), Vec::new());
    for (index, row) in figure.rows.iter().enumerate() {
        if index > 0 {
            y += SIZES.gutter;
        }
        layers.push(row_title(figure, row, &columns, &mut y));
        let height = Span { start: y, end: y + columns.panel_height };
        for (number, column) in columns.plots.iter().enumerate() {
            if let Some(data) = seen.columns.get(number).and_then(|column| column.panels.get(index)) {
                let place = panel::Place { x: *column, y: height, axis: &row.axis, first: number == 0 };
                let categories = figure.columns[number].categories.len();
                let name = format!("panel-{}-{}", index + 1, number + 1);
                layers.push(Layer { name, items: panel::items(data, categories, &place, tokens) });
                let (low, high) = ((column.start, height.start), (column.end, height.end));
                plots.push(Plot { column: number, row: index, low, high, categories });
            }
        }
        y = height.end;
    }
    layers.push(x_axis::layer(figure, &columns, &mut y));
    layers.push(caption::layer(figure, columns.width, &mut y));
    Scene { width: columns.width, height: y + SIZES.margin, background: tokens.background, layers, plots }
}

fn column_titles(figure: &Figure, columns: &Columns, y: &mut f64) -> Layer {
    let mut items = Vec::new();
    if figure.columns.iter().any(|column| !column.title.is_empty()) {
        *y += SIZES.gap + SIZES.title;
        for (column, plot) in figure.columns.iter().zip(&columns.plots) {
            let limit = plot.length() + columns.tags;
            let text = font::shorten(&column.title, SIZES.title, Weight::SemiBold, limit);
            items.push(heading(text, (plot.start, *y), SIZES.title, figure.theme.tokens().text, Role::ColumnTitle));
        }
        *y += SIZES.gap * 1.5;
    }
    Layer { name: "column-titles".to_owned(), items }
}

fn row_title(figure: &Figure, row: &Row, columns: &Columns, y: &mut f64) -> Layer {
    *y += SIZES.text;
    let start = columns.plots.first().map_or(SIZES.margin, |plot| plot.start);
    let limit = columns.width - SIZES.margin - start;
    let text = font::shorten(&row.title, SIZES.text, Weight::SemiBold, limit);
    let item = heading(text, (start, *y), SIZES.text, figure.theme.tokens().text, Role::RowTitle);
    *y += SIZES.gap * 1.5;
    Layer { name: "heading".to_owned(), items: vec![item] }
}

fn heading(text: String, at: (f64, f64), size: f64, color: Color, role: Role) -> Item {
    Item::Text(Text { text, at, anchor: Anchor::Start, angle: 0.0, size, weight: Weight::SemiBold, color, role })
}

/// A small, regular, level text; most of a figure's words.
pub(crate) fn small(text: impl Into<String>, at: (f64, f64), anchor: Anchor, color: Color, role: Role) -> Item {
    let (size, weight) = (SIZES.small, Weight::Regular);
    Item::Text(Text { text: text.into(), at, anchor, angle: 0.0, size, weight, color, role })
}
