//! The export sheet: what kind of file, how it looks, where it goes.

use egui::{Context, Id, Modal};

use super::Cx;
use crate::command::Act;
use crate::theme::{Icon, Theme, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::{segments, text};
use crate::work::Format;

/// The sheet, when it is open.
pub fn show(ctx: &Context, cx: &mut Cx<'_>) {
    let Some(mut sheet) = cx.moment.export.clone() else { return };
    let theme = cx.theme();
    let modal = Modal::new(Id::unique("export")).frame(crate::theme::style::card(theme)).show(ctx, |ui| {
        ui.set_width(460.0);
        text::heading(ui, if sheet.format.is_some() { "Export the figure" } else { "Export the table" });
        if let Some(format) = sheet.format {
            text::muted(ui, theme, "With legend, caption and the recipe inside the file.");
            ui.horizontal(|ui| {
                if let Some(chosen) =
                    segments::segments(ui, theme, format, &[(Format::Svg, "SVG"), (Format::Png, "PNG")])
                {
                    sheet.format = Some(chosen);
                    sheet.place = with_ending(&sheet.place, chosen);
                }
                ui.separator();
                if let Some(chosen) =
                    segments::segments(ui, theme, sheet.theme, &[(Theme::Light, "Light"), (Theme::Dark, "Dark")])
                {
                    sheet.theme = chosen;
                }
            });
            ui.horizontal(|ui| {
                let label = ui.label("Width");
                ui.add(egui::DragValue::new(&mut sheet.width_mm).range(60.0..=600.0).suffix(" mm"))
                    .labelled_by(label.id);
                text::small(ui, theme, "180 mm is a page of a two-column paper");
            });
        } else {
            text::muted(ui, theme, "One line per cell, counts and intervals, as CSV.");
        }
        let label = ui.label("File");
        ui.horizontal(|ui| {
            let field =
                egui::TextEdit::singleline(&mut sheet.place).desired_width(330.0).margin(egui::Margin::symmetric(8, 7));
            ui.add(field).labelled_by(label.id);
            if button(ui, theme, Weight::Normal, Some(Icon::OPEN), "Choose…").clicked() {
                cx.send(Act::ChoosePlace);
            }
        });
        ui.add_space(size::GAP);
        ui.horizontal(|ui| {
            let go = button(ui, theme, Weight::Primary, Some(Icon::EXPORT), "Write the file").clicked();
            (go, button(ui, theme, Weight::Normal, None, "Cancel").clicked())
        })
        .inner
    });
    let (go, cancel) = modal.inner;
    let close = cancel || modal.should_close();
    cx.moment.export = Some(sheet);
    if go {
        cx.send(Act::Export);
    } else if close {
        cx.moment.export = None;
    }
}

/// The path with the format's ending in place of the other's.
fn with_ending(place: &str, format: Format) -> String {
    let (old, new) = match format {
        Format::Svg => (".png", ".svg"),
        Format::Png => (".svg", ".png"),
    };
    place.strip_suffix(old).map_or_else(|| place.to_owned(), |stem| format!("{stem}{new}"))
}
