//! Runs: what waits, what runs, what was. Studies are named, noted, tagged, sorted, chosen, compared, put away and deleted here.

mod delete;
mod facts;
mod row;

use std::collections::BTreeSet;

use egui::{Color32, RichText, ScrollArea, TextEdit, Ui};
use stitchscope_core::report::{Cell, Counts};

use super::shell::{command, head};
use super::start::standing;
use super::{Cx, percent};
use crate::command::{Act, Command};
use crate::state::View;
use crate::theme::{Icon, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::{card, text};
use crate::words::date;
use crate::work::StudyId;
use crate::world::Study;
use facts::Facts;

/// What is open here for a moment.
#[derive(Default)]
pub struct Listing {
    /// Words that a study must contain.
    filter: String,
    /// The studies that were put away are shown, too.
    put_away: bool,
    /// Studies that are chosen, to do something with all of them.
    chosen: BTreeSet<StudyId>,
    /// Whether they are to be deleted is being asked.
    deleting: bool,
    /// What the list is sorted by, and whether the largest comes first; absent: the newest first.
    sort: Option<(Column, bool)>,
    facts: Facts,
}

impl Listing {
    /// Whether a question is open that must be answered first.
    pub const fn is_asking(&self) -> bool {
        self.deleting
    }
}

/// A column that the list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Pair,
    Begun,
    Cells,
    Clean,
    Robust,
    Time,
}

/// The table's columns: heading, and what a press on it sorts by.
const COLUMNS: [(&str, Option<Column>); 15] = [
    ("", None),
    ("Front → end", Some(Column::Pair)),
    ("", None),
    ("Name", None),
    ("Status", None),
    ("Best clean", Some(Column::Clean)),
    ("Best robust", Some(Column::Robust)),
    ("Clean, tap by tap", None),
    ("Note, #tags", None),
    ("Begun (UTC)", Some(Column::Begun)),
    ("What differs", None),
    ("Cells", Some(Column::Cells)),
    ("Time", Some(Column::Time)),
    ("Recipe", None),
    ("Device", None),
];

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
            cx.send(Act::Copy(table(cx)));
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
    cx.moment.runs.facts.renew(&world.studies);
    cx.moment.runs.chosen.retain(|id| world.study(id).is_some());
    filter(ui, cx);
    let studies = listed(cx, &world.studies);
    bulk(ui, cx, &studies);
    if studies.is_empty() {
        text::muted(ui, cx.theme(), "No study has these words.");
    }
    let shown: Vec<String> = super::compare::shown(cx).iter().map(|study| study.id.clone()).collect();
    ScrollArea::both().id_salt("runs").auto_shrink([false, false]).show(ui, |ui| {
        card::card(ui, cx.theme(), |ui| {
            egui::Grid::new("runs").num_columns(COLUMNS.len()).spacing([16.0, 8.0]).striped(true).show(ui, |ui| {
                for (name, column) in COLUMNS {
                    heading(ui, cx, name, column);
                }
                ui.end_row();
                for study in studies {
                    row::row(ui, cx, study, shown.contains(&study.id));
                }
            });
        });
    });
    delete::ask(ui, cx);
}

/// A heading; one that sorts: largest first, smallest first, newest first.
fn heading(ui: &mut Ui, cx: &mut Cx<'_>, name: &str, column: Option<Column>) {
    let (now, name) = (cx.moment.runs.sort, cx.say(name));
    let muted = Color32::from(cx.surface().muted);
    let Some(column) = column else {
        ui.label(RichText::new(name).size(size::SMALL).color(muted));
        return;
    };
    let arrow = match now {
        Some((by, true)) if by == column => " ↓",
        Some((by, false)) if by == column => " ↑",
        _ => "",
    };
    let words = RichText::new(format!("{name}{arrow}")).size(size::SMALL).color(muted);
    let pressed = ui.add(egui::Button::new(words).frame(false)).accessible_name(format!("Sort by {name}"));
    if pressed.on_hover_text("Press to sort").clicked() {
        cx.moment.runs.sort = match now {
            Some((by, true)) if by == column => Some((column, false)),
            Some((by, false)) if by == column => None,
            _ => Some((column, true)),
        };
    }
}

/// The studies that the list shows, in its order.
fn listed<'a>(cx: &Cx<'_>, studies: &'a [Study]) -> Vec<&'a Study> {
    let mut list: Vec<&Study> = studies.iter().rev().filter(|study| wanted(cx, study)).collect();
    let Some((column, falling)) = cx.moment.runs.sort else { return list };
    let number = |study: &Study| match column {
        Column::Pair => 0.0,
        Column::Begun => study.made.unwrap_or_default() as f64,
        Column::Cells => study.report.cells.len() as f64,
        Column::Clean => best(study, |cell| Some(cell.clean)).unwrap_or(-1.0),
        Column::Robust => best(study, |cell| cell.robust).unwrap_or(-1.0),
        Column::Time => seconds(study),
    };
    let names = |study: &Study| &cx.moment.runs.facts.of(&study.id).names;
    list.sort_by(|a, b| {
        let rising = number(a).total_cmp(&number(b)).then_with(|| match column {
            Column::Pair => names(a).cmp(names(b)),
            _ => std::cmp::Ordering::Equal,
        });
        if falling { rising.reverse() } else { rising }
    });
    list
}

/// A field for words, tags to press, and the studies that were put away.
fn filter(ui: &mut Ui, cx: &mut Cx<'_>) {
    let known = cx.state.notes.iter().filter(|(id, _)| cx.world.study(id).is_some());
    let tags: BTreeSet<String> = known.flat_map(|(_, note)| facts::tags(note)).map(str::to_owned).collect();
    ui.horizontal_wrapped(|ui| {
        let field = TextEdit::singleline(&mut cx.moment.runs.filter).hint_text("Filter").desired_width(220.0);
        ui.add(field).accessible_name("Words that a study must contain");
        for tag in tags {
            let on = cx.moment.runs.filter.trim() == tag;
            let weight = if on { Weight::Chosen } else { Weight::Quiet };
            if button(ui, cx.theme(), weight, None, &tag).on_hover_text("Only studies with this tag").clicked() {
                cx.moment.runs.filter = if on { String::new() } else { tag };
            }
        }
        let away = cx.state.put_away.iter().filter(|id| cx.world.study(id).is_some()).count();
        if away > 0 {
            ui.checkbox(&mut cx.moment.runs.put_away, format!("Put away ({away})"));
        }
    });
    ui.add_space(size::GAP);
}

/// What can be done with all studies that are chosen.
fn bulk(ui: &mut Ui, cx: &mut Cx<'_>, listed: &[&Study]) {
    // In the list's order; one that the filter hides is not touched.
    let chosen = listed.iter().filter(|study| cx.moment.runs.chosen.contains(&study.id));
    let chosen: Vec<StudyId> = chosen.map(|study| study.id.clone()).collect();
    if chosen.is_empty() {
        return;
    }
    let theme = cx.theme();
    ui.horizontal_wrapped(|ui| {
        ui.label(format!("{} chosen", chosen.len()));
        if button(ui, theme, Weight::Normal, Some(Icon::CHART), "Compare them").clicked() {
            cx.send(Act::Show(chosen.clone()));
            cx.send(Act::Go(View::Compare));
        }
        if button(ui, theme, Weight::Normal, Some(Icon::CLOSE), "Put them away").clicked() {
            put_away(cx, &chosen, true);
            cx.moment.runs.chosen.clear();
        }
        if button(ui, theme, Weight::Normal, Some(Icon::DELETE), "Delete them…").clicked() {
            cx.moment.runs.deleting = true;
        }
        if button(ui, theme, Weight::Quiet, None, "Choose none").clicked() {
            cx.moment.runs.chosen.clear();
        }
    });
    ui.add_space(size::GAP);
}

fn put_away(cx: &mut Cx<'_>, ids: &[StudyId], away: bool) {
    let ids = ids.to_vec();
    cx.choose(|state| {
        state.put_away.retain(|other| !ids.contains(other));
        if away {
            state.put_away.extend(ids);
        }
    });
}

/// Whether the list shows it: all words of the filter are in what its line says.
fn wanted(cx: &Cx<'_>, study: &Study) -> bool {
    if cx.state.put_away.contains(&study.id) && !cx.moment.runs.put_away {
        return false;
    }
    let facts = cx.moment.runs.facts.of(&study.id);
    let said = |map: &std::collections::BTreeMap<String, String>| map.get(&study.id).cloned().unwrap_or_default();
    let (label, note) = (said(&cx.state.labels), said(&cx.state.notes));
    let made = study.made.map(date).unwrap_or_default();
    let line = format!("{} {} {} {label} {note} {made} {}", study.id, facts.models, facts.about, standing(study));
    let line = line.to_lowercase();
    cx.moment.runs.filter.to_lowercase().split_whitespace().all(|word| line.contains(word))
}

/// Seconds that its cells took together.
fn seconds(study: &Study) -> f64 {
    study.report.cells.iter().map(|cell| cell.seconds).filter(|seconds| seconds.is_finite()).sum()
}

fn best(study: &Study, pick: impl Fn(&Cell) -> Option<Counts>) -> Option<f64> {
    let shares = study.report.cells.iter().filter_map(pick).filter_map(|counts| counts.share());
    shares.map(|share| share.share).max_by(f64::total_cmp)
}

fn best_words(study: &Study, pick: impl Fn(&Cell) -> Option<Counts>) -> String {
    best(study, pick).map(percent).unwrap_or_default()
}

/// The table as text: a line per study, tabs between.
fn table(cx: &Cx<'_>) -> String {
    let head = [
        "study",
        "front",
        "end",
        "name",
        "note",
        "begun (UTC)",
        "status",
        "cells",
        "best clean",
        "best robust",
        "device",
    ];
    let mut lines = vec![head.join("\t")];
    for study in cx.world.studies.iter().rev() {
        let models = study.recipe().map(|recipe| (recipe.front.model, recipe.end.model)).unwrap_or_default();
        let columns = [
            study.id.clone(),
            models.0,
            models.1,
            cx.state.labels.get(&study.id).cloned().unwrap_or_default(),
            cx.state.notes.get(&study.id).cloned().unwrap_or_default(),
            study.made.map(date).unwrap_or_default(),
            standing(study),
            study.report.cells.len().to_string(),
            best_words(study, |cell| Some(cell.clean)),
            best_words(study, |cell| cell.robust),
            study.report.environment.device.clone(),
        ];
        lines.push(columns.map(|words| words.replace(['\t', '\n'], " ")).join("\t"));
    }
    lines.join("\n")
}
