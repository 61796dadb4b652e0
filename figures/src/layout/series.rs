//! Series: intervals, lines with gaps where a value is missing, single repetitions, marks.
//!
//! Several series at one tap stand side by side, so that no whisker hides another.

use super::panel::Place;
use crate::model::{Dash, Point, Series, Spread};
use crate::scene::{Item, Mark, Spot};
use crate::theme::{FIGURE as SIZES, Tokens};

/// Size of a single repetition's mark, as a share of a whole mark.
pub(crate) const REPEAT: f64 = 0.62;
/// Share of a tap's slot by which neighbouring series stand apart, and its limit in points.
const DODGE: (f64, f64) = (0.2, 7.0);

/// One series with its places on the canvas.
struct Drawing<'a> {
    series: &'a Series,
    place: &'a Place<'a>,
    tokens: &'a Tokens,
    categories: usize,
    /// Shift of this series against the tap, in points.
    shift: f64,
    radius: f64,
}

pub(crate) fn draw(items: &mut Vec<Item>, all: &[Series], categories: usize, place: &Place<'_>, tokens: &Tokens) {
    let slot = place.x.length() / categories.max(1) as f64;
    let radius = (slot * 0.2).clamp(SIZES.mark_min, SIZES.mark);
    let step = (slot * DODGE.0).min(DODGE.1);
    let drawings: Vec<Drawing<'_>> = all
        .iter()
        .enumerate()
        .map(|(index, series)| {
            let shift = (index as f64 - (all.len() as f64 - 1.0) / 2.0) * step;
            Drawing { series, place, tokens, categories, shift, radius }
        })
        .collect();
    // All intervals lie under all lines, all lines under all marks.
    drawings.iter().for_each(|drawing| drawing.intervals(items));
    drawings.iter().for_each(|drawing| drawing.lines(items));
    drawings.iter().for_each(|drawing| drawing.repeats(items, step));
    drawings.iter().for_each(|drawing| drawing.marks(items));
}

impl Drawing<'_> {
    fn x(&self, index: usize) -> f64 {
        self.place.x.slot(index, self.categories) + self.shift
    }

    /// Neighbouring points without a gap between them.
    fn runs(&self) -> Vec<Vec<(f64, &Point)>> {
        let mut runs = vec![Vec::new()];
        for (index, point) in self.series.points.iter().enumerate() {
            match (point, runs.last_mut()) {
                (Some(point), Some(run)) => run.push((self.x(index), point)),
                _ => runs.push(Vec::new()),
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }

    fn intervals(&self, items: &mut Vec<Item>) {
        for run in self.runs() {
            if self.series.spread == Spread::Band && run.len() > 1 {
                self.band(items, &run);
            } else {
                run.iter().for_each(|(x, point)| self.whisker(items, *x, point));
            }
        }
    }

    fn band(&self, items: &mut Vec<Item>, run: &[(f64, &Point)]) {
        let edge = |pick: fn((f64, f64)) -> f64| {
            let ends = run.iter().filter_map(move |(x, point)| point.interval.map(|ends| (*x, pick(ends))));
            ends.map(|(x, value)| (x, self.place.height(value))).collect::<Vec<Spot>>()
        };
        let mut points = edge(|(low, _)| low);
        points.extend(edge(|(_, high)| high).into_iter().rev());
        if points.len() > 2 {
            items.push(Item::Area { points, color: self.tokens.mark(self.series.look.ink), opacity: SIZES.band });
        }
    }

    fn whisker(&self, items: &mut Vec<Item>, x: f64, point: &Point) {
        let Some((low, high)) = point.interval else {
            return;
        };
        let (low, high) = (self.place.height(low), self.place.height(high));
        let cap = SIZES.cap.min(self.radius);
        let color = self.tokens.mark(self.series.look.ink);
        for points in
            [vec![(x, low), (x, high)], vec![(x - cap, low), (x + cap, low)], vec![(x - cap, high), (x + cap, high)]]
        {
            items.push(Item::Stroke { points, color, width: SIZES.thin, dash: Dash::Solid });
        }
    }

    fn lines(&self, items: &mut Vec<Item>) {
        for run in self.runs().iter().filter(|run| run.len() > 1) {
            let points = run.iter().map(|(x, point)| (*x, self.place.height(point.y))).collect();
            let color = self.tokens.mark(self.series.look.ink);
            items.push(Item::Stroke { points, color, width: SIZES.line, dash: self.series.look.dash });
        }
    }

    /// Single repetitions stand on the outer side of their mean.
    fn repeats(&self, items: &mut Vec<Item>, step: f64) {
        let aside = (self.radius * (1.0 + REPEAT) * 1.15).min(step * 1.4);
        let aside = if self.shift < 0.0 { -aside } else { aside };
        for (index, value) in &self.series.repeats {
            if *index < self.categories {
                let at = (self.x(*index) + aside, self.place.height(*value));
                items.push(self.mark(at, self.radius * REPEAT, String::new()));
            }
        }
    }

    fn marks(&self, items: &mut Vec<Item>) {
        for (x, point) in self.runs().into_iter().flatten() {
            items.push(self.mark(
                (x, self.place.height(point.y)),
                self.radius,
                format!("{}: {}", self.series.label, point.words),
            ));
        }
    }

    fn mark(&self, at: Spot, radius: f64, words: String) -> Item {
        let look = self.series.look;
        let color = self.tokens.mark(look.ink);
        let fill = if look.filled { color } else { self.tokens.background };
        let width = (SIZES.line * 0.8).min(radius * 0.45);
        Item::Mark(Mark { shape: look.shape, at, radius, color, fill, width, words })
    }
}
