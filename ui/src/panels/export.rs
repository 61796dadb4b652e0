//! The export sheet: what kind of file, how it looks, where it goes.

use egui::{Context, Id, Modal, Ui};

use super::{Cx, ExportKind, ExportSheet};
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
        let (title, about) = words(&sheet.kind);
        text::heading(ui, &cx.say(title));
        text::muted(ui, theme, &cx.say(about));
        let before = sheet.kind.file(sheet.format, sheet.latex);
        choices(ui, theme, &mut sheet, cx.moment.pdf);
        rename(&mut sheet, before);
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
            let words =
                if matches!(sheet.kind, ExportKind::Pictures(_)) { "Write the files" } else { "Write the file" };
            let go = button(ui, theme, Weight::Primary, Some(Icon::EXPORT), words).clicked();
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

const fn words(kind: &ExportKind) -> (&'static str, &'static str) {
    match kind {
        ExportKind::Figure => ("Export the figure", "With legend, caption and the recipe inside the file."),
        ExportKind::Table => ("Export the table", "One line per cell, counts and intervals."),
        ExportKind::Study => (
            "Export the whole study",
            "Report, table, figure, recipe and stitches in one zip. Dropped on this window, it opens again.",
        ),
        ExportKind::Talk => (
            "Export the talk",
            "HTML: every slide with its notes on one page that opens in any browser without a network. PDF: a page a slide, figures as vectors, without notes.",
        ),
        ExportKind::Network(..) => ("Export the stitched network", "Front, stitch and end as one ONNX network."),
        ExportKind::Pictures(_) => {
            ("Export the pictures", "The original, the change around grey and the attacked image, a PNG each.")
        }
    }
}

/// What there is to choose for this kind.
fn choices(ui: &mut Ui, theme: Theme, sheet: &mut ExportSheet, pdf: bool) {
    match sheet.kind {
        ExportKind::Figure => figure(ui, theme, sheet, pdf),
        ExportKind::Table => {
            if let Some(latex) = segments::segments(ui, theme, sheet.latex, &[(false, "CSV"), (true, "LaTeX")]) {
                sheet.latex = latex;
            }
        }
        ExportKind::Pictures(_) => {
            ui.horizontal(|ui| {
                ui.label("Size");
                let sizes = [(1, "1:1"), (4, "4 times"), (8, "8 times"), (16, "16 times")];
                if let Some(chosen) = segments::segments(ui, theme, sheet.magnify, &sizes) {
                    sheet.magnify = chosen;
                }
            });
        }
        ExportKind::Talk if pdf => {
            let formats = [(Format::Svg, "HTML"), (Format::Pdf, "PDF")];
            if let Some(chosen) = segments::segments(ui, theme, sheet.format, &formats) {
                sheet.format = chosen;
            }
        }
        ExportKind::Study | ExportKind::Talk | ExportKind::Network(..) => {}
    }
}

fn figure(ui: &mut Ui, theme: Theme, sheet: &mut ExportSheet, pdf: bool) {
    ui.horizontal(|ui| {
        let formats = [(Format::Svg, "SVG"), (Format::Png, "PNG"), (Format::Pdf, "PDF")];
        let formats = if pdf { &formats[..] } else { &formats[..2] };
        if let Some(chosen) = segments::segments(ui, theme, sheet.format, formats) {
            sheet.format = chosen;
        }
        ui.separator();
        let themes = [(Theme::Light, "Light"), (Theme::Dark, "Dark")];
        if let Some(chosen) = segments::segments(ui, theme, sheet.theme, &themes) {
            sheet.theme = chosen;
        }
    });
    ui.horizontal(|ui| {
        let label = ui.label("Width");
        ui.add(egui::DragValue::new(&mut sheet.width_mm).range(60.0..=600.0).suffix(" mm")).labelled_by(label.id);
        text::small(ui, theme, "180 mm is a page of a two-column paper");
    });
}

/// The path with the new format's ending in place of the old one's.
fn rename(sheet: &mut ExportSheet, before: &str) {
    let now = sheet.kind.file(sheet.format, sheet.latex);
    let ending = |name: &str| name.rsplit_once('.').map(|(_, ending)| format!(".{ending}")).unwrap_or_default();
    if now != before
        && let Some(stem) = sheet.place.strip_suffix(&ending(before))
    {
        sheet.place = format!("{stem}{}", ending(now));
    }
}
