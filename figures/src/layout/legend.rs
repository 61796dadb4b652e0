//! One legend for the whole figure: each label once, in the order in which it is first drawn, flowing over lines.

use crate::font::{self, Weight};
use crate::model::{Figure, Look};
use crate::scene::{Anchor, Item, Layer, Mark, Role, Text};
use crate::theme::{FIGURE as SIZES, Tokens};

/// Length of the sample of a line.
const SAMPLE: f64 = 22.0;
/// Between two entries.
const APART: f64 = 12.0;

struct Entry {
    label: String,
    look: Look,
    /// A small mark alone, for single repetitions.
    lone: bool,
    /// In pale: the panels do not show it.
    hidden: bool,
}

impl Entry {
    fn sample(&self) -> f64 {
        if self.lone { SIZES.mark * 2.0 } else { SAMPLE }
    }

    fn width(&self) -> f64 {
        self.sample() + SIZES.gap + font::width(&self.label, SIZES.text, Weight::Regular)
    }
}

/// Draws the legend from `y` down and moves `y` below it.
pub(crate) fn layer(figure: &Figure, width: f64, y: &mut f64) -> Layer {
    let mut items = Vec::new();
    let room = width - 2.0 * SIZES.margin;
    for (index, line) in lines(entries(figure), room).iter().enumerate() {
        *y += SIZES.text * if index == 0 { 1.0 } else { SIZES.leading };
        let mut x = SIZES.margin;
        for entry in line {
            let rest = SIZES.margin + room - x;
            draw(&mut items, entry, (x, *y), rest, figure.theme.tokens());
            x += entry.width() + APART;
        }
    }
    if !items.is_empty() {
        *y += SIZES.gutter;
    }
    Layer { name: "legend".to_owned(), items }
}

/// As few lines as `room` allows, and those as even as they get: no entry is left alone for a hair's breadth.
fn lines(entries: Vec<Entry>, room: f64) -> Vec<Vec<Entry>> {
    let widths: Vec<f64> = entries.iter().map(Entry::width).collect();
    let fewest = breaks(&widths, room);
    let narrower = (1..=20).map(|step| room * (1.0 - f64::from(step) * 0.03));
    let even = narrower.map(|limit| breaks(&widths, limit)).take_while(|even| even.len() == fewest.len());
    let starts = even.last().unwrap_or(fewest);
    let mut lines: Vec<Vec<Entry>> = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        match lines.last_mut() {
            Some(line) if !starts.contains(&index) => line.push(entry),
            _ => lines.push(vec![entry]),
        }
    }
    lines
}

/// The entries that begin a line, when each line takes what fits.
fn breaks(widths: &[f64], limit: f64) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut filled = f64::INFINITY;
    for (index, width) in widths.iter().enumerate() {
        if filled + width > limit {
            starts.push(index);
            filled = 0.0;
        }
        filled += width + APART;
    }
    starts
}

fn entries(figure: &Figure) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut add = |label: &str, look: Look, lone: bool| {
        if !entries.iter().any(|entry| entry.label == label && (lone || entry.look == look)) {
            let hidden = figure.hidden.iter().any(|hidden| hidden == label);
            entries.push(Entry { label: label.to_owned(), look, lone, hidden });
        }
    };
    let panels = || {
        (0..figure.rows.len()).flat_map(|row| figure.columns.iter().filter_map(move |column| column.panels.get(row)))
    };
    for panel in panels() {
        panel.references.iter().for_each(|line| add(&line.label, line.look, false));
        panel.series.iter().for_each(|series| add(&series.label, series.look, false));
    }
    for series in panels().flat_map(|panel| &panel.series).filter(|series| !series.repeats.is_empty()) {
        add(&figure.seed_label, series.look, true);
    }
    entries
}

fn draw(items: &mut Vec<Item>, entry: &Entry, (x, baseline): (f64, f64), room: f64, tokens: &Tokens) {
    let middle = baseline - font::MIDDLE * SIZES.text;
    let color = if entry.hidden { tokens.grid } else { tokens.mark(entry.look.ink) };
    let mut radius = SIZES.mark;
    if entry.lone {
        radius = SIZES.mark * super::series::REPEAT;
    } else {
        let points = vec![(x, middle), (x + SAMPLE, middle)];
        items.push(Item::Stroke { points, color, width: SIZES.line, dash: entry.look.dash });
    }
    let fill = if entry.look.filled { color } else { tokens.background };
    let at = (x + entry.sample() / 2.0, middle);
    items.push(Item::Mark(Mark {
        shape: entry.look.shape,
        at,
        radius,
        color,
        fill,
        width: SIZES.line * 0.8,
        words: String::new(),
    }));
    let offset = entry.sample() + SIZES.gap;
    let (size, weight) = (SIZES.text, Weight::Regular);
    let text = font::shorten(&entry.label, size, weight, room - offset);
    let (anchor, role) = (Anchor::Start, Role::Legend);
    items.push(Item::Text(Text {
        text,
        at: (x + offset, baseline),
        anchor,
        angle: 0.0,
        size,
        weight,
        color: if entry.hidden { tokens.text_muted } else { tokens.text },
        role,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_takes_what_fits() {
        assert_eq!(breaks(&[40.0, 40.0, 40.0, 90.0], 100.0), [0, 2, 3]);
    }
}
