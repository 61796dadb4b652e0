//! Buttons: an icon, words, one of four weights. All are reached by keyboard and named for screen readers.

use egui::{Align2, Color32, CornerRadius, FontId, Response, Sense, Stroke, Ui, WidgetInfo, vec2};

use crate::command::Command;
use crate::theme::style::{icon as icon_font, strong};
use crate::theme::{Color, Icon, Surfaces as _, Theme, size};

/// How much a button wants to be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The next thing to do; one a view.
    Primary,
    /// Something one can do.
    Normal,
    /// Something beside the point, drawn without an edge.
    Quiet,
    /// What is chosen.
    Chosen,
}

/// A button with words.
pub fn button(ui: &mut Ui, theme: Theme, weight: Weight, icon: Option<Icon>, words: &str) -> Response {
    Button { theme, weight, icon, words, name: words, show_words: true }.show(ui)
}

/// A button with an icon; `name` is its tooltip and what screen readers say.
pub fn icon_button(ui: &mut Ui, theme: Theme, icon: Icon, name: &str) -> Response {
    icon_toggle(ui, theme, Weight::Quiet, icon, name)
}

/// A button with an icon of any weight; `name` is its tooltip and what screen readers say.
pub fn icon_toggle(ui: &mut Ui, theme: Theme, weight: Weight, icon: Icon, name: &str) -> Response {
    Button { theme, weight, icon: Some(icon), words: "", name, show_words: false }.show(ui).on_hover_text(name)
}

/// A command as a button, with tooltip and key.
pub fn command(ui: &mut Ui, theme: Theme, weight: Weight, command: Command) -> Response {
    button(ui, theme, weight, Some(command.icon()), command.label()).on_hover_text(hint(ui, command))
}

/// A command as an icon, with tooltip and key.
pub fn command_icon(ui: &mut Ui, theme: Theme, command: Command) -> Response {
    let shown = Button {
        theme,
        weight: Weight::Quiet,
        icon: Some(command.icon()),
        words: "",
        name: command.label(),
        show_words: false,
    };
    shown.show(ui).on_hover_text(hint(ui, command))
}

/// The tooltip of a command.
pub fn hint(ui: &Ui, command: Command) -> String {
    match command.key() {
        Some(key) => format!("{} ({})", command.tooltip(), ui.ctx().format_shortcut(&key)),
        None => command.tooltip().to_owned(),
    }
}

struct Button<'a> {
    theme: Theme,
    weight: Weight,
    icon: Option<Icon>,
    words: &'a str,
    name: &'a str,
    show_words: bool,
}

impl Button<'_> {
    fn show(self, ui: &mut Ui) -> Response {
        let s = self.theme.surface();
        let font = if self.weight == Weight::Primary { strong(size::BODY) } else { FontId::proportional(size::BODY) };
        let galley = ui.painter().layout_no_wrap(self.words.to_owned(), font, Color32::PLACEHOLDER);
        let icon_width = if self.icon.is_some() { size::BODY + 4.0 } else { 0.0 };
        let gap = if self.icon.is_some() && self.show_words { 7.0 } else { 0.0 };
        let pad = if self.show_words { 12.0 } else { 7.0 };
        let width = icon_width + gap + galley.size().x + 2.0 * pad;
        let (rect, response) = ui.allocate_exact_size(vec2(width, size::TARGET), Sense::click());
        let enabled = ui.is_enabled();
        response.widget_info(|| match self.weight {
            Weight::Chosen => WidgetInfo::selected(egui::Role::Button, enabled, true, self.name),
            _ => WidgetInfo::labeled(egui::Role::Button, enabled, self.name),
        });
        if ui.is_rect_visible(rect) {
            let (fill, edge, ink) = self.colours(&response);
            let painter = ui.painter();
            painter.rect(rect, CornerRadius::same(size::ROUND_SMALL), fill, edge, egui::StrokeKind::Inside);
            if response.has_focus() {
                let ring = Stroke::new(2.0, s.accent);
                painter.rect_stroke(
                    rect.expand(2.0),
                    CornerRadius::same(size::ROUND_SMALL + 2),
                    ring,
                    egui::StrokeKind::Outside,
                );
            }
            let left = rect.left() + pad;
            if let Some(icon) = self.icon {
                let at = egui::pos2(left + icon_width / 2.0, rect.center().y);
                painter.text(at, Align2::CENTER_CENTER, icon.glyph(), icon_font(size::BODY + 4.0), ink);
            }
            let at = egui::pos2(left + icon_width + gap, rect.center().y - galley.size().y / 2.0);
            painter.galley_with_override_text_color(at, galley, ink);
        }
        response.on_hover_cursor(egui::CursorIcon::PointingHand)
    }

    fn colours(&self, response: &Response) -> (Color32, Stroke, Color32) {
        let s = self.theme.surface();
        let near = response.hovered() || response.has_focus();
        let edge = |color: Color| Stroke::new(1.0, color);
        match self.weight {
            Weight::Primary => {
                let fill = Color32::from(s.accent);
                (if near { fill.gamma_multiply(0.88) } else { fill }, Stroke::NONE, s.on_accent.into())
            }
            Weight::Normal => (if near { s.hover } else { s.sunken }.into(), edge(s.edge), s.text.into()),
            Weight::Quiet => (if near { s.hover.into() } else { Color32::TRANSPARENT }, Stroke::NONE, s.text.into()),
            Weight::Chosen => (s.chosen.into(), edge(s.accent), s.accent_words.into()),
        }
    }
}
