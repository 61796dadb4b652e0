//! A choice of a few, side by side.

use egui::Ui;

use super::button::{Weight, button};
use crate::theme::Theme;

/// Shows the choices in one row; the one that was pressed, if it is another than `now`.
pub fn segments<T: Copy + PartialEq, W: AsRef<str>>(
    ui: &mut Ui,
    theme: Theme,
    now: T,
    choices: &[(T, W)],
) -> Option<T> {
    ui.horizontal(|ui| each(ui, theme, now, choices)).inner
}

/// As [`segments`], with further rows for long names in narrow windows.
pub fn wrapped<T: Copy + PartialEq, W: AsRef<str>>(ui: &mut Ui, theme: Theme, now: T, choices: &[(T, W)]) -> Option<T> {
    ui.horizontal_wrapped(|ui| each(ui, theme, now, choices)).inner
}

fn each<T: Copy + PartialEq, W: AsRef<str>>(ui: &mut Ui, theme: Theme, now: T, choices: &[(T, W)]) -> Option<T> {
    ui.spacing_mut().item_spacing.x = 4.0;
    let mut pressed = None;
    for (value, words) in choices {
        let weight = if *value == now { Weight::Chosen } else { Weight::Quiet };
        if button(ui, theme, weight, None, words.as_ref()).clicked() && *value != now {
            pressed = Some(*value);
        }
    }
    pressed
}
