//! One plot: grid, axis, reference lines, series, or a note where there is nothing to plot.

use super::{Span, references, series, small};
use crate::font;
use crate::model::{Axis, Dash, Panel};
use crate::scene::{Anchor, Item, Role, Spot};
use crate::theme::{Color, FIGURE as SIZES, Tokens};

/// Where a panel lies, and its y axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Left to right.
    pub(crate) x: Span,
    /// Top to bottom.
    pub(crate) y: Span,
    /// The values along `y`.
    pub(crate) axis: &'a Axis,
    /// The leftmost panel carries the y labels.
    pub(crate) first: bool,
}

impl Place<'_> {
    /// The height of a value on the canvas.
    pub(crate) fn height(&self, value: f64) -> f64 {
        self.y.end - self.axis.position(value) * self.y.length()
    }
}

/// Everything in one panel, back to front.
pub(crate) fn items(panel: &Panel, categories: usize, place: &Place<'_>, tokens: &Tokens) -> Vec<Item> {
    let mut items = Vec::new();
    grid(&mut items, categories, place, tokens);
    references::draw(&mut items, &panel.references, place, tokens);
    series::draw(&mut items, &panel.series, categories, place, tokens);
    if let Some(note) = &panel.note {
        let middle = ((place.x.start + place.x.end) / 2.0, (place.y.start + place.y.end) / 2.0);
        items.push(small(note, middle, Anchor::Middle, tokens.text_muted, Role::Note));
    }
    items
}

fn grid(items: &mut Vec<Item>, categories: usize, place: &Place<'_>, tokens: &Tokens) {
    let mut line = |from: Spot, to: Spot, color: Color, width: f64| {
        items.push(Item::Stroke { points: vec![from, to], color, width, dash: Dash::Solid });
    };
    let (x, y) = (place.x, place.y);
    for (value, _) in &place.axis.ticks {
        let height = place.height(*value);
        line((x.start, height), (x.end, height), tokens.grid, SIZES.hair);
        if place.first {
            line((x.start - SIZES.tick, height), (x.start, height), tokens.axis, SIZES.thin);
        }
    }
    for index in 0..categories {
        let at = x.slot(index, categories);
        line((at, y.start), (at, y.end), tokens.grid, SIZES.hair);
        line((at, y.end), (at, y.end + SIZES.tick), tokens.axis, SIZES.thin);
    }
    line((x.start, y.start), (x.start, y.end), tokens.axis, SIZES.thin);
    line((x.start, y.end), (x.end, y.end), tokens.axis, SIZES.thin);
    if place.first {
        for (value, label) in &place.axis.ticks {
            let at = (x.start - SIZES.tick - SIZES.gap * 0.5, place.height(*value) + font::MIDDLE * SIZES.small);
            items.push(small(label, at, Anchor::End, tokens.text_muted, Role::YTick));
        }
    }
}
