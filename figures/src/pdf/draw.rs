//! The pen: a scene's shapes and lines of text on a page, as the SVG writer and the pixel painter have them.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};

use crate::font::{self, Weight};
use crate::model::{Dash, Shape};
use crate::scene::{Anchor, Item, Mark, Spot, TILE_EDGE, Text, Tile};
use crate::theme::Color;

/// From the middle of a circle's quarter to its control points, as a share of the radius.
const ARC: f32 = 0.552_285;

/// Both faces of the bundled font.
pub(super) struct Fonts {
    regular: Font,
    semi_bold: Font,
}

impl Fonts {
    pub(super) fn new() -> Option<Self> {
        let font = |weight: Weight| Font::new(weight.bytes().into(), 0);
        Some(Self { regular: font(Weight::Regular)?, semi_bold: font(Weight::SemiBold)? })
    }

    fn of(&self, weight: Weight) -> Font {
        match weight {
            Weight::Regular => self.regular.clone(),
            Weight::SemiBold => self.semi_bold.clone(),
        }
    }
}

/// A page that is drawn on.
pub(super) struct Pen<'a> {
    pub(super) surface: Surface<'a>,
    pub(super) fonts: &'a Fonts,
}

fn ink(color: Color) -> rgb::Color {
    rgb::Color::new(color.r, color.g, color.b)
}

fn point((x, y): Spot) -> (f32, f32) {
    (x as f32, y as f32)
}

/// Words that the font draws; others become question marks, as in every output.
pub(super) fn drawable(words: &str) -> String {
    words.chars().map(|letter| if font::has(letter) { letter } else { font::MISSING }).collect()
}

impl Pen<'_> {
    /// Ends the page's drawing.
    pub(super) fn finish(self) {
        self.surface.finish();
    }

    pub(super) fn item(&mut self, item: &Item) {
        match item {
            Item::Stroke { points, color, width, dash } => {
                let pattern: Vec<f32> = dash.pattern().iter().map(|length| *length as f32).collect();
                let join = if *dash == Dash::Solid { LineJoin::Round } else { LineJoin::Miter };
                self.stroke(polyline(points, false).as_ref(), *color, *width, join, pattern);
            }
            Item::Area { points, color, opacity } => self.fill(polyline(points, true).as_ref(), *color, *opacity),
            Item::Mark(mark) => self.mark(mark),
            Item::Tile(tile) => self.tile(tile),
            Item::Text(text) => self.text(text),
        }
    }

    fn mark(&mut self, mark: &Mark) {
        let outline = mark.outline();
        let (paths, join) = match mark.shape {
            Shape::Circle => (vec![circle(mark.at, mark.radius as f32)], LineJoin::Miter),
            Shape::Cross => (outline.chunks(2).map(|stroke| polyline(stroke, false)).collect(), LineJoin::Miter),
            Shape::Square | Shape::Triangle | Shape::TriangleDown | Shape::Diamond => {
                (vec![polyline(&outline, true)], LineJoin::Round)
            }
        };
        for path in paths {
            if mark.shape != Shape::Cross {
                self.fill(path.as_ref(), mark.fill, 1.0);
            }
            self.stroke(path.as_ref(), mark.color, mark.width, join, Vec::new());
        }
    }

    fn tile(&mut self, tile: &Tile) {
        let ((left, top), (right, bottom)) = (point(tile.low), point(tile.high));
        let path = rectangle(left, top, right - left, bottom - top);
        if let Some(fill) = tile.fill {
            self.fill(path.as_ref(), fill, 1.0);
        }
        self.stroke(path.as_ref(), tile.edge, TILE_EDGE, LineJoin::Miter, Vec::new());
    }

    fn text(&mut self, text: &Text) {
        let left = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -text.length() / 2.0,
            Anchor::End => -text.length(),
        };
        let (x, y) = point(text.at);
        self.surface.push_transform(&Transform::from_translate(x, y));
        self.surface.push_transform(&Transform::from_rotate(text.angle as f32));
        self.words(&text.text, (left as f32, 0.0), text.size, text.weight, text.color);
        self.surface.pop();
        self.surface.pop();
    }

    /// One line of text, its baseline beginning at `at`.
    pub(super) fn words(&mut self, words: &str, at: (f32, f32), size: f64, weight: Weight, color: Color) {
        let Ok(font) = FontRef::new(weight.bytes()) else { return };
        let characters = font.charmap();
        // Advances at a size of 1 are shares of the size, as the library wants them.
        let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        let glyphs: Vec<KrillaGlyph> = words
            .char_indices()
            .map(|(start, letter)| {
                let glyph = characters.map(letter).unwrap_or_default();
                KrillaGlyph {
                    glyph_id: GlyphId::new(glyph.to_u32()),
                    text_range: start..start + letter.len_utf8(),
                    x_advance: metrics.advance_width(glyph).unwrap_or_default(),
                    x_offset: 0.0,
                    y_offset: 0.0,
                    y_advance: 0.0,
                    location: None,
                }
            })
            .collect();
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(filled(color, 1.0)));
        let start = Point::from_xy(at.0, at.1);
        self.surface.draw_glyphs(start, &glyphs, self.fonts.of(weight), words, size as f32, false);
    }

    /// What has no extent, or lies at no finite place, leaves nothing, as in an SVG.
    pub(super) fn fill(&mut self, path: Option<&Path>, color: Color, opacity: f64) {
        let Some(path) = path else { return };
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(filled(color, opacity)));
        self.surface.draw_path(path);
    }

    fn stroke(&mut self, path: Option<&Path>, color: Color, width: f64, line_join: LineJoin, pattern: Vec<f32>) {
        let Some(path) = path else { return };
        let dash = (!pattern.is_empty()).then_some(StrokeDash { array: pattern, offset: 0.0 });
        self.surface.set_fill(None);
        let paint = ink(color).into();
        self.surface.set_stroke(Some(Stroke { paint, width: width as f32, line_join, dash, ..Stroke::default() }));
        self.surface.draw_path(path);
    }
}

fn filled(color: Color, opacity: f64) -> Fill {
    let opacity = NormalizedF32::new(opacity.clamp(0.0, 1.0) as f32).unwrap_or(NormalizedF32::ONE);
    Fill { paint: ink(color).into(), opacity, rule: FillRule::NonZero }
}

pub(super) fn rectangle(left: f32, top: f32, width: f32, height: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(Rect::from_xywh(left, top, width, height)?);
    path.finish()
}

fn polyline(points: &[Spot], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (place, spot) in points.iter().enumerate() {
        let (x, y) = point(*spot);
        if place == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
    if closed {
        path.close();
    }
    path.finish()
}

/// Four arcs.
fn circle(middle: Spot, radius: f32) -> Option<Path> {
    let ((x, y), bend) = (point(middle), ARC * radius);
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.cubic_to(x + radius, y + bend, x + bend, y + radius, x, y + radius);
    path.cubic_to(x - bend, y + radius, x - radius, y + bend, x - radius, y);
    path.cubic_to(x - radius, y - bend, x - bend, y - radius, x, y - radius);
    path.cubic_to(x + bend, y - radius, x + radius, y - bend, x + radius, y);
    path.close();
    path.finish()
}
