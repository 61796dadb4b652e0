//! The command palette: every command by name.

use egui::{Align2, Context, Id, Key, Modal, ScrollArea, vec2};

use super::Cx;
use crate::command::{Act, Command};
use crate::theme::{Surfaces as _, size};
use crate::widgets::{card, notice, text};

/// The palette, when it is open.
pub fn show(ctx: &Context, cx: &mut Cx<'_>) {
    let Some((mut query, mut at)) = cx.moment.palette.clone() else { return };
    let theme = cx.theme();
    let area = Modal::default_area(Id::unique("palette")).anchor(Align2::CENTER_TOP, vec2(0.0, 90.0));
    let modal = Modal::new(Id::unique("palette")).area(area).frame(crate::theme::style::card(theme)).show(ctx, |ui| {
        ui.set_width(520.0);
        let field =
            egui::TextEdit::singleline(&mut query).hint_text("What do you want to do?").desired_width(f32::INFINITY);
        let field = ui.add(field.margin(egui::Margin::symmetric(10, 9)));
        let field = field.accessible_name("Find a command");
        if !field.has_focus() {
            field.request_focus();
        }
        if field.changed() {
            at = 0;
        }
        let found: Vec<Command> = Command::all().filter(|command| matches(*command, &query)).collect();
        let (up, down, enter) =
            ui.input(|i| (i.key_pressed(Key::ArrowUp), i.key_pressed(Key::ArrowDown), i.key_pressed(Key::Enter)));
        at = (at + usize::from(down)).saturating_sub(usize::from(up)).min(found.len().saturating_sub(1));
        let mut pressed = if enter { found.get(at).copied() } else { None };
        // An empty list must not leave the area collapsed for the next query.
        ScrollArea::vertical().max_height(380.0).min_scrolled_height(380.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for (index, command) in found.iter().enumerate() {
                if line(ui, cx, *command, index == at, up || down) {
                    pressed = Some(*command);
                }
            }
            if found.is_empty() {
                text::muted(ui, theme, "No command has such a name.");
            }
        });
        pressed
    });
    cx.moment.palette = Some((query, at));
    if let Some(command) = modal.inner {
        cx.moment.palette = None;
        cx.send(Act::Do(command));
    } else if modal.should_close() {
        cx.moment.palette = None;
    }
}

fn line(ui: &mut egui::Ui, cx: &Cx<'_>, command: Command, chosen: bool, follow: bool) -> bool {
    let theme = cx.theme();
    let width = ui.available_width();
    let pressed = card::pressed(ui, theme, vec2(width, 38.0), command.label(), chosen, |ui| {
        ui.horizontal_centered(|ui| {
            notice::glyph(ui, command.icon(), size::HEADING, theme.surface().muted);
            ui.label(command.label());
            text::small(ui, theme, command.tooltip());
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if let Some(key) = command.key() {
                    let words = ui.ctx().format_shortcut(&key);
                    text::small(ui, theme, &words);
                }
            });
        });
    });
    if chosen && follow {
        pressed.scroll_to_me(None);
    }
    pressed.clicked()
}

/// Every word of the query is somewhere in the command's words.
fn matches(command: Command, query: &str) -> bool {
    let words = format!("{} {}", command.label(), command.tooltip()).to_lowercase();
    query.to_lowercase().split_whitespace().all(|part| words.contains(part))
}
