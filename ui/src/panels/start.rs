//! Start: ready to play, no file needed.

use egui::{Align2, CornerRadius, Rect, ScrollArea, Stroke, StrokeKind, Ui, pos2, vec2};

use super::shell::{command, head};
use super::{Cx, short};
use crate::bundle::FEW_WORDS;
use crate::command::{Act, Command};
use crate::state::View;
use crate::theme::style::{icon as icon_font, strong};
use crate::theme::{Icon, Ink, Surfaces as _, Theme, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::notice::{Tone, glyph, line};
use crate::widgets::{card, text};
use crate::work::Device;
use crate::world::{Standing, Study};

/// Height of an example's card.
const CARD: f32 = 236.0;

/// Examples on the left, what was found and what was done on the right.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let sentence =
        cx.say("Cut one network, cut another, join the halves with a small stitch, and see what still works.");
    head(ui, cx, "Where do two networks fit together?", &sentence, |ui, cx| {
        command(ui, cx, Weight::Normal, Command::OpenFiles);
    });
    ScrollArea::vertical().id_salt("start").show(ui, |ui| {
        let width = ui.available_width();
        let count = cx.bundle.examples.len().max(1);
        let columns = if width > 900.0 { count.min(3) } else { count.min(2) };
        let each = (width - size::GUTTER * (columns as f32 - 1.0)) / columns as f32;
        for row in 0..count.div_ceil(columns) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = size::GUTTER;
                for index in (row * columns)..((row + 1) * columns).min(count) {
                    example(ui, cx, index, each);
                }
            });
        }
        ui.add_space(size::GUTTER);
        let half = (width - size::GUTTER) / 2.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = size::GUTTER;
            ui.allocate_ui(vec2(half, 10.0), |ui| ui.vertical(|ui| own(ui, cx)));
            ui.allocate_ui(vec2(half, 10.0), |ui| {
                ui.vertical(|ui| {
                    device(ui, cx);
                    recent(ui, cx);
                })
            });
        });
    });
}

fn example(ui: &mut Ui, cx: &mut Cx<'_>, index: usize, width: f32) {
    let Some(example) = cx.bundle.examples.get(index).cloned() else { return };
    let theme = cx.theme();
    card::sized(ui, theme, vec2(width, CARD), |ui| {
        ui.vertical(|ui| {
            picture(ui, theme, example.recipes.len() > 1);
            ui.add_space(4.0);
            text::heading(ui, &example.title);
            text::muted(ui, theme, &example.about);
            ui.with_layout(egui::Layout::bottom_up(egui::Align::Min), |ui| {
                // From below: the button, and above it how long it takes, which no narrow card cuts off.
                let weight = if index == 0 { Weight::Primary } else { Weight::Normal };
                let pressed =
                    button(ui, theme, weight, Some(Icon::PLAY), &format!("Run the example: {}", example.title));
                if pressed.clicked() {
                    cx.send(Act::Example(index));
                }
                let slow = cx.world.device.as_ref().is_some_and(Device::is_slow);
                text::small(ui, theme, if slow { FEW_WORDS } else { &example.length });
            });
        });
    });
}

/// Two ribbons, cut and joined: what all of this is about, in one picture.
fn picture(ui: &mut Ui, theme: Theme, both: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 64.0), egui::Sense::hover());
    let (s, tokens) = (theme.surface(), theme.tokens());
    let (front, end, stitch) = (tokens.mark(Ink::Front), tokens.mark(Ink::End), tokens.mark(Ink::Stitched));
    let painter = ui.painter();
    let pieces = 6;
    let gap = 4.0;
    let step = (rect.width() + gap) / pieces as f32;
    for piece in 0..pieces {
        let x = rect.left() + step * piece as f32;
        let block = |y: f32| Rect::from_min_size(pos2(x, y), vec2(step - gap, 20.0));
        let (top, bottom) = (block(rect.top() + 6.0), block(rect.top() + 38.0));
        let kept = piece < 3;
        painter.rect_filled(top, CornerRadius::same(4), if kept { front } else { s.hover });
        painter.rect_filled(bottom, CornerRadius::same(4), if kept { s.hover } else { end });
    }
    let cut = rect.left() + step * 3.0 - gap / 2.0;
    let (from, to) = (pos2(cut - 6.0, rect.top() + 16.0), pos2(cut + 6.0, rect.top() + 48.0));
    let middle = pos2(cut, rect.top() + 32.0);
    let curve = egui::epaint::CubicBezierShape::from_points_stroke(
        [from, pos2(from.x + 26.0, from.y), pos2(to.x - 26.0, to.y), to],
        false,
        egui::Color32::TRANSPARENT,
        Stroke::new(5.0, stitch),
    );
    painter.add(curve);
    let round = Rect::from_center_size(middle, vec2(26.0, 22.0));
    painter.rect(round, CornerRadius::same(7), s.card, Stroke::new(1.5, stitch), StrokeKind::Inside);
    let icon = if both { Icon::SWAP } else { Icon::CUT };
    painter.text(middle, Align2::CENTER_CENTER, icon.glyph(), icon_font(15.0), s.text.into());
}

/// Bring your own.
fn own(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        ui.horizontal(|ui| {
            glyph(ui, Icon::DROP, 34.0, theme.surface().accent);
            ui.vertical(|ui| {
                text::heading(ui, "Your own networks");
                text::muted(ui, theme, "Drop ONNX files, a recipe, a report or a folder of images anywhere on this window, or paste a recipe. Nothing leaves this computer.");
            });
        });
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            command(ui, cx, Weight::Normal, Command::OpenFolder);
            if button(ui, theme, Weight::Normal, Some(Icon::NETWORK), "Choose two networks").clicked() {
                cx.send(Act::Go(View::Models));
            }
        });
    });
}

fn device(ui: &mut Ui, cx: &Cx<'_>) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        text::heading(ui, "This computer");
        match &cx.world.device {
            None => text::muted(ui, theme, "Looking for engines…"),
            Some(device) if ["processor", "reference"].contains(&device.engine.as_str()) => {
                line(
                    ui,
                    theme,
                    Tone::Warn,
                    "No fast engine was found: the small examples still work, slowly. Settings tells what is missing.",
                );
            }
            Some(device) if device.engine == "wgpu" && !device.accelerated => {
                let words = format!("Works, slowly: on {}. Settings tells what a faster engine needs.", device.device);
                line(ui, theme, Tone::Warn, &words);
            }
            Some(device) => line(ui, theme, Tone::Good, &format!("Ready on {}.", device.device)),
        }
    });
    ui.add_space(size::GUTTER - size::GAP);
}

fn recent(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    let world = cx.world;
    let studies: Vec<&Study> = world.studies.iter().rev().take(5).collect();
    if studies.is_empty() {
        return;
    }
    card::card(ui, theme, |ui| {
        text::heading(ui, "Recent studies");
        for study in studies {
            let Some(recipe) = study.recipe() else { continue };
            let names = format!("{} → {}", short(&recipe.front.model), short(&recipe.end.model));
            let standing = standing(study);
            let width = ui.available_width();
            let pressed =
                card::pressed(ui, theme, vec2(width, 40.0), &format!("Open {names}, {standing}"), false, |ui| {
                    ui.horizontal_centered(|ui| {
                        ui.label(egui::RichText::new(&names).font(strong(size::BODY)));
                        text::small(ui, theme, &standing);
                    });
                });
            if pressed.clicked() {
                cx.send(Act::Show(vec![study.id.clone()]));
                cx.send(Act::Go(View::Compare));
            }
        }
    });
}

/// How a study stands, in words.
pub fn standing(study: &Study) -> String {
    let cells = study.report.cells.len();
    // How many there are in all is not known of every study before it goes on.
    let of = if study.cells > cells { format!("of {} cells", study.cells) } else { "cells".to_owned() };
    match &study.standing {
        Standing::Queued => "waiting".to_owned(),
        Standing::Running => format!("running, {cells} of {} cells", study.cells),
        Standing::Paused => format!("paused after {cells} {of}"),
        Standing::Done => format!("{cells} cells"),
        Standing::Stopped => format!("stopped after {cells} {of}"),
        Standing::Failed(_) => "failed".to_owned(),
    }
}
