//! A laid-out figure: a few kinds of shape at their places, in points, y downwards.
//!
//! Any painter that can draw polylines, polygons and text can show a scene: the SVG writer does, a window can.

use super::font::{self, Weight};
use super::model::{Dash, Shape};
use crate::theme::Color;

/// Width of a tile's outline in points.
pub const TILE_EDGE: f64 = 0.5;

/// x to the right, y downwards, in points.
pub type Spot = (f64, f64);

/// A canvas and what lies on it, back to front.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Width in points.
    pub width: f64,
    /// Height in points.
    pub height: f64,
    /// Under everything.
    pub background: Color,
    /// Named groups, back to front.
    pub layers: Vec<Layer>,
    /// Where the plots of a figure lie; a map has none.
    pub plots: Vec<Plot>,
}

/// Where one panel of a figure lies, for who points into it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    /// The column of the figure.
    pub column: usize,
    /// The row of the figure.
    pub row: usize,
    /// Left and top.
    pub low: Spot,
    /// Right and bottom.
    pub high: Spot,
    /// How many equal slots lie along its x axis.
    pub categories: usize,
}

impl Plot {
    /// The slot of the x axis in which `spot` lies; absent outside the plot.
    #[must_use]
    pub fn category(&self, (x, y): Spot) -> Option<usize> {
        let inside = (self.low.0..self.high.0).contains(&x) && (self.low.1..=self.high.1).contains(&y);
        let share = (x - self.low.0) / (self.high.0 - self.low.0);
        let category = (share * self.categories as f64) as usize;
        (inside && category < self.categories).then_some(category)
    }

    /// Left and right of a slot of the x axis.
    #[must_use]
    pub fn slot(&self, category: usize) -> (f64, f64) {
        let width = (self.high.0 - self.low.0) / self.categories.max(1) as f64;
        let left = self.low.0 + width * category as f64;
        (left, left + width)
    }
}

/// Shapes that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// A name for people who open the file in an editor.
    pub name: String,
    /// Back to front.
    pub items: Vec<Item>,
}

/// One shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Joined straight strokes.
    Stroke {
        /// Two or more.
        points: Vec<Spot>,
        /// Stroke colour.
        color: Color,
        /// Stroke width in points.
        width: f64,
        /// Dash.
        dash: Dash,
    },
    /// A filled outline.
    Area {
        /// Three or more.
        points: Vec<Spot>,
        /// Fill colour.
        color: Color,
        /// 0..=1.
        opacity: f64,
    },
    /// A data mark.
    Mark(Mark),
    /// A field of a map.
    Tile(Tile),
    /// A line of text.
    Text(Text),
}

/// A field of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Left and top.
    pub low: Spot,
    /// Right and bottom.
    pub high: Spot,
    /// What fills it; absent: nothing, only an outline.
    pub fill: Option<Color>,
    /// Its outline.
    pub edge: Color,
    /// The value in words, shown when pointed at.
    pub words: String,
    /// What it stands for, where it can be opened: a place among the reports, and one in that report's cells.
    pub opens: Option<(usize, usize)>,
}

/// A data mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its shape.
    pub shape: Shape,
    /// Its middle.
    pub at: Spot,
    /// Its size in points.
    pub radius: f64,
    /// Its colour.
    pub color: Color,
    /// What fills it: its colour, or the background for an outline.
    pub fill: Color,
    /// Outline width in points.
    pub width: f64,
    /// The value in words, shown when pointed at.
    pub words: String,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The words.
    pub text: String,
    /// The anchor on the baseline.
    pub at: Spot,
    /// Which part of the text is at the anchor.
    pub anchor: Anchor,
    /// Degrees around the anchor; negative turns upwards.
    pub angle: f64,
    /// Font size in points.
    pub size: f64,
    /// Thickness.
    pub weight: Weight,
    /// Colour.
    pub color: Color,
    /// What the text is.
    pub role: Role,
}

/// Which part of a text is at its anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The first character.
    Start,
    /// The middle.
    Middle,
    /// The last character.
    End,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Above a column.
    ColumnTitle,
    /// Above a row of panels.
    RowTitle,
    /// A value on the y axis.
    YTick,
    /// A name on the x axis.
    XTick,
    /// What the x axis is.
    XTitle,
    /// At the right end of a reference line.
    Tag,
    /// In the legend.
    Legend,
    /// In place of data.
    Note,
    /// Under the panels.
    Caption,
}

impl Text {
    /// Its width, in points.
    #[must_use]
    pub fn length(&self) -> f64 {
        font::width(&self.text, self.size, self.weight)
    }

    /// The corners of the box around the text, turned with it.
    #[must_use]
    pub fn corners(&self) -> [Spot; 4] {
        let length = self.length();
        let left = match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -length / 2.0,
            Anchor::End => -length,
        };
        let (top, bottom) = (-font::ASCENT * self.size, font::DESCENT * self.size);
        let (sin, cos) = self.angle.to_radians().sin_cos();
        let turn = |(x, y): Spot| (self.at.0 + x * cos - y * sin, self.at.1 + x * sin + y * cos);
        [(left, top), (left + length, top), (left + length, bottom), (left, bottom)].map(turn)
    }
}

impl Mark {
    /// The outline of every shape but the circle, which has none.
    #[must_use]
    pub fn outline(&self) -> Vec<Spot> {
        let (x, y, r) = (self.at.0, self.at.1, self.radius);
        let around = |spots: &[Spot]| spots.iter().map(|(dx, dy)| (x + dx * r, y + dy * r)).collect();
        match self.shape {
            Shape::Circle => Vec::new(),
            Shape::Square => around(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Shape::Triangle => around(&[(0.0, -1.25), (1.08, 0.63), (-1.08, 0.63)]),
            Shape::TriangleDown => around(&[(0.0, 1.25), (-1.08, -0.63), (1.08, -0.63)]),
            Shape::Diamond => around(&[(0.0, -1.25), (1.0, 0.0), (0.0, 1.25), (-1.0, 0.0)]),
            Shape::Cross => around(&[(-0.85, -0.85), (0.85, 0.85), (-0.85, 0.85), (0.85, -0.85)]),
        }
    }
}

impl Item {
    /// Smallest and largest corner of the item, stroke width included.
    #[must_use]
    pub fn bounds(&self) -> (Spot, Spot) {
        let (points, grow) = match self {
            Self::Stroke { points, width, .. } => (points.clone(), width / 2.0),
            Self::Area { points, .. } => (points.clone(), 0.0),
            Self::Mark(mark) => (vec![mark.at], mark.radius * 1.25 + mark.width / 2.0),
            Self::Tile(tile) => (vec![tile.low, tile.high], TILE_EDGE / 2.0),
            Self::Text(text) => (text.corners().to_vec(), 0.0),
        };
        let start = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
        points.iter().fold(start, |(low, high), (x, y)| {
            ((low.0.min(x - grow), low.1.min(y - grow)), (high.0.max(x + grow), high.1.max(y + grow)))
        })
    }
}

impl Scene {
    /// Every item, back to front.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.layers.iter().flat_map(|layer| &layer.items)
    }

    /// Every text, in drawing order.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.items().filter_map(|item| if let Item::Text(text) = item { Some(text) } else { None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_in_a_plot_is_in_one_slot_of_its_axis() {
        let plot = Plot { column: 0, row: 0, low: (10.0, 0.0), high: (40.0, 20.0), categories: 3 };
        assert_eq!([10.0, 19.9, 20.1, 39.9].map(|x| plot.category((x, 5.0))), [Some(0), Some(0), Some(1), Some(2)]);
        assert_eq!([(9.0, 5.0), (40.0, 5.0), (20.0, -1.0)].map(|spot| plot.category(spot)), [None; 3]);
        assert_eq!(plot.slot(1), (20.0, 30.0));
        assert_eq!(Plot { categories: 0, ..plot }.category((20.0, 5.0)), None);
    }
}
