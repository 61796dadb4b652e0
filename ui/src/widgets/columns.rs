//! Two columns of given widths that begin at the same height.

use egui::{Align, Layout, Rect, Ui, UiBuilder, vec2};

use crate::theme::size;

/// Shows `left` as wide as said and `right` in the rest; `with` is lent to one after the other.
pub fn two<T>(
    ui: &mut Ui,
    with: &mut T,
    width: f32,
    left: impl FnOnce(&mut Ui, &mut T),
    right: impl FnOnce(&mut Ui, &mut T),
) {
    let (top, all) = (ui.cursor().min, ui.available_width());
    let height = ui.available_height().max(10.0);
    let place = |x: f32, width: f32| {
        let rect = Rect::from_min_size(top + vec2(x, 0.0), vec2(width.max(80.0), height));
        UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min))
    };
    let mut first = ui.new_child(place(0.0, width));
    left(&mut first, with);
    let start = width + size::GUTTER;
    let mut second = ui.new_child(place(start, all - start));
    right(&mut second, with);
    let lowest = first.min_rect().bottom().max(second.min_rect().bottom());
    ui.allocate_rect(Rect::from_min_max(top, egui::pos2(top.x + all, lowest)), egui::Sense::hover());
}
