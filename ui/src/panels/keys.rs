//! The key sheet: every command that has a key, read from the list of commands.

use egui::{Context, Id, Modal};

use super::Cx;
use crate::command::Command;
use crate::theme::style::strong;
use crate::theme::{Icon, size};
use crate::widgets::button::icon_button;
use crate::widgets::text;

/// The sheet, when it is open.
pub fn show(ctx: &Context, cx: &mut Cx<'_>) {
    if !cx.moment.keys {
        return;
    }
    let theme = cx.theme();
    let modal = Modal::new(Id::unique("keys")).frame(crate::theme::style::card(theme)).show(ctx, |ui| {
        ui.set_width(620.0);
        let close = ui
            .horizontal(|ui| {
                text::heading(ui, "Keys");
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    icon_button(ui, theme, Icon::CLOSE, "Close the key sheet").clicked()
                })
                .inner
            })
            .inner;
        let keyed: Vec<Command> = Command::all().filter(|command| command.key().is_some()).collect();
        let half = keyed.len().div_ceil(2);
        egui::Grid::new("keys").num_columns(4).spacing([18.0, 5.0]).show(ui, |ui| {
            for row in 0..half {
                for command in [keyed.get(row), keyed.get(row + half)].into_iter().flatten() {
                    let key = command.key().map(|key| ui.ctx().format_shortcut(&key)).unwrap_or_default();
                    ui.label(egui::RichText::new(key).font(strong(size::SMALL)));
                    ui.label(command.label());
                }
                ui.end_row();
            }
        });
        text::small(
            ui,
            theme,
            "Arrow keys move a cut that has the focus; in Attack they turn images (sideways) and change the strength (up, down). Tab goes from part to part, Enter presses, Esc closes.",
        );
        close
    });
    if modal.inner || modal.should_close() {
        cx.moment.keys = false;
    }
}
