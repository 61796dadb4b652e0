//! Shares as bars: of classes, of progress, of what is kept.

use egui::{Align2, Color32, CornerRadius, FontId, Rect, Sense, Ui, WidgetInfo, pos2, vec2};
use stitchscope_core::metrics::first_largest;

use crate::theme::style::strong;
use crate::theme::{Color, Surfaces as _, Theme, size};

const ROW: f32 = 18.0;

/// A bar chart of a few named shares in [0, 1], lying. `marked` (the true class) is underlined with words.
pub fn shares(ui: &mut Ui, theme: Theme, name: &str, ink: Color, rows: &[(&str, f32)], marked: usize) {
    let width = ui.available_width();
    let labels = (width * 0.4).min(110.0);
    let height = ROW * rows.len() as f32;
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let top = first_largest(rows.iter().map(|(_, share)| *share)).unwrap_or(0);
    response.widget_info(|| {
        let best = rows.get(top).map_or_else(String::new, |(class, share)| format!("{class} {:.0} %", 100.0 * share));
        WidgetInfo::labeled(egui::Role::ProgressIndicator, true, format!("{name}: {best}"))
    });
    let s = theme.surface();
    for (index, (class, share)) in rows.iter().enumerate() {
        let y = rect.top() + ROW * index as f32;
        let color: Color32 = if index == marked { s.text.into() } else { s.muted.into() };
        let plain = marked == usize::MAX;
        let font = if index == marked || (index == top && !plain) {
            strong(size::SMALL)
        } else {
            FontId::proportional(size::SMALL)
        };
        let middle = y + ROW / 2.0;
        let painter = ui.painter().with_clip_rect(Rect::from_min_size(pos2(rect.left(), y), vec2(labels - 6.0, ROW)));
        painter.text(pos2(rect.left(), middle), Align2::LEFT_CENTER, class, font, color);
        let track = Rect::from_min_max(pos2(rect.left() + labels, y + 4.0), pos2(rect.right() - 38.0, y + ROW - 4.0));
        ui.painter().rect_filled(track, CornerRadius::same(3), s.sunken);
        let filled = Rect::from_min_size(track.min, vec2(track.width() * share.clamp(0.0, 1.0), track.height()));
        let fill = if index == top || plain { Color32::from(ink) } else { Color32::from(ink).gamma_multiply(0.55) };
        ui.painter().rect_filled(filled, CornerRadius::same(3), fill);
        let words = format!("{:.0} %", 100.0 * share);
        ui.painter().text(
            pos2(rect.right(), middle),
            Align2::RIGHT_CENTER,
            words,
            FontId::proportional(size::SMALL),
            color,
        );
    }
}

/// Progress in [0, 1], with its name for screen readers.
pub fn progress(ui: &mut Ui, theme: Theme, name: &str, share: f32, width: f32) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, 8.0), Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(egui::Role::ProgressIndicator, true, name);
        info.value = Some(f64::from(share) * 100.0);
        info
    });
    let s = theme.surface();
    ui.painter().rect_filled(rect, CornerRadius::same(4), s.hover);
    let done = Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), rect.height()));
    ui.painter().rect_filled(done, CornerRadius::same(4), s.accent);
}
