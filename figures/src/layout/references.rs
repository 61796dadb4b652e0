//! Reference lines: dashed across the panel, with their interval as a pale band and their words at the right end.
//!
//! Lines may lie close together; the words are then pushed apart and joined to their lines by short leaders.

use super::columns::TAG_LEAD;
use super::panel::Place;
use super::small;
use crate::font;
use crate::model::{Dash, Reference};
use crate::scene::{Anchor, Item, Mark, Role};
use crate::theme::{FIGURE as SIZES, Tokens};

pub(crate) fn draw(items: &mut Vec<Item>, references: &[Reference], place: &Place<'_>, tokens: &Tokens) {
    let x = place.x;
    for line in references {
        if let Some((low, high)) = line.interval {
            let (low, high) = (place.height(low), place.height(high));
            let points = vec![(x.start, low), (x.end, low), (x.end, high), (x.start, high)];
            items.push(Item::Area { points, color: tokens.mark(line.look.ink), opacity: SIZES.band });
        }
    }
    for line in references {
        let height = place.height(line.y);
        let (color, dash) = (tokens.mark(line.look.ink), line.look.dash);
        items.push(Item::Stroke { points: vec![(x.start, height), (x.end, height)], color, width: SIZES.line, dash });
    }
    let wanted: Vec<f64> = references.iter().map(|line| place.height(line.y)).collect();
    let heights = spread(&wanted, SIZES.small * 1.2, (place.y.start, place.y.end));
    for ((line, from), to) in references.iter().zip(wanted).zip(heights) {
        tag(items, line, from, to, place, tokens);
    }
}

fn tag(items: &mut Vec<Item>, line: &Reference, from: f64, to: f64, place: &Place<'_>, tokens: &Tokens) {
    let (edge, color) = (place.x.end, tokens.mark(line.look.ink));
    let at = (edge + TAG_LEAD - SIZES.mark - SIZES.gap * 0.75, to);
    let points = vec![(edge, from), (edge + 2.0, from), at];
    items.push(Item::Stroke { points, color, width: SIZES.thin, dash: Dash::Solid });
    let fill = if line.look.filled { color } else { tokens.background };
    let words = format!("{}: {}", line.label, line.tag);
    items.push(Item::Mark(Mark {
        shape: line.look.shape,
        at,
        radius: SIZES.mark * 0.85,
        color,
        fill,
        width: SIZES.thin,
        words,
    }));
    let words = tokens.words(line.look.ink);
    items.push(small(&line.tag, (edge + TAG_LEAD, to + font::MIDDLE * SIZES.small), Anchor::Start, words, Role::Tag));
}

/// Moves `wanted` heights apart until neighbours are `step` from each other, inside `limits` while they fit there.
fn spread(wanted: &[f64], step: f64, limits: (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut heights = wanted.to_vec();
    // Neighbours that are too close share the push; a few rounds settle a chain.
    for _ in 0..wanted.len() * 4 {
        for pair in order.windows(2) {
            let short = step - (heights[pair[1]] - heights[pair[0]]);
            if short > 0.0 {
                heights[pair[0]] -= short / 2.0;
                heights[pair[1]] += short / 2.0;
            }
        }
    }
    let mut floor = limits.0;
    for index in &order {
        heights[*index] = heights[*index].max(floor);
        floor = heights[*index] + step;
    }
    let mut ceiling = limits.1;
    for index in order.iter().rev() {
        heights[*index] = heights[*index].min(ceiling);
        ceiling = heights[*index] - step;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_words_stay_and_near_words_part() {
        assert_eq!(spread(&[10.0, 50.0], 8.0, (0.0, 100.0)), [10.0, 50.0]);
        assert_eq!(spread(&[52.0, 50.0], 8.0, (0.0, 100.0)), [55.0, 47.0]);
    }

    #[test]
    fn words_at_an_edge_stay_inside() {
        let heights = spread(&[0.0, 1.0, 2.0], 8.0, (0.0, 100.0));
        assert!(
            (heights[0] - 0.0).abs() < 1e-9 && heights[1] - heights[0] >= 7.9 && heights[2] - heights[1] >= 7.9,
            "{heights:?}"
        );
        let heights = spread(&[99.0, 100.0], 8.0, (0.0, 100.0));
        assert!(heights[1] <= 100.0 && heights[1] - heights[0] >= 7.9, "{heights:?}");
    }
}
