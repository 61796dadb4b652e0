//! One legend for the whole figure: each label once, in the order in which it is first drawn, flowing over lines.

use crate::figure::font::{self, Weight};
use crate::figure::model::{Figure, Look};
use crate::figure::scene::{Anchor, Item, Layer, Mark, Role, Text};
use crate::theme::{FIGURE as SIZES, Tokens};

/// Length of the sample of a line.
const SAMPLE: f64 = 24.0;
/// Between two entries.
const APART: f64 = 16.0;

struct Entry {
    label: String,
    look: Look,
    /// A small mark alone, for single repetitions.
    lone: bool,
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
    let (left, right) = (SIZES.margin, width - SIZES.margin);
    let mut x = left;
    for (index, entry) in entries(figure).iter().enumerate() {
        if index == 0 {
            *y += SIZES.text;
        } else if x + entry.width() > right {
            x = left;
            *y += SIZES.text * SIZES.leading;
        }
        draw(&mut items, entry, (x, *y), right - x, figure.theme.tokens());
        x += entry.width() + APART;
    }
    if !items.is_empty() {
        *y += SIZES.gutter;
    }
    Layer {
        name: "legend".to_owned(),
        items,
    }
}

fn entries(figure: &Figure) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut add = |label: &str, look: Look, lone: bool| {
        if !entries
            .iter()
            .any(|entry| entry.label == label && (lone || entry.look == look))
        {
            entries.push(Entry {
                label: label.to_owned(),
                look,
                lone,
            });
        }
    };
    let panels = || {
        (0..figure.rows.len()).flat_map(|row| {
            figure
                .columns
                .iter()
                .filter_map(move |column| column.panels.get(row))
        })
    };
    for panel in panels() {
        panel
            .references
            .iter()
            .for_each(|line| add(&line.label, line.look, false));
        panel
            .series
            .iter()
            .for_each(|series| add(&series.label, series.look, false));
    }
    for series in panels()
        .flat_map(|panel| &panel.series)
        .filter(|series| !series.repeats.is_empty())
    {
        add(&figure.seed_label, series.look, true);
    }
    entries
}

fn draw(
    items: &mut Vec<Item>,
    entry: &Entry,
    (x, baseline): (f64, f64),
    room: f64,
    tokens: &Tokens,
) {
    let middle = baseline - font::MIDDLE * SIZES.text;
    let color = tokens.mark(entry.look.ink);
    let mut radius = SIZES.mark;
    if entry.lone {
        radius = SIZES.mark * super::series::REPEAT;
    } else {
        let points = vec![(x, middle), (x + SAMPLE, middle)];
        items.push(Item::Stroke {
            points,
            color,
            width: SIZES.line,
            dash: entry.look.dash,
        });
    }
    let fill = if entry.look.filled {
        color
    } else {
        tokens.background
    };
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
        color: tokens.text,
        role,
    }));
}
