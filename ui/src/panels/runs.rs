//! Runs: what waits, what runs, what was; several side by side in Compare.

use egui::{Color32, ScrollArea, TextEdit, Ui};
use stitchscope_core::recipe::{Pairs, Recipe, Word as _};
use stitchscope_core::report::Cell;

use super::shell::{command, head};
use super::start::standing;
use super::{Cx, percent, short};
use crate::command::{Act, Command};
use crate::state::View;
use crate::theme::style::strong;
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::{bars, card, spark, text};
use crate::words::date;
use crate::world::{Standing, Study};

/// The table.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    head(ui, cx, "Runs", "Every study of this computer. Nothing is sent anywhere.", |ui, cx| {
        command(ui, cx, Weight::Primary, Command::Run);
        command(ui, cx, Weight::Normal, Command::OpenFiles);
        if !cx.world.studies.is_empty()
            && button(ui, cx.theme(), Weight::Normal, Some(Icon::COPY), "Copy the table")
                .on_hover_text("As lines with tabs, for a spreadsheet")
                .clicked()
        {
            cx.send(Act::Copy(table(cx.world.studies.iter().rev())));
        }
    });
    let world = cx.world;
    if world.studies.is_empty() {
        card::card(ui, cx.theme(), |ui| {
            text::heading(ui, "No study yet");
            text::muted(ui, cx.theme(), "Studies appear here as soon as they are asked for, and stay.");
        });
        return;
    }
    filter(ui, cx);
    let studies: Vec<&Study> = world.studies.iter().rev().filter(|study| wanted(cx, study)).collect();
    if studies.is_empty() {
        text::muted(ui, cx.theme(), "No study has these words.");
    }
    let shown: Vec<String> = super::compare::shown(cx).iter().map(|study| study.id.clone()).collect();
    ScrollArea::both().id_salt("runs").auto_shrink([false, false]).show(ui, |ui| {
        card::card(ui, cx.theme(), |ui| {
            egui::Grid::new("runs").num_columns(13).spacing([22.0, 8.0]).striped(true).show(ui, |ui| {
                for name in [
                    "In Compare",
                    "Front → end",
                    "",
                    "Name",
                    "Status",
                    "Begun (UTC)",
                    "Cells",
                    "Best clean",
                    "Best robust",
                    "Clean, cut by cut",
                    "Time",
                    "Recipe",
                    "Device",
                ] {
                    ui.label(egui::RichText::new(name).size(size::SMALL).color(Color32::from(cx.surface().muted)));
                }
                ui.end_row();
                for study in studies {
                    row(ui, cx, study, &shown);
                }
            });
        });
    });
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study, shown: &[String]) {
    let theme = cx.theme();
    let names = study
        .recipe()
        .map_or_else(|| study.id.clone(), |r| format!("{} → {}", short(&r.front.model), short(&r.end.model)));
    let mut on = shown.contains(&study.id);
    let check = ui.add(egui::Checkbox::without_text(&mut on)).accessible_name(format!("Show {names} in Compare"));
    if check.changed() {
        let mut list: Vec<String> = shown.to_vec();
        list.retain(|id| *id != study.id);
        if on {
            list.push(study.id.clone());
        }
        cx.send(Act::Show(list));
    }
    let link = egui::Button::new(egui::RichText::new(&names).font(strong(size::BODY))).frame(false);
    if ui.add(link).on_hover_text(&study.id).clicked() {
        cx.send(Act::Show(vec![study.id.clone()]));
        cx.send(Act::Go(View::Compare));
    }
    // Beside the name, where they are in the window at every width.
    ui.horizontal(|ui| actions(ui, cx, study));
    label(ui, cx, study, &names);
    ui.horizontal(|ui| {
        if study.is_open() {
            bars::progress(ui, theme, "Progress of the study", study.share(), 70.0);
            super::shell::time_left(ui, theme, study);
        }
        let word = text::small(ui, theme, &standing(study));
        if let Standing::Failed(why) = &study.standing {
            word.on_hover_text(why);
        }
    });
    text::small(ui, theme, &study.made.map(date).unwrap_or_default());
    ui.label(study.report.cells.len().to_string());
    ui.label(best(study, |cell| Some(cell.clean)));
    ui.label(best(study, |cell| cell.robust));
    let shares: Vec<f64> = study.report.cells.iter().filter_map(|cell| Some(cell.clean.share()?.share)).collect();
    spark::spark(ui, theme.tokens().mark(Ink::Stitched), &shares);
    text::small(ui, theme, &time(study));
    text::small(ui, theme, &study.recipe().map(|recipe| about(&recipe)).unwrap_or_default());
    text::small(ui, theme, &study.report.environment.device);
    ui.end_row();
}

/// A field for words, and the studies that were put away.
fn filter(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut cx.moment.run_filter).hint_text("Filter").desired_width(220.0);
        ui.add(field).accessible_name("Words that a study must contain");
        let away = cx.state.put_away.iter().filter(|id| cx.world.study(id).is_some()).count();
        if away > 0 {
            ui.checkbox(&mut cx.moment.put_away, format!("Put away ({away})"));
        }
    });
    ui.add_space(size::GAP);
}

/// Whether the list shows it: all words of the filter are in what its line says.
fn wanted(cx: &Cx<'_>, study: &Study) -> bool {
    if cx.state.put_away.contains(&study.id) && !cx.moment.put_away {
        return false;
    }
    let recipe = study.recipe();
    let models = recipe.as_ref().map(|r| format!("{} {}", r.front.model, r.end.model)).unwrap_or_default();
    let about = recipe.as_ref().map(about).unwrap_or_default();
    let label = cx.state.labels.get(&study.id).map_or("", String::as_str);
    let made = study.made.map(date).unwrap_or_default();
    let line = format!("{} {models} {about} {label} {made} {}", study.id, standing(study)).to_lowercase();
    cx.moment.run_filter.to_lowercase().split_whitespace().all(|word| line.contains(word))
}

/// The name that a person gave it.
fn label(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study, names: &str) {
    let mut text = cx.state.labels.get(&study.id).cloned().unwrap_or_default();
    let field = TextEdit::singleline(&mut text).hint_text("a name").char_limit(60);
    if ui.add_sized([120.0, size::TARGET - 4.0], field).accessible_name(format!("Name of the study {names}")).changed()
    {
        cx.choose(|state| {
            if text.trim().is_empty() {
                state.labels.remove(&study.id);
            } else {
                state.labels.insert(study.id.clone(), text);
            }
        });
    }
}

/// What its cells took together, or nothing where none is measured.
fn time(study: &Study) -> String {
    let seconds: f64 = study.report.cells.iter().map(|cell| cell.seconds).filter(|s| s.is_finite()).sum();
    match seconds {
        _ if study.report.cells.is_empty() => String::new(),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// What tells one study of a pair from another: taps, stitch, seeds, attack, numbers of images.
fn about(recipe: &Recipe) -> String {
    let taps = match &recipe.taps.pairs {
        Pairs::Same => "same taps".to_owned(),
        Pairs::All => "all pairs".to_owned(),
        Pairs::List(list) if list.len() == 1 => "1 pair".to_owned(),
        Pairs::List(list) => format!("{} pairs", list.len()),
    };
    let mut parts = vec![taps, format!("{} from {}", recipe.stitch.train, recipe.stitch.init)];
    if recipe.stitch.seeds.len() > 1 {
        parts.push(format!("{} seeds", recipe.stitch.seeds.len()));
    }
    if let Some(attack) = &recipe.attack {
        parts.push(format!("{} {} {}", attack.method.known().word, attack.norm.as_str(), attack.eps));
    }
    if let Some(images) = recipe.data.test_images {
        parts.push(format!("n = {images}"));
    }
    parts.join(", ")
}

/// The table as text: a line per study, tabs between.
fn table<'a>(studies: impl Iterator<Item = &'a Study>) -> String {
    let head = ["study", "front", "end", "begun (UTC)", "status", "cells", "best clean", "best robust", "device"];
    let mut lines = vec![head.join("\t")];
    for study in studies {
        let models = study.recipe().map(|recipe| (recipe.front.model, recipe.end.model)).unwrap_or_default();
        let columns = [
            study.id.clone(),
            models.0,
            models.1,
            study.made.map(date).unwrap_or_default(),
            standing(study),
            study.report.cells.len().to_string(),
            best(study, |cell| Some(cell.clean)),
            best(study, |cell| cell.robust),
            study.report.environment.device.clone(),
        ];
        lines.push(columns.map(|words| words.replace(['\t', '\n'], " ")).join("\t"));
    }
    lines.join("\n")
}

fn best(study: &Study, pick: impl Fn(&Cell) -> Option<stitchscope_core::report::Counts>) -> String {
    let shares = study.report.cells.iter().filter_map(pick).filter_map(|counts| counts.share());
    shares.map(|share| share.share).max_by(f64::total_cmp).map(percent).unwrap_or_default()
}

fn actions(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study) {
    let theme = cx.theme();
    if study.is_open() {
        super::compare::hold_button(ui, cx, study);
        if icon_button(ui, theme, Icon::STOP, "Stop this study").clicked() {
            cx.send(Act::Stop(study.id.clone()));
        }
        return;
    }
    let Some(recipe) = study.recipe() else { return };
    if study.standing != Standing::Done && icon_button(ui, theme, Icon::PLAY, "Go on with this study").clicked() {
        cx.send(Act::Run(Box::new(recipe.clone()), false));
    }
    if button(ui, theme, Weight::Quiet, Some(Icon::CUT), "Use its recipe").clicked() {
        cx.send(Act::Edit(Box::new(recipe)));
        cx.send(Act::Go(View::Stitch));
    }
    let away = cx.state.put_away.contains(&study.id);
    let (icon, name) = if away {
        (Icon::AGAIN, "Take this study back into the list")
    } else {
        (Icon::CLOSE, "Put this study away; its files stay")
    };
    if icon_button(ui, theme, icon, name).clicked() {
        let id = study.id.clone();
        cx.choose(|state| {
            state.put_away.retain(|other| *other != id);
            if !away {
                state.put_away.push(id);
            }
        });
    }
}
