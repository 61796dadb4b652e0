//! A row of shares as a line no larger than a word.

use egui::{Color32, Pos2, Sense, Shape, Stroke, Ui, WidgetInfo, vec2};

use crate::theme::Color;

const SIZE: egui::Vec2 = vec2(90.0, 20.0);

/// Draws `shares`, each in [0, 1], from left to right; a single one is a dot.
pub fn spark(ui: &mut Ui, color: Color, shares: &[f64]) {
    let (rect, response) = ui.allocate_exact_size(SIZE, Sense::hover());
    let words = shares.iter().map(|share| format!("{:.0} %", 100.0 * share)).collect::<Vec<_>>().join(", ");
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &words));
    let room = rect.shrink(2.0);
    let step = room.width() / (shares.len().max(2) - 1) as f32;
    let at = |(place, share): (usize, &f64)| {
        let height = share.clamp(0.0, 1.0) as f32 * room.height();
        Pos2::new(room.left() + step * place as f32, room.bottom() - height)
    };
    let points: Vec<Pos2> = shares.iter().enumerate().map(at).collect();
    let color = Color32::from(color);
    match points.as_slice() {
        [] => {}
        [one] => {
            ui.painter().circle_filled(*one, 2.0, color);
        }
        _ => {
            ui.painter().add(Shape::line(points, Stroke::new(1.5, color)));
        }
    }
}
