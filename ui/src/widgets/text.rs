//! Words in their few sizes.

use egui::{Color32, RichText, Ui};

use crate::theme::style::strong;
use crate::theme::{Color, Surfaces as _, Theme, size};

/// A view's name.
pub fn title(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).font(strong(size::TITLE)));
}

/// A card's name.
pub fn heading(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).font(strong(size::HEADING)));
}

/// Words that matter less, wrapped.
pub fn muted(ui: &mut Ui, theme: Theme, words: &str) {
    ui.label(RichText::new(words).color(Color32::from(theme.surface().muted)));
}

/// Small words that matter less, wrapped.
pub fn small(ui: &mut Ui, theme: Theme, words: &str) -> egui::Response {
    ui.label(RichText::new(words).size(size::SMALL).color(Color32::from(theme.surface().muted)))
}

/// Semi-bold words in a colour.
pub fn colored(ui: &mut Ui, words: &str, points: f32, color: Color) -> egui::Response {
    ui.label(RichText::new(words).font(strong(points)).color(Color32::from(color)))
}
