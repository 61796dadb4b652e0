//! Settings: how the window looks, whose words, what computes.

use egui::{ScrollArea, Ui};
use stitchscope_core::recipe::{Choice, Word as _};

use super::Cx;
use super::shell::{command, head};
use crate::command::{Act, Command};
use crate::state::Words;
use crate::theme::{Icon, Theme, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{card, segments, text};

/// All settings.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    head(ui, cx, "Settings", "Kept on this computer and used at the next start.", |_, _| {});
    ScrollArea::vertical().id_salt("settings").show(ui, |ui| {
        ui.set_max_width(820.0);
        look(ui, cx);
        ui.add_space(size::GAP);
        engines(ui, cx);
        ui.add_space(size::GAP);
        kept(ui, cx);
        about(ui, cx);
    });
}

fn look(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        text::heading(ui, "Look");
        row(ui, "Colours", |ui| {
            if let Some(now) = segments::segments(ui, theme, theme, &[(Theme::Light, "Light"), (Theme::Dark, "Dark")]) {
                cx.choose(|state| state.theme = now);
            }
        });
        row(ui, "Words", |ui| {
            let choices = [(Words::Plain, "Plain"), (Words::Paper, "As in the papers")];
            if let Some(now) = segments::segments(ui, theme, cx.words(), &choices) {
                cx.choose(|state| state.words = now);
            }
        });
        row(ui, "Size", |ui| {
            let sizes = [(0.8, "80 %"), (1.0, "100 %"), (1.25, "125 %"), (1.5, "150 %"), (2.0, "200 %")];
            if let Some(now) = segments::segments(ui, theme, cx.state.zoom, &sizes) {
                cx.choose(|state| state.zoom = now);
            }
        });
        row(ui, "Animation", |ui| {
            if let Some(now) = segments::segments(ui, theme, cx.state.still, &[(false, "Short"), (true, "None")]) {
                cx.choose(|state| state.still = now);
            }
        });
    });
}

fn engines(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        text::heading(ui, "Engine");
        row(ui, "For studies", |ui| {
            let choices: Vec<(Choice, &str)> = Choice::ALL.iter().map(|e| (*e, engine_name(e.as_str()))).collect();
            if let Some(now) = segments::wrapped(ui, theme, cx.recipe.run.engine, &choices) {
                cx.edit(|recipe| recipe.run.engine = now);
            }
        });
        match &cx.world.device {
            None => text::muted(ui, theme, "Looking for engines…"),
            Some(device) => {
                for engine in &device.engines {
                    match &engine.found {
                        Ok(what) => line(ui, theme, Tone::Good, &format!("{}: {what}", engine_name(&engine.engine))),
                        Err(why) => line(ui, theme, Tone::Warn, &format!("{}: {why}", engine_name(&engine.engine))),
                    }
                }
            }
        }
    });
}

/// An engine's name beside the word that recipes have for it.
fn engine_name(word: &str) -> &str {
    match word {
        "auto" => "automatic",
        "ort" => "ONNX Runtime (ort)",
        "wgpu" => "graphics (wgpu)",
        "reference" => "plain and slow (reference)",
        other => other,
    }
}

/// What a browser keeps; on a workstation there is nothing to say.
fn kept(ui: &mut Ui, cx: &mut Cx<'_>) {
    let (theme, Some(bytes)) = (cx.theme(), cx.moment.kept_bytes) else { return };
    card::card(ui, theme, |ui| {
        text::heading(ui, "Kept in this browser");
        let size = format!("{:.1} MB", bytes as f64 / 1e6);
        text::muted(
            ui,
            theme,
            &format!("{size} of studies, networks and images, for the next visit, also without a network."),
        );
        if button(ui, theme, Weight::Normal, Some(Icon::CLOSE), "Delete them").clicked() {
            cx.send(Act::ForgetKept);
        }
    });
    ui.add_space(size::GAP);
}

fn about(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        text::heading(ui, "About");
        text::muted(ui, theme, &format!("Stitchscope {}. Nothing leaves this computer.", env!("CARGO_PKG_VERSION")));
        text::small(ui, theme, "Font: Inter (SIL Open Font License). Icons: Material Symbols (Apache License 2.0).");
        ui.horizontal(|ui| command(ui, cx, Weight::Normal, Command::Keys));
    });
}

fn row(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(
            egui::vec2(130.0, size::TARGET),
            egui::Layout::left_to_right(egui::Align::Center),
            |ui| {
                ui.set_min_width(130.0);
                ui.label(name);
            },
        );
        contents(ui);
    });
}
