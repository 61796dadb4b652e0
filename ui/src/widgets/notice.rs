//! What somebody should read: an icon, a sentence, in the place where it matters.

use egui::{Color32, CornerRadius, Margin, Stroke, Ui};

use crate::theme::style::icon as icon_font;
use crate::theme::{Color, Icon, Surfaces as _, Theme, size};

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It works.
    Good,
    /// Good to know.
    Neutral,
    /// Look twice.
    Warn,
    /// It does not work.
    Bad,
}

impl Tone {
    fn look(self, theme: Theme) -> (Icon, Color) {
        let s = theme.surface();
        match self {
            Self::Good => (Icon::CHECK, s.good),
            Self::Neutral => (Icon::INFO, s.muted),
            Self::Warn => (Icon::WARNING, s.warn),
            Self::Bad => (Icon::ERROR, s.bad),
        }
    }
}

/// A line: icon and sentence.
pub fn line(ui: &mut Ui, theme: Theme, tone: Tone, words: &str) {
    let (icon, color) = tone.look(theme);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        glyph(ui, icon, size::BODY + 3.0, color);
        ui.add(egui::Label::new(words).wrap());
    });
}

/// A box around a line, with something to the right of it.
pub fn boxed<R>(ui: &mut Ui, theme: Theme, tone: Tone, words: &str, aside: impl FnOnce(&mut Ui) -> R) -> R {
    let (icon, color) = tone.look(theme);
    let frame = egui::Frame::new()
        .fill(theme.surface().card.into())
        .stroke(Stroke::new(1.0, color))
        .corner_radius(CornerRadius::same(size::ROUND_SMALL))
        .inner_margin(Margin::symmetric(12, 8));
    let shown = frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            glyph(ui, icon, size::HEADING, color);
            let room = (ui.available_width() - 60.0).max(100.0);
            ui.allocate_ui(egui::vec2(room, size::TARGET), |ui| ui.add(egui::Label::new(words).wrap()));
            aside(ui)
        })
        .inner
    });
    shown.inner
}

/// An icon that means nothing by itself: screen readers skip it.
pub fn glyph(ui: &mut Ui, icon: Icon, points: f32, color: Color) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(points, points + 2.0), egui::Sense::hover());
    let at = rect.center();
    ui.painter().text(at, egui::Align2::CENTER_CENTER, icon.glyph(), icon_font(points), Color32::from(color));
}
