//! A scene on a pixel map: every shape as the SVG writer says it, every letter as its outline.

use tiny_skia::{FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform};

use crate::font;
use crate::model::{Dash, Shape};
use crate::scene::{Anchor, Item, Mark, Scene, Spot, TILE_EDGE, Text, Tile};
use crate::theme::Color;

/// Where a scene is painted, and how its points become pixels.
struct Canvas<'a> {
    pixels: &'a mut Pixmap,
    to_pixels: Transform,
}

/// Paints every item of `scene`, back to front; `scale` is pixels per point.
pub(crate) fn scene(scene: &Scene, scale: f32, pixels: &mut Pixmap) {
    let mut canvas = Canvas { pixels, to_pixels: Transform::from_scale(scale, scale) };
    for item in scene.items() {
        canvas.item(item);
    }
}

impl Canvas<'_> {
    fn item(&mut self, item: &Item) {
        match item {
            Item::Stroke { points, color, width, dash } => self.line(points, *color, *width, *dash),
            Item::Area { points, color, opacity } => self.fill(polygon(points), *color, *opacity),
            Item::Mark(mark) => self.mark(mark),
            Item::Tile(tile) => self.tile(tile),
            Item::Text(text) => self.text(text),
        }
    }

    fn line(&mut self, points: &[Spot], color: Color, width: f64, dash: Dash) {
        let pattern: Vec<f32> = dash.pattern().iter().map(|length| *length as f32).collect();
        let line_join = if dash == Dash::Solid { LineJoin::Round } else { LineJoin::Miter };
        let stroke =
            Stroke { width: width as f32, line_join, dash: StrokeDash::new(pattern, 0.0), ..Stroke::default() };
        self.stroke(polyline(points), color, &stroke);
    }

    fn mark(&mut self, mark: &Mark) {
        let outline = mark.outline();
        let (path, line_join) = match mark.shape {
            Shape::Circle => {
                let (x, y) = mark.at;
                (PathBuilder::from_circle(x as f32, y as f32, mark.radius as f32), LineJoin::Miter)
            }
            Shape::Cross => (cross(&outline), LineJoin::Miter),
            Shape::Square | Shape::Triangle | Shape::TriangleDown | Shape::Diamond => {
                (polygon(&outline), LineJoin::Round)
            }
        };
        if mark.shape != Shape::Cross {
            self.fill(path.clone(), mark.fill, 1.0);
        }
        self.stroke(path, mark.color, &Stroke { width: mark.width as f32, line_join, ..Stroke::default() });
    }

    fn tile(&mut self, tile: &Tile) {
        let (low, high) = (tile.low, tile.high);
        let path =
            Rect::from_ltrb(low.0 as f32, low.1 as f32, high.0 as f32, high.1 as f32).map(PathBuilder::from_rect);
        if let Some(fill) = tile.fill {
            self.fill(path.clone(), fill, 1.0);
        }
        self.stroke(path, tile.edge, &Stroke { width: TILE_EDGE as f32, ..Stroke::default() });
    }

    fn text(&mut self, text: &Text) {
        let left = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -text.length() / 2.0,
            Anchor::End => -text.length(),
        };
        let place = Transform::from_rotate(text.angle as f32)
            .pre_translate(left as f32, 0.0)
            .post_translate(text.at.0 as f32, text.at.1 as f32);
        let outline = font::outline(&text.text, text.size, text.weight).and_then(|path| path.transform(place));
        self.fill(outline, text.color, 1.0);
    }

    /// What has no extent, or lies at no finite place, leaves nothing, as in an SVG.
    fn fill(&mut self, path: Option<Path>, color: Color, opacity: f64) {
        if let Some(path) = path {
            self.pixels.fill_path(&path, &paint(color, opacity), FillRule::Winding, self.to_pixels, None);
        }
    }

    fn stroke(&mut self, path: Option<Path>, color: Color, stroke: &Stroke) {
        if let Some(path) = path {
            self.pixels.stroke_path(&path, &paint(color, 1.0), stroke, self.to_pixels, None);
        }
    }
}

fn paint(color: Color, opacity: f64) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(color.r, color.g, color.b, (opacity.clamp(0.0, 1.0) * 255.0).round() as u8);
    paint
}

fn polyline(points: &[Spot]) -> Option<Path> {
    let mut path = PathBuilder::new();
    add(&mut path, points);
    path.finish()
}

fn polygon(points: &[Spot]) -> Option<Path> {
    let mut path = PathBuilder::new();
    add(&mut path, points);
    path.close();
    path.finish()
}

/// Two strokes of two points each.
fn cross(outline: &[Spot]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for stroke in outline.chunks(2) {
        add(&mut path, stroke);
    }
    path.finish()
}

fn add(path: &mut PathBuilder, points: &[Spot]) {
    for (place, (x, y)) in points.iter().enumerate() {
        if place == 0 {
            path.move_to(*x as f32, *y as f32);
        } else {
            path.line_to(*x as f32, *y as f32);
        }
    }
}
