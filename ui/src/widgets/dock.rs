//! The heading of a part that has its place right of the main thing, below it, or away: by buttons, or by dragging its name there.

use egui::{
    Align, Color32, CornerRadius, CursorIcon, Id, LayerId, Layout, Order, Rect, RichText, Sense, Stroke, StrokeKind, Ui,
};

use super::button::{Weight, icon_button, icon_toggle};
use crate::state::Dock;
use crate::theme::style::strong;
use crate::theme::{Icon, Surfaces as _, Theme, size};

/// How much of the whole a place takes while something is dragged to it.
const SHARE: f32 = 0.35;

/// The heading of the part `name`, which stands at `now` within `whole`; the place that was chosen for it.
pub fn heading(ui: &mut Ui, theme: Theme, name: &str, now: Dock, whole: Rect) -> Option<Dock> {
    ui.horizontal(|ui| {
        let words = RichText::new(name).font(strong(size::HEADING));
        let held = ui.add(egui::Label::new(words).selectable(false).sense(Sense::drag()));
        let held = held.on_hover_cursor(CursorIcon::Grab).on_hover_text("Drag it to the right or below the figure");
        let dragged = dragged(ui, theme, &held, whole);
        let pressed = ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut pressed = None;
            if icon_button(ui, theme, Icon::CLOSE, &format!("Hide: {name}")).clicked() {
                pressed = Some(Dock::Hidden);
            }
            for (dock, icon, place) in
                [(Dock::Below, Icon::DOWN, "below"), (Dock::Right, Icon::FORWARD, "at the right")]
            {
                let weight = if dock == now { Weight::Chosen } else { Weight::Quiet };
                if icon_toggle(ui, theme, weight, icon, &format!("{name} {place}")).clicked() && dock != now {
                    pressed = Some(dock);
                }
            }
            pressed
        });
        dragged.or(pressed.inner)
    })
    .inner
}

/// Shows where the part goes while its name is dragged; the place over which it was let go.
fn dragged(ui: &Ui, theme: Theme, held: &egui::Response, whole: Rect) -> Option<Dock> {
    if !held.dragged() && !held.drag_stopped() {
        return None;
    }
    let at = ui.input(|input| input.pointer.latest_pos())?;
    let right = whole.with_min_x(whole.right() - SHARE * whole.width());
    let below = whole.with_min_y(whole.bottom() - SHARE * whole.height());
    // In the corner the nearer edge counts.
    let nearer_right = (whole.right() - at.x) / whole.width() <= (whole.bottom() - at.y) / whole.height();
    let over = match (right.contains(at), below.contains(at)) {
        (true, true) => Some(if nearer_right { Dock::Right } else { Dock::Below }),
        (true, false) => Some(Dock::Right),
        (false, true) => Some(Dock::Below),
        (false, false) => None,
    };
    if held.drag_stopped() {
        return over;
    }
    let s = theme.surface();
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::unique("dock")));
    let place = match over {
        Some(Dock::Right) => right,
        Some(Dock::Below) => below,
        _ => return None,
    };
    let fill = Color32::from(s.chosen).gamma_multiply(0.6);
    painter.rect(place, CornerRadius::same(size::ROUND), fill, Stroke::new(2.0, s.accent), StrokeKind::Inside);
    None
}
