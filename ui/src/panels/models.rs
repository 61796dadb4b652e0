//! Models: the shelf, and of the chosen network what can be done with it, where it can be cut, and its graph.

mod graph;
mod node;
mod places;

use egui::{Color32, Panel, ScrollArea, Ui, WidgetInfo, vec2};
use stitchscope_core::inspect::{Size, TapView};
use stitchscope_core::metrics::thousands;

use super::shell::{command, head};
use super::{Cx, percent, short};
use crate::command::{Act, Command};
use crate::state::Drawn;
use crate::theme::style::strong;
use crate::theme::{Icon, Ink, Surfaces as _, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::notice::{Tone, line};
use crate::widgets::segments::wrapped;
use crate::widgets::{card, text};
use crate::work::ModelView;
use crate::world::Found;

pub use graph::Looking;

/// The shelf on the left, the network on the right.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let sentence = cx.say("Choose one to give the front and one to give the end.");
    head(ui, cx, "Networks", &sentence, |ui, cx| {
        command(ui, cx, Weight::Normal, Command::OpenFiles);
        command(ui, cx, Weight::Normal, Command::Swap);
    });
    if cx.state.drawn == Drawn::Both {
        ways(ui, cx);
        let pair = [cx.recipe.front.model.clone(), cx.recipe.end.model.clone()];
        graph::show(ui, cx, &pair);
        return;
    }
    // In a narrow window a graph needs the shelf's room.
    let shelved = cx.state.drawn == Drawn::Places || ui.available_width() > 2.6 * size::SIDE;
    let frame = egui::Frame::new().inner_margin(egui::Margin { right: 14, ..egui::Margin::ZERO });
    let panel = Panel::left("shelf").exact_size(size::SIDE).resizable(false).show_separator_line(false).frame(frame);
    if shelved {
        panel.show(ui, |ui| ScrollArea::vertical().id_salt("shelf").show(ui, |ui| shelf(ui, cx)));
    }
    let chosen = cx.state.model.clone().unwrap_or_else(|| cx.recipe.front.model.clone());
    let world = cx.world;
    match world.models.get(&chosen) {
        None => cx.send(Act::Inspect(chosen)),
        Some(Found::Asked) => {
            ui.horizontal(|ui| {
                ui.spinner()
                    .widget_info(|| WidgetInfo::labeled(egui::Role::ProgressIndicator, true, "Reading the network"));
                text::muted(ui, cx.theme(), &format!("Reading {}…", short(&chosen)));
            });
        }
        Some(Found::Failed(why)) => broken(ui, cx, &chosen, why),
        Some(Found::Here(view)) => network(ui, cx, &chosen, view),
    }
}

/// Bundled networks, then opened ones.
fn shelf(ui: &mut Ui, cx: &mut Cx<'_>) {
    let known = cx.bundle.models.clone();
    for model in &known {
        let clean = model.clean.and_then(|c| c.share()).map(|s| format!("clean {}", percent(s.share)));
        let robust = model.robust.and_then(|c| c.share()).map(|s| format!("robust {}", percent(s.share)));
        let numbers: Vec<String> = [clean, robust].into_iter().flatten().collect();
        book(ui, cx, &model.reference, &model.about, &cx.say(&numbers.join(", ")));
    }
    for model in cx.state.models.clone() {
        let right = ui.available_rect_before_wrap().right_top();
        book(ui, cx, &model, &model, "");
        let place = egui::Rect::from_min_size(right + vec2(-40.0, 8.0), vec2(32.0, size::TARGET));
        let mut corner = ui.new_child(egui::UiBuilder::new().max_rect(place));
        if icon_button(&mut corner, cx.theme(), Icon::CLOSE, &format!("Take {} off the shelf", short(&model))).clicked()
        {
            cx.choose(|state| {
                state.models.retain(|known| *known != model);
                state.model = state.model.take().filter(|shown| *shown != model);
            });
        }
    }
}

/// A network on the shelf, marked where it stands in the pair.
fn book(ui: &mut Ui, cx: &mut Cx<'_>, reference: &str, about: &str, numbers: &str) {
    let (theme, tokens) = (cx.theme(), cx.theme().tokens());
    let chosen = cx.state.model.as_deref().unwrap_or(&cx.recipe.front.model) == reference;
    let roles = [(Ink::Front, "front", &cx.recipe.front.model), (Ink::End, "end", &cx.recipe.end.model)];
    let roles: Vec<_> = roles.into_iter().filter(|(_, _, model)| *model == reference).collect();
    let width = ui.available_width();
    let pressed = card::pressed(ui, theme, vec2(width, 82.0), &format!("Show {}", short(reference)), chosen, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            ui.label(egui::RichText::new(short(reference)).font(strong(size::BODY)));
            if matches!(cx.world.models.get(reference), Some(Found::Failed(_))) {
                text::colored(ui, "cannot be used", size::SMALL, theme.surface().bad);
            }
            for (ink, word, _) in &roles {
                text::colored(ui, &cx.say(word), size::SMALL, tokens.words(*ink));
            }
        });
        ui.add(
            egui::Label::new(egui::RichText::new(about).size(size::SMALL).color(Color32::from(theme.surface().muted)))
                .truncate(),
        );
        text::small(ui, theme, numbers);
    });
    if pressed.clicked() {
        let reference = reference.to_owned();
        cx.choose(|state| state.model = Some(reference));
    }
}

fn broken(ui: &mut Ui, cx: &mut Cx<'_>, model: &str, why: &str) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        text::heading(ui, &format!("{} cannot be used", short(model)));
        line(ui, theme, Tone::Bad, why);
        ui.horizontal(|ui| {
            if button(ui, theme, Weight::Normal, Some(Icon::COPY), "Copy the reason").clicked() {
                cx.send(Act::Copy(why.to_owned()));
            }
            if button(ui, theme, Weight::Normal, Some(Icon::AGAIN), "Read it again").clicked() {
                cx.send(Act::Inspect(model.to_owned()));
            }
        });
    });
}

/// Head with numbers and checks, then the taps.
fn network(ui: &mut Ui, cx: &mut Cx<'_>, model: &str, view: &ModelView) {
    let theme = cx.theme();
    // A graph needs the room.
    let brief = cx.state.drawn == Drawn::Graph;
    card::card(ui, theme, |ui| {
        ui.horizontal(|ui| {
            text::heading(ui, short(model));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| use_as(ui, cx, model));
        });
        if !brief || ui.ctx().content_rect().height() > 700.0 {
            text::muted(ui, theme, &facts(view));
        }
        let checks = view.checks.iter().filter(|check| !brief || check.found.is_err());
        for check in checks {
            match &check.found {
                Ok(how) => line(ui, theme, Tone::Good, &format!("{}: {}", check.what, cx.say(how))),
                Err(why) => line(ui, theme, Tone::Bad, &format!("{}: no. {why}", check.what)),
            }
        }
        for warning in view.inspection.warnings.iter().filter(|_| !brief) {
            line(ui, theme, Tone::Warn, warning);
        }
    });
    ui.add_space(size::GAP);
    ways(ui, cx);
    match cx.state.drawn {
        Drawn::Places => places::show(ui, cx, view),
        Drawn::Graph | Drawn::Both => graph::show(ui, cx, &[model.to_owned()]),
    }
}

/// The ways in which a network is shown.
fn ways(ui: &mut Ui, cx: &mut Cx<'_>) {
    let ways = [(Drawn::Places, "Taps"), (Drawn::Graph, "Graph"), (Drawn::Both, "Front and end side by side")];
    let ways = ways.map(|(drawn, words)| (drawn, cx.say(words)));
    if let Some(drawn) = wrapped(ui, cx.theme(), cx.state.drawn, &ways) {
        cx.choose(|state| state.drawn = drawn);
    }
}

fn use_as(ui: &mut Ui, cx: &mut Cx<'_>, model: &str) {
    let theme = cx.theme();
    let model = model.to_owned();
    if cx.recipe.end.model == model {
        text::colored(ui, &cx.say("gives the end"), size::SMALL, theme.tokens().words(Ink::End));
    } else if button(ui, theme, Weight::Normal, None, &cx.say("Use as end"))
        .on_hover_text("This network gives the layers after the cut")
        .clicked()
    {
        cx.edit(|recipe| recipe.end.model.clone_from(&model));
    }
    if cx.recipe.front.model == model {
        text::colored(ui, &cx.say("gives the front"), size::SMALL, theme.tokens().words(Ink::Front));
    } else if button(ui, theme, Weight::Normal, None, &cx.say("Use as front"))
        .on_hover_text("This network gives the layers before the cut")
        .clicked()
    {
        cx.edit(|recipe| recipe.front.model.clone_from(&model));
    }
}

fn facts(view: &ModelView) -> String {
    let inspection = &view.inspection;
    let image = view.image.map(|[c, h, w]| format!("images {c}×{h}×{w}, ")).unwrap_or_default();
    let classes = view.classes.map(|k| format!("{k} classes, ")).unwrap_or_default();
    format!(
        "{image}{classes}{} parameters, {} multiply-adds an image; made by {}",
        thousands(inspection.parameters),
        thousands(inspection.operations),
        if inspection.producer.is_empty() { "an unknown program" } else { &inspection.producer },
    )
}

/// `64×7×7`, without the batch.
pub fn shape(tap: &TapView) -> String {
    let sizes: Vec<String> = tap
        .shape
        .iter()
        .skip(1)
        .map(|size| match size {
            Size::Fixed(size) => size.to_string(),
            Size::Batch(text) => text.clone(),
        })
        .collect();
    sizes.join("×")
}
