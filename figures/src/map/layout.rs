//! Where everything of a map goes: headings, fields, names of cuts, the scale of colour, the caption.

use super::{Bar, Field, Map, Panel};
use crate::font::{self, Weight};
use crate::layout::{small, write_caption};
use crate::scene::{Anchor, Item, Layer, Role, Scene, Text, Tile};
use crate::svg::PT_PER_MM;
use crate::theme::{FIGURE as SIZES, Tokens, words_on};

/// A field is at most so wide on paper, in points.
const LARGEST: f64 = 46.0;
/// On a screen a map may fill the room.
const LARGEST_ON_SCREEN: f64 = 96.0;
/// Below this a field cannot be seen.
const SMALLEST: f64 = 3.0;
/// The scale of colour.
const BAR: (f64, f64) = (9.0, 4.0);
/// Names of cuts are shortened to this width.
const NAME: f64 = 84.0;
/// Between two panels.
const APART: f64 = 22.0;

/// Sizes that hold for every panel.
struct Plan {
    side: f64,
    /// Room for the names of rows.
    left: f64,
    /// Room for the names of columns.
    below: f64,
    /// Room for the scale of colour.
    right: f64,
}

pub(super) fn lay_out(map: &Map, room: Option<(f64, f64)>) -> Scene {
    let tokens = map.theme.tokens();
    let width = room.map_or(map.width_mm * PT_PER_MM, |(width, _)| width).max(80.0);
    let plan = plan(map, width, room.map(|(_, height)| height));
    let mut layers = Vec::new();
    let top = SIZES.margin + SIZES.title + SIZES.gap * 2.0;
    let (mut x, mut lowest) = (SIZES.margin, top);
    for (number, panel) in map.panels.iter().enumerate() {
        let left = x + plan.left;
        let name = format!("map-{}", number + 1);
        layers.push(Layer { name, items: items(map, (number, panel), &plan, (left, top)) });
        x = left + plan.side * panel.columns.len() as f64 + APART;
        lowest = lowest.max(top + plan.side * panel.rows.len() as f64 + plan.below);
    }
    let rows = map.panels.iter().map(|panel| panel.rows.len()).max().unwrap_or(0);
    let height = (plan.side * rows as f64).clamp(60.0, 260.0);
    layers.push(Layer {
        name: "scale".to_owned(),
        items: scale(&map.bar, (x - APART + SIZES.gutter, top), height, tokens),
    });
    lowest = lowest.max(top + height);
    if room.is_none() {
        layers.push(write_caption(&map.caption, width, tokens, &mut lowest));
    }
    let width = width.max(x + plan.right);
    Scene { width, height: lowest + SIZES.margin, background: tokens.background, layers, plots: Vec::new() }
}

fn plan(map: &Map, width: f64, height: Option<f64>) -> Plan {
    let widest = |names: &mut dyn Iterator<Item = &String>| {
        names.map(|name| font::width(name, SIZES.small, Weight::Regular).min(NAME)).fold(0.0, f64::max)
    };
    let left = widest(&mut map.panels.iter().flat_map(|panel| &panel.rows)) + SIZES.gap * 2.0 + SIZES.small * 1.4;
    let below = widest(&mut map.panels.iter().flat_map(|panel| &panel.columns)) + SIZES.gap * 3.0 + SIZES.small * 1.4;
    let ticks = widest(&mut map.bar.ticks.iter().map(|(_, label)| label));
    let right = SIZES.gutter + BAR.0 + BAR.1 + ticks + SIZES.small * 1.8 + SIZES.margin;
    let columns: usize = map.panels.iter().map(|panel| panel.columns.len()).sum();
    let rows = map.panels.iter().map(|panel| panel.rows.len()).max().unwrap_or(0);
    let panels = map.panels.len().max(1) as f64;
    let across = width - SIZES.margin - panels * left - (panels - 1.0) * APART - right;
    let mut side = across / columns.max(1) as f64;
    if let Some(height) = height {
        let down = height - 2.0 * SIZES.margin - SIZES.title - 2.0 * SIZES.gap - below;
        side = side.min(down / rows.max(1) as f64);
    }
    let largest = if height.is_some() { LARGEST_ON_SCREEN } else { LARGEST };
    Plan { side: side.clamp(SMALLEST, largest), left, below, right }
}

fn items(map: &Map, (number, panel): (usize, &Panel), plan: &Plan, (x, y): (f64, f64)) -> Vec<Item> {
    let tokens = map.theme.tokens();
    let wide = plan.side * panel.columns.len() as f64;
    let high = plan.side * panel.rows.len() as f64;
    let title = font::shorten(&drawable(&panel.title), SIZES.title, Weight::SemiBold, (wide + plan.left).max(80.0));
    let at = (x - plan.left + SIZES.small * 1.4, y - SIZES.gap * 2.0);
    let mut items = vec![Item::Text(Text {
        text: title,
        at,
        anchor: Anchor::Start,
        angle: 0.0,
        size: SIZES.title,
        weight: Weight::SemiBold,
        color: tokens.text,
        role: Role::ColumnTitle,
    })];
    for field in &panel.fields {
        items.extend(tile(map, (number, field), plan.side, (x, y)));
    }
    let every = |count: usize| ((SIZES.small * 1.12 / plan.side).ceil() as usize).clamp(1, count.max(1));
    let middle = font::MIDDLE * SIZES.small;
    for (row, name) in panel.rows.iter().enumerate().step_by(every(panel.rows.len())) {
        let at = (x - SIZES.gap, y + plan.side * (row as f64 + 0.5) + middle);
        items.push(small(short(name), at, Anchor::End, tokens.text_muted, Role::YTick));
    }
    for (column, name) in panel.columns.iter().enumerate().step_by(every(panel.columns.len())) {
        let at = (x + plan.side * (column as f64 + 0.5) + middle, y + high + SIZES.gap);
        items.push(turned(short(name), at, Anchor::End, tokens, Role::XTick));
    }
    let at = (x - plan.left + SIZES.small, y + high / 2.0);
    items.push(turned("cut in the front".to_owned(), at, Anchor::Middle, tokens, Role::XTitle));
    let at = (x + wide / 2.0, y + high + plan.below - SIZES.gap);
    items.push(small("cut in the end", at, Anchor::Middle, tokens.text_muted, Role::XTitle));
    items
}

/// The field, and its number where it can be read.
fn tile(map: &Map, (number, field): (usize, &Field), side: f64, (x, y): (f64, f64)) -> Vec<Item> {
    let tokens = map.theme.tokens();
    let low = (x + side * field.column as f64, y + side * field.row as f64);
    let fill = field.position.map(|position| map.bar.ramp.at(position));
    let high = (low.0 + side, low.1 + side);
    let edge = if fill.is_some() { tokens.background } else { tokens.grid };
    let opens = field.cell.map(|cell| (number, cell));
    let mut items = vec![Item::Tile(Tile { low, high, fill, edge, words: field.words.clone(), opens })];
    let size = SIZES.text.min(side * 0.42).max(SIZES.small);
    if let Some(ground) = fill
        && font::width(&field.label, size, Weight::Regular) + 2.0 <= side
        && side >= size * 1.4
    {
        items.push(Item::Text(Text {
            text: field.label.clone(),
            at: (f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1) + font::MIDDLE * size),
            anchor: Anchor::Middle,
            angle: 0.0,
            size,
            weight: Weight::Regular,
            color: words_on(ground),
            role: Role::Tag,
        }));
    }
    items
}

/// Colours from bottom to top with their numbers, and what they say, upright beside them.
fn scale(bar: &Bar, (x, y): (f64, f64), height: f64, tokens: &Tokens) -> Vec<Item> {
    /// Steps that the eye takes for a smooth change.
    const STEPS: usize = 48;
    let step = height / STEPS as f64;
    let mut items = Vec::new();
    for index in 0..STEPS {
        let (top, color) = (y + height - step * (index + 1) as f64, bar.ramp.at((index as f64 + 0.5) / STEPS as f64));
        items.push(Item::Tile(Tile {
            low: (x, top),
            high: (x + BAR.0, top + step),
            fill: Some(color),
            edge: color,
            words: String::new(),
            opens: None,
        }));
    }
    let mut widest: f64 = 0.0;
    for (at, label) in &bar.ticks {
        let middle = y + height * (1.0 - at) + font::MIDDLE * SIZES.small;
        widest = widest.max(font::width(label, SIZES.small, Weight::Regular));
        let at = (x + BAR.0 + BAR.1, middle);
        items.push(small(label.clone(), at, Anchor::Start, tokens.text_muted, Role::YTick));
    }
    let title = font::shorten(&bar.title, SIZES.small, Weight::Regular, height.max(90.0));
    let at = (x + BAR.0 + BAR.1 + widest + SIZES.small * 1.4, y + height / 2.0);
    items.push(turned(title, at, Anchor::Middle, tokens, Role::Legend));
    items
}

fn turned(text: String, at: (f64, f64), anchor: Anchor, tokens: &Tokens, role: Role) -> Item {
    let (size, weight) = (SIZES.small, Weight::Regular);
    Item::Text(Text { text, at, anchor, angle: -90.0, size, weight, color: tokens.text_muted, role })
}

fn short(name: &str) -> String {
    font::shorten(&drawable(name), SIZES.small, Weight::Regular, NAME)
}

/// The words in characters that the bundled font has.
fn drawable(words: &str) -> String {
    words.chars().map(|c| if font::has(c) { c } else { font::MISSING }).collect()
}
