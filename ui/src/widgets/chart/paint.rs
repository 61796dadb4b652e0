//! What a drawing of networks looks like.

use egui::epaint::CubicBezierShape;
use egui::{Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

use super::{ChartView, Place, READABLE};
use crate::theme::style::{icon as icon_font, strong};
use crate::theme::{Icon, Ink, Surfaces as _, Theme, size};
use crate::work::{ChartBox, Stands};

impl ChartView<'_> {
    /// Lines, then links, then boxes.
    pub(super) fn paint(&self, painter: &Painter, place: Place, seen: &[usize], focus: bool) {
        let s = self.theme.surface();
        let edge = if focus { Stroke::new(2.0, s.accent) } else { Stroke::new(1.0, s.outline) };
        painter.rect(place.rect, CornerRadius::same(size::ROUND), s.card, edge, StrokeKind::Inside);
        let plain = Stroke::new((1.6 * place.canvas.zoom).clamp(0.6, 2.0), Color32::from(s.edge).gamma_multiply(0.7));
        let lit = Stroke::new(plain.width + 1.0, s.accent);
        for wire in &self.chart.wires {
            let chosen = self.chosen.is_some_and(|at| at == wire.from || at == wire.to);
            for pair in wire.points.windows(2) {
                line(painter, place, [place.at(pair[0]), place.at(pair[1])], if chosen { lit } else { plain });
            }
        }
        self.links(painter, place);
        for at in seen {
            self.one(painter, place, *at);
        }
    }

    /// A line between boxes of two networks that end in the same tap.
    fn links(&self, painter: &Painter, place: Place) {
        let tokens = self.theme.tokens();
        for (from, to) in &self.chart.links {
            let (Some(a), Some(b)) = (self.chart.boxes.get(*from), self.chart.boxes.get(*to)) else { continue };
            let (a, b) = (place.rect_of(a), place.rect_of(b));
            let joined = self.cuts.contains(from) && self.cuts.contains(to);
            let below = 6.0 * place.canvas.zoom;
            let ends = [pos2(a.right(), a.bottom() + below), pos2(b.left(), b.bottom() + below)];
            if !Rect::from_two_pos(ends[0], ends[1]).expand(1.0).intersects(place.rect) {
                continue;
            }
            if joined {
                painter.line_segment(ends, Stroke::new(3.0, tokens.mark(Ink::Stitched)));
            } else {
                let stroke = Stroke::new(1.2, tokens.mark(Ink::Agreement));
                // A line that leaves the screen is cut there: dashes cost what is seen of them.
                let seen = ends.map(|end| pos2(end.x.clamp(place.rect.left(), place.rect.right()), end.y));
                painter.extend(Shape::dashed_line(&seen, stroke, 6.0, 5.0));
            }
        }
    }

    fn one(&self, painter: &Painter, place: Place, at: usize) {
        let (found, s, zoom) = (&self.chart.boxes[at], self.theme.surface(), place.canvas.zoom);
        let rect = place.rect_of(found);
        let ink: Color32 = self.inks.get(found.network).copied().unwrap_or(s.accent).into();
        let block = matches!(found.stands, Stands::Block(_));
        let fill = match () {
            () if self.chosen == Some(at) => s.chosen,
            () if self.found.contains(&at) => s.hover,
            () if found.stands == Stands::Port => s.page,
            () => s.sunken,
        };
        let edge = match () {
            () if self.chosen == Some(at) => Stroke::new(2.0, s.accent),
            () if self.found.contains(&at) => Stroke::new(2.0, s.warn),
            () if block => Stroke::new(1.5, ink),
            () => Stroke::new(1.0, s.outline),
        };
        let round = CornerRadius::same((7.0 * zoom).clamp(1.0, 9.0) as u8);
        if block && zoom >= READABLE {
            // A second sheet behind it: there is more inside.
            painter.rect(rect.translate(vec2(3.0, 3.0) * zoom), round, s.sunken, edge, StrokeKind::Inside);
        }
        painter.rect(rect, round, fill, edge, StrokeKind::Inside);
        if !found.weights.is_empty() || block {
            let stripe = Rect::from_min_size(rect.min, vec2(5.0 * zoom, rect.height()));
            painter.rect_filled(stripe, round, ink);
        }
        if zoom >= READABLE {
            words(painter, rect, found, zoom, self.theme);
        }
        self.scissors(painter, rect, found, ink, self.cuts.contains(&at), zoom);
    }

    /// Scissors below a box behind which the network can be cut; large where it is.
    fn scissors(&self, painter: &Painter, rect: Rect, found: &ChartBox, ink: Color32, cut: bool, zoom: f32) {
        let Some((_, ends)) = &found.tap else { return };
        let s = self.theme.surface();
        let at = rect.center_bottom() + vec2(0.0, 6.0 * zoom);
        if cut {
            let half = vec2(rect.width() / 2.0, 0.0);
            painter.line_segment([at - half, at + half], Stroke::new((3.0 * zoom).max(1.5), ink));
        }
        if zoom < READABLE && !cut {
            return;
        }
        let large = if cut { 22.0 } else { 14.0 };
        let color = if cut || *ends { ink } else { Color32::from(s.edge) };
        painter.circle_filled(at, 0.5 * large * zoom, s.card);
        painter.text(at, Align2::CENTER_CENTER, Icon::CUT.glyph(), icon_font(step(large * zoom)), color);
    }
}

/// Operator and shape above, module below.
fn words(painter: &Painter, rect: Rect, found: &ChartBox, zoom: f32, theme: Theme) {
    let s = theme.surface();
    let inner = rect.shrink2(vec2(11.0, 4.0) * zoom);
    let painter = painter.with_clip_rect(inner.intersect(painter.clip_rect()));
    let (first, second) = match found.stands {
        Stands::Node => (found.op.as_str(), found.name.as_str()),
        Stands::Port | Stands::Block(_) => (found.name.as_str(), found.op.as_str()),
    };
    let (large, small) = (strong(step(14.0 * zoom)), FontId::proportional(step(12.0 * zoom)));
    painter.text(inner.left_top(), Align2::LEFT_TOP, first, large, s.text.into());
    painter.text(inner.left_bottom(), Align2::LEFT_BOTTOM, second, small.clone(), s.muted.into());
    let shape = painter.layout_no_wrap(found.shape.clone(), small, s.muted.into());
    let at = pos2(inner.right() - shape.size().x, inner.top() + 1.5 * zoom);
    let taken = painter.layout_no_wrap(first.to_owned(), strong(step(14.0 * zoom)), s.text.into()).size().x;
    // A long name of a block leaves no room for its shape.
    if at.x > inner.left() + taken + 6.0 * zoom {
        painter.galley(at, shape, s.muted.into());
    }
}

/// Sizes of letters in steps: every size is a picture of its own in the font's texture.
fn step(points: f32) -> f32 {
    ((points * 2.0).round() / 2.0).max(1.0)
}

/// One piece of a line: straight down, or bent from one column to another.
fn line(painter: &Painter, place: Place, [from, to]: [Pos2; 2], stroke: Stroke) {
    if !Rect::from_two_pos(from, to).expand(2.0).intersects(place.rect) {
        return;
    }
    if (from.x - to.x).abs() < 0.5 {
        painter.line_segment([from, to], stroke);
        return;
    }
    let bend = (to.y - from.y) * 0.5;
    let points = [from, pos2(from.x, from.y + bend), pos2(to.x, to.y - bend), to];
    painter.add(CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke));
}

/// Around what has the focus.
pub(super) fn ring(painter: &Painter, rect: Rect, theme: Theme) {
    let stroke = Stroke::new(2.0, theme.surface().accent);
    painter.rect_stroke(rect.expand(2.0), CornerRadius::same(size::ROUND_SMALL + 2), stroke, StrokeKind::Outside);
}
