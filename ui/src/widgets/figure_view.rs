//! A figure on the screen: the same scene that becomes SVG and PNG, painted, with its values under the pointer.

mod point;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use egui::epaint::TextShape;
use egui::{Color32, FontId, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, vec2};

pub use point::Press;

use crate::theme::style::strong;
use stitchscope_figures::map::Map;
use stitchscope_figures::scene::{Anchor, Item, Mark, Scene, TILE_EDGE, Text, Tile};
use stitchscope_figures::{Dash, Figure, Shape as MarkShape, Sheet, Weight, lay_out_at};

/// Points of paper in a millimetre.
const PT_PER_MM: f64 = 72.0 / 25.4;

/// A figure at a size: `scale` counts pixels per point of paper.
pub struct View<'a> {
    /// Names the place on the screen; a laid-out scene is kept under it.
    pub id: &'a str,
    /// Changes whenever the figure does.
    pub edition: u64,
    /// Pixels per point.
    pub scale: f32,
    /// Room on the screen; the height is filled by making panels higher or lower.
    pub room: Vec2,
    /// Height of every panel in points; absent: what fills the room.
    pub panel: Option<f64>,
}

/// A figure, and the one of its rows that is drawn where not all are.
pub type Made = (Figure, Option<usize>);

/// What is drawn, and what can be read off it.
pub struct Kept {
    title: String,
    scene: Scene,
    /// With every row, also those that are not drawn; a map has none.
    whole: Option<Figure>,
}

/// Shows a figure, with slots of its x axis that are lit as (column, category). It is made and laid out only when something changed.
pub fn show(ui: &mut Ui, view: &View<'_>, lit: &[(usize, usize)], make: impl FnOnce() -> Made) -> Option<Press> {
    let kept = scene(ui, view, || {
        let (whole, row) = make();
        let mut drawn = row.map_or_else(|| whole.clone(), |row| whole.only(row));
        drawn.width_mm = f64::from(view.room.x / view.scale) / PT_PER_MM;
        Kept { title: whole.title.clone(), scene: fitted(&drawn, view), whole: Some(whole) }
    });
    let (response, to) = shown(ui, view, &kept, lit);
    let legend = point::legend(ui, view.id, to, &kept.scene, kept.whole.as_ref());
    legend.or_else(|| point::slot(ui, &response, to, &kept.scene, kept.whole.as_ref()))
}

/// Shows a map whose fields can be pressed, by mouse or by keyboard; which map the pressed one is of, and its cell.
pub fn show_map(ui: &mut Ui, view: &View<'_>, make: impl FnOnce() -> Map) -> Option<(usize, usize)> {
    let kept = scene(ui, view, || {
        let room = view.room / view.scale;
        let sheet = make().sheet_in(Some((f64::from(room.x), f64::from(room.y))));
        Kept { title: sheet.title, scene: sheet.scene, whole: None }
    });
    let (_, to) = shown(ui, view, &kept, &[]);
    let tiles = kept.scene.items().filter_map(|item| if let Item::Tile(tile) = item { Some(tile) } else { None });
    let mut opened = None;
    for (index, tile) in tiles.enumerate() {
        let Some(cell) = tile.opens else { continue };
        let rect = to.tile(tile);
        let field = ui.interact(rect, egui::Id::unique((view.id, index)), Sense::click());
        field.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &tile.words));
        if field.hovered() || field.has_focus() {
            let color = tile.fill.map_or(crate::theme::OVER_FIGURES, |fill| crate::theme::words_on(fill).into());
            ui.painter().rect_stroke(rect.shrink(1.0), 0.0, Stroke::new(2.0, color), egui::StrokeKind::Inside);
        }
        if field.on_hover_text(&tile.words).clicked() {
            opened = Some(cell);
        }
    }
    opened
}

fn shown(ui: &mut Ui, view: &View<'_>, kept: &Kept, lit: &[(usize, usize)]) -> (Response, Place) {
    let scene = &kept.scene;
    let size = vec2(scene.width as f32, scene.height as f32) * view.scale;
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &kept.title));
    let to = Place { origin: rect.min, scale: view.scale };
    if ui.is_rect_visible(rect) {
        let painter = ui.painter_at(rect.expand(4.0));
        lit.iter().for_each(|slot| point::light(&painter, to, scene, *slot));
        scene.items().for_each(|item| paint(&painter, to, item));
    }
    (response, to)
}

/// The kept scene, or a new one where something changed.
fn scene(ui: &Ui, view: &View<'_>, make: impl FnOnce() -> Kept) -> Arc<Kept> {
    let mut hasher = DefaultHasher::new();
    (view.edition, view.scale.to_bits(), view.room.x.to_bits(), view.room.y.to_bits()).hash(&mut hasher);
    view.panel.map(f64::to_bits).hash(&mut hasher);
    let key = hasher.finish();
    let id = egui::Id::unique(("figure", view.id));
    let kept: Option<(u64, Arc<Kept>)> = ui.data(|data| data.get_temp(id));
    if let Some((known, scene)) = kept
        && known == key
    {
        return scene;
    }
    let made = Arc::new(make());
    ui.data_mut(|data| data.insert_temp(id, (key, Arc::clone(&made))));
    made
}

/// A finished picture, small, within `rect`; made only when `edition` changes.
pub fn small(ui: &Ui, rect: Rect, id: &str, edition: u64, make: impl FnOnce() -> Option<Sheet>) {
    let view = View { id, edition, scale: 1.0, room: rect.size(), panel: None };
    let kept = scene(ui, &view, || {
        let sheet = make();
        let title = sheet.as_ref().map(|sheet| sheet.title.clone()).unwrap_or_default();
        Kept { title, scene: sheet.map(|sheet| sheet.scene).unwrap_or_default(), whole: None }
    });
    let size = vec2(kept.scene.width as f32, kept.scene.height as f32);
    let scale = (rect.width() / size.x.max(1.0)).min(rect.height() / size.y.max(1.0));
    let to = Place { origin: rect.center() - size * scale / 2.0, scale };
    let painter = ui.painter_at(rect);
    kept.scene.items().for_each(|item| paint(&painter, to, item));
}

/// Panels as high as the room allows, or as was asked.
fn fitted(figure: &Figure, view: &View<'_>) -> Scene {
    let height = view.panel.unwrap_or_else(|| room_for_panels(figure, view.room.y / view.scale));
    lay_out_at(figure, Some(height))
}

/// The panels' height at which a figure is `height` points high.
fn room_for_panels(figure: &Figure, height: f32) -> f64 {
    let first = lay_out_at(figure, Some(PROBE));
    let rows = figure.rows.len().max(1) as f64;
    let around = first.height - PROBE * rows;
    ((f64::from(height) - around) / rows).clamp(LEAST, MOST)
}

/// The panels' height at which several figures of one row fit into the same room: then their axes are level. Worked out only
/// when something changed.
pub fn common_height(ui: &Ui, view: &View<'_>, make: impl FnOnce() -> Vec<Figure>) -> f64 {
    let key = (view.edition, view.scale.to_bits(), view.room.x.to_bits(), view.room.y.to_bits());
    let id = egui::Id::unique(("common height", view.id));
    if let Some((known, height)) = ui.data(|data| data.get_temp::<((u64, u32, u32, u32), f64)>(id))
        && known == key
    {
        return height;
    }
    let height = make().into_iter().map(|mut figure| {
        figure.width_mm = f64::from(view.room.x / view.scale) / PT_PER_MM;
        room_for_panels(&figure, view.room.y / view.scale)
    });
    let height = height.fold(MOST, f64::min);
    ui.data_mut(|data| data.insert_temp(id, (key, height)));
    height
}

/// Any height serves to find what lies around the panels.
const PROBE: f64 = 100.0;
/// Panels stay within these, in points.
const LEAST: f64 = 34.0;
const MOST: f64 = 420.0;

/// Where a scene lies on the screen.
#[derive(Clone, Copy)]
pub(super) struct Place {
    origin: Pos2,
    scale: f32,
}

impl Place {
    pub(super) fn at(self, (x, y): (f64, f64)) -> Pos2 {
        self.origin + vec2(x as f32, y as f32) * self.scale
    }

    /// The point of a scene that is painted at `spot` of the screen.
    pub(super) fn back(self, spot: Pos2) -> (f64, f64) {
        let from = (spot - self.origin) / self.scale;
        (f64::from(from.x), f64::from(from.y))
    }

    fn tile(self, tile: &Tile) -> Rect {
        Rect::from_min_max(self.at(tile.low), self.at(tile.high))
    }

    pub(super) fn length(self, points: f64) -> f32 {
        points as f32 * self.scale
    }
}

fn paint(painter: &Painter, to: Place, item: &Item) {
    match item {
        Item::Stroke { points, color, width, dash } => {
            let points: Vec<Pos2> = points.iter().map(|p| to.at(*p)).collect();
            stroke(painter, to, &points, Stroke::new(to.length(*width), *color), *dash);
        }
        Item::Area { points, color, opacity } => area(painter, to, points, *color, *opacity),
        Item::Mark(mark) => paint_mark(painter, to, mark),
        Item::Tile(tile) => paint_tile(painter, to, tile),
        Item::Text(text) => paint_text(painter, to, text),
    }
}

fn stroke(painter: &Painter, to: Place, points: &[Pos2], stroke: Stroke, dash: Dash) {
    let pattern: Vec<f32> = dash.pattern().iter().map(|length| to.length(*length)).collect();
    if pattern.is_empty() {
        painter.add(Shape::line(points.to_vec(), stroke));
        return;
    }
    let dashes: Vec<f32> = pattern.iter().copied().step_by(2).collect();
    let gaps: Vec<f32> = pattern.iter().copied().skip(1).step_by(2).collect();
    painter.extend(Shape::dashed_line_with_offset(points, stroke, &dashes, &gaps, 0.0));
}

/// Areas are bands: the upper edge from left to right, then the lower one back. Painted in slices, as bands need not be convex.
fn area(painter: &Painter, to: Place, points: &[(f64, f64)], color: crate::theme::Color, opacity: f64) {
    let fill = Color32::from(color).gamma_multiply(opacity as f32);
    let half = points.len() / 2;
    let (upper, lower) = points.split_at(half);
    for index in 1..half {
        let back = lower.len() - 1 - index;
        let corners = [upper.get(index - 1), upper.get(index), lower.get(back), lower.get(back + 1)];
        let corners: Vec<Pos2> = corners.into_iter().flatten().map(|p| to.at(*p)).collect();
        painter.add(Shape::convex_polygon(corners, fill, Stroke::NONE));
    }
}

fn paint_mark(painter: &Painter, to: Place, mark: &Mark) {
    let edge = Stroke::new(to.length(mark.width), mark.color);
    let corners: Vec<Pos2> = mark.outline().iter().map(|p| to.at(*p)).collect();
    match (mark.shape, corners.as_slice()) {
        (MarkShape::Circle, _) => {
            painter.circle(to.at(mark.at), to.length(mark.radius), mark.fill, edge);
        }
        (MarkShape::Cross, [a, b, c, d]) => {
            painter.line_segment([*a, *b], edge);
            painter.line_segment([*c, *d], edge);
        }
        _ => {
            painter.add(Shape::convex_polygon(corners, mark.fill, edge));
        }
    }
}

fn paint_tile(painter: &Painter, to: Place, tile: &Tile) {
    let fill = tile.fill.map_or(Color32::TRANSPARENT, Color32::from);
    let edge = Stroke::new(to.length(TILE_EDGE).max(1.0), tile.edge);
    painter.rect(to.tile(tile), 0.0, fill, edge, egui::StrokeKind::Inside);
}

fn paint_text(painter: &Painter, to: Place, text: &Text) {
    let points = to.length(text.size);
    let font = match text.weight {
        Weight::Regular => FontId::proportional(points),
        Weight::SemiBold => strong(points),
    };
    let galley = painter.layout_no_wrap(text.text.clone(), font, text.color.into());
    let baseline =
        galley.rows.first().map_or(0.0, |row| row.pos.y + row.row.glyphs.first().map_or(0.0, |glyph| glyph.pos.y));
    let left = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -galley.size().x / 2.0,
        Anchor::End => -galley.size().x,
    };
    let angle = text.angle.to_radians() as f32;
    let turn = egui::emath::Rot2::from_angle(angle);
    let at = to.at(text.at) + turn * vec2(left, -baseline);
    painter.add(TextShape::new(at, galley, text.color.into()).with_angle(angle));
}
