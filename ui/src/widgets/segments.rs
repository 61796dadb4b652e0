//! A choice of a few, side by side.

use egui::Ui;

use super::button::{Weight, button};
use crate::theme::Theme;

/// Shows the choices; the one that was pressed, if it is another than `now`.
pub fn segments<T: Copy + PartialEq>(ui: &mut Ui, theme: Theme, now: T, choices: &[(T, &str)]) -> Option<T> {
    let mut pressed = None;
    // Narrow windows and long names take a second row.
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (value, words) in choices {
            let weight = if *value == now { Weight::Chosen } else { Weight::Quiet };
            if button(ui, theme, weight, None, words).clicked() && *value != now {
                pressed = Some(*value);
            }
        }
    });
    pressed
}
