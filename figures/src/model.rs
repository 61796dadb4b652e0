//! What a figure says, before anybody decides where it goes: panels, series, references, legend words, caption.
//!
//! Nothing here knows of studies or reports. Values are in data units; sizes come from the theme.

use crate::theme::{Ink, Theme};

/// A grid of panels: one [`Column`] per direction, one [`Row`] per measure; the x axis is shared down a column, the y axis
/// across a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Colours.
    pub theme: Theme,
    /// Width of the canvas in millimetres; it grows when the columns would be too narrow to read. Height follows.
    pub width_mm: f64,
    /// One line for screen readers and file managers; not drawn.
    pub title: String,
    /// The measures, top to bottom.
    pub rows: Vec<Row>,
    /// The directions, left to right.
    pub columns: Vec<Column>,
    /// What the single-seed marks are called in the legend, when any are drawn.
    pub seed_label: String,
    /// Labels of series and references that are not drawn; the legend has them in pale.
    pub hidden: Vec<String>,
    /// Paragraphs under the panels.
    pub caption: Vec<String>,
    /// Text that makes the figure's data again, one per report; stored inside the files, not drawn.
    pub recipes: Vec<String>,
}

/// A measure: heading and y axis of a row of panels.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Heading above the panels, unit included.
    pub title: String,
    /// The y axis.
    pub axis: Axis,
}

/// A linear axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Value at the lower end.
    pub min: f64,
    /// Value at the upper end.
    pub max: f64,
    /// (value, label), from low to high.
    pub ticks: Vec<(f64, String)>,
}

/// A direction: a categorical x axis and one panel per row.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Heading above the column.
    pub title: String,
    /// Names along the x axis, in order.
    pub categories: Vec<String>,
    /// What the categories are.
    pub x_title: String,
    /// As many as the figure has rows.
    pub panels: Vec<Panel>,
}

/// One plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Horizontal lines behind the series.
    pub references: Vec<Reference>,
    /// Drawn in order, later ones on top.
    pub series: Vec<Series>,
    /// Words in place of data, where there is none.
    pub note: Option<String>,
}

/// Values at the categories.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Words in the legend; equal words with an equal look are one legend entry.
    pub label: String,
    /// How it is drawn.
    pub look: Look,
    /// How intervals are drawn.
    pub spread: Spread,
    /// One per category; a missing value leaves a gap in the line.
    pub points: Vec<Option<Point>>,
    /// Single repetitions behind the points: (category index, value), drawn as small marks.
    pub repeats: Vec<(usize, f64)>,
}

/// A value with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Data units of the row's axis.
    pub y: f64,
    /// Lower and upper end.
    pub interval: Option<(f64, f64)>,
    /// The value in words, for people who point at it or hear it.
    pub words: String,
}

/// A horizontal line across a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Words in the legend.
    pub label: String,
    /// Short words at the line's right end.
    pub tag: String,
    /// How it is drawn.
    pub look: Look,
    /// Data units of the row's axis.
    pub y: f64,
    /// Lower and upper end.
    pub interval: Option<(f64, f64)>,
}

/// Colour, shape and dash: any one of the three is enough to tell series apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Colour by meaning.
    pub ink: Ink,
    /// Shape of the marks.
    pub shape: Shape,
    /// Filled marks, or outlines.
    pub filled: bool,
    /// Dash of the line.
    pub dash: Dash,
}

/// Shape of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The front donor's.
    Circle,
    /// The end donor's.
    Square,
    /// The stitched network's.
    Triangle,
    /// A further stitch's.
    TriangleDown,
    /// A likeness.
    Diamond,
    /// An agreement.
    Cross,
}

/// Dash of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    /// Unbroken.
    Solid,
    /// Long dashes.
    Dashed,
    /// Dots.
    Dotted,
    /// Dash, dot.
    DashDot,
}

/// How intervals are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// A whisker at each point.
    Bars,
    /// A pale band along the line, for many points.
    Band,
}

impl Figure {
    /// Says everything that is drawn, but for names, in other words; what is hidden stays so.
    pub fn reword(&mut self, say: impl Fn(&str) -> String) {
        let reword = |words: &mut String| *words = say(words);
        self.rows.iter_mut().for_each(|row| reword(&mut row.title));
        self.hidden.iter_mut().for_each(reword);
        reword(&mut self.seed_label);
        for column in &mut self.columns {
            reword(&mut column.x_title);
            for panel in &mut column.panels {
                panel.series.iter_mut().for_each(|series| reword(&mut series.label));
                panel.references.iter_mut().flat_map(|line| [&mut line.label, &mut line.tag]).for_each(reword);
                panel.note.iter_mut().for_each(reword);
            }
        }
    }

    /// The same figure without what is hidden.
    #[must_use]
    pub fn seen(&self) -> Self {
        let mut seen = self.clone();
        let without_seeds = self.hidden.contains(&self.seed_label);
        for panel in seen.columns.iter_mut().flat_map(|column| &mut column.panels) {
            panel.series.retain(|series| !self.hidden.contains(&series.label));
            panel.references.retain(|line| !self.hidden.contains(&line.label));
            panel.series.iter_mut().filter(|_| without_seeds).for_each(|series| series.repeats.clear());
        }
        seen
    }

    /// The same figure with one of its measures only.
    #[must_use]
    pub fn only(&self, row: usize) -> Self {
        let mut one = self.clone();
        let keep = |index: usize| index == row;
        one.rows = self.rows.iter().enumerate().filter(|(i, _)| keep(*i)).map(|(_, r)| r.clone()).collect();
        for column in &mut one.columns {
            let panels = std::mem::take(&mut column.panels);
            column.panels = panels.into_iter().enumerate().filter(|(i, _)| keep(*i)).map(|(_, p)| p).collect();
        }
        one
    }
}

impl Axis {
    /// Where `value` lies along the axis: 0 at `min`, 1 at `max`; values outside (or not numbers) are held at an end.
    #[must_use]
    pub fn position(&self, value: f64) -> f64 {
        let position = (value - self.min) / (self.max - self.min);
        if position.is_nan() { 0.0 } else { position.clamp(0.0, 1.0) }
    }
}

impl Dash {
    /// Lengths of strokes and gaps in points; empty for an unbroken line.
    #[must_use]
    pub const fn pattern(self) -> &'static [f64] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[4.5, 2.5],
            Self::Dotted => &[1.2, 2.2],
            Self::DashDot => &[7.0, 2.2, 1.2, 2.2],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_stay_on_the_axis() {
        let axis = Axis { min: 0.0, max: 100.0, ticks: Vec::new() };
        let places = [25.0, -3.0, 120.0, f64::NAN].map(|value| axis.position(value));
        assert_eq!(places, [0.25, 0.0, 1.0, 0.0]);
    }
}
