//! Cards: what belongs together on one ground; and cards that are pressed as a whole.

use egui::{CornerRadius, Rect, Response, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo};

use crate::theme::style::card as frame;
use crate::theme::{Surfaces as _, Theme, size};

/// A card as wide as there is room.
pub fn card<R>(ui: &mut Ui, theme: Theme, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let shown = frame(theme).show(ui, |ui| {
        ui.set_width(ui.available_width());
        contents(ui)
    });
    shown.inner
}

/// A card of a given outer size.
pub fn sized<R>(ui: &mut Ui, theme: Theme, outer: Vec2, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let (rect, _) = ui.allocate_exact_size(outer, Sense::hover());
    at(ui, theme, rect, contents)
}

/// A card at a place.
pub fn at<R>(ui: &mut Ui, theme: Theme, rect: Rect, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let s = theme.surface();
    ui.painter().rect(rect, CornerRadius::same(size::ROUND), s.card, Stroke::new(1.0, s.outline), StrokeKind::Inside);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect.shrink(size::PAD)).layout(*ui.layout()));
    child.set_clip_rect(rect.shrink(1.0).intersect(ui.clip_rect()));
    contents(&mut child)
}

/// A card that is pressed as a whole. `name` is what screen readers say; what lies on it is not pressed by itself.
pub fn pressed(
    ui: &mut Ui,
    theme: Theme,
    outer: Vec2,
    name: &str,
    chosen: bool,
    contents: impl FnOnce(&mut Ui),
) -> Response {
    let (rect, response) = ui.allocate_exact_size(outer, Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, ui.is_enabled(), chosen, name));
    if ui.is_rect_visible(rect) {
        let s = theme.surface();
        let near = response.hovered() || response.has_focus();
        let fill = if chosen {
            s.chosen
        } else if near {
            s.hover
        } else {
            s.card
        };
        let edge =
            if chosen || response.has_focus() { Stroke::new(1.5, s.accent) } else { Stroke::new(1.0, s.outline) };
        ui.painter().rect(rect, CornerRadius::same(size::ROUND), fill, edge, StrokeKind::Inside);
        let inner = rect.shrink2(egui::vec2(14.0, 10.0));
        let mut child = ui.new_child(UiBuilder::new().max_rect(inner).layout(egui::Layout::top_down(egui::Align::Min)));
        child.set_clip_rect(rect.shrink(1.0).intersect(ui.clip_rect()));
        contents(&mut child);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}
