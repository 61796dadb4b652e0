//! One study as a line of the list.

use egui::{RichText, TextEdit, Ui};

use super::{best_words, put_away, seconds};
use crate::command::Act;
use crate::panels::Cx;
use crate::panels::start::standing;
use crate::state::{State, View};
use crate::theme::style::strong;
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::{bars, spark, text};
use crate::words::date;
use crate::world::{Standing, Study};

/// Longest words of a column.
const LONGEST: usize = 60;

/// The line; `shown`: Compare shows the study.
pub(super) fn row(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study, shown: bool) {
    let theme = cx.theme();
    let fact = cx.moment.runs.facts.of(&study.id).clone();
    let names = if fact.names.is_empty() { study.id.clone() } else { fact.names };
    let mut on = cx.moment.runs.chosen.contains(&study.id);
    if ui.add(egui::Checkbox::without_text(&mut on)).accessible_name(format!("Choose {names}")).changed() {
        if on {
            cx.moment.runs.chosen.insert(study.id.clone());
        } else {
            cx.moment.runs.chosen.remove(&study.id);
        }
    }
    ui.horizontal(|ui| {
        let link = egui::Button::new(RichText::new(&names).font(strong(size::BODY))).frame(false);
        if ui.add(link).on_hover_text(&study.id).clicked() {
            cx.send(Act::Show(vec![study.id.clone()]));
            cx.send(Act::Go(View::Compare));
        }
        if shown {
            text::small(ui, theme, "shown").on_hover_text("Compare shows it");
        }
    });
    // Beside the name, where they are in the window at every width.
    ui.horizontal(|ui| actions(ui, cx, study));
    let said = |map: &std::collections::BTreeMap<String, String>| map.get(&study.id).cloned().unwrap_or_default();
    let (label, note) = (said(&cx.state.labels), said(&cx.state.notes));
    field(ui, cx, study, (&format!("Name of the study {names}"), "a name", 120.0, 60), label, |state| {
        &mut state.labels
    });
    status(ui, cx, study);
    ui.label(best_words(study, |cell| Some(cell.clean)));
    ui.label(best_words(study, |cell| cell.robust));
    let shares: Vec<f64> = study.report.cells.iter().filter_map(|cell| Some(cell.clean.share()?.share)).collect();
    spark::spark(ui, theme.tokens().mark(Ink::Stitched), &shares);
    field(ui, cx, study, (&format!("Note on the study {names}"), "a note", 170.0, 400), note, |state| &mut state.notes);
    text::small(ui, theme, &study.made.map(date).unwrap_or_default());
    short(ui, cx, &fact.differs);
    ui.label(study.report.cells.len().to_string());
    text::small(ui, theme, &time(study));
    short(ui, cx, &cx.say(&fact.about));
    text::small(ui, theme, &study.report.environment.device);
    ui.end_row();
}

/// How it stands, with how far it is.
fn status(ui: &mut Ui, cx: &Cx<'_>, study: &Study) {
    let theme = cx.theme();
    ui.horizontal(|ui| {
        if study.is_open() {
            bars::progress(ui, theme, "Progress of the study", study.share(), 70.0);
            crate::panels::shell::time_left(ui, theme, study);
        }
        let word = text::small(ui, theme, &standing(study));
        if let Standing::Failed(why) = &study.standing {
            word.on_hover_text(why);
        }
    });
}

/// Words in one line; all of them under the pointer.
fn short(ui: &mut Ui, cx: &Cx<'_>, words: &str) {
    if words.chars().count() <= LONGEST {
        text::small(ui, cx.theme(), words);
        return;
    }
    let start: String = words.chars().take(LONGEST).collect();
    text::small(ui, cx.theme(), &format!("{start}…")).on_hover_text(words);
}

/// What a person says of it: name, hint, width and most letters of the field.
fn field(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    study: &Study,
    (name, hint, width, most): (&str, &str, f32, usize),
    mut said: String,
    of: impl Fn(&mut State) -> &mut std::collections::BTreeMap<String, String>,
) {
    let field = TextEdit::singleline(&mut said).hint_text(hint).char_limit(most);
    if ui.add_sized([width, size::TARGET - 4.0], field).accessible_name(name).changed() {
        cx.choose(|state| {
            if said.trim().is_empty() {
                of(state).remove(&study.id);
            } else {
                of(state).insert(study.id.clone(), said);
            }
        });
    }
}

/// What its cells took together, or nothing where none is measured.
fn time(study: &Study) -> String {
    match seconds(study) {
        _ if study.report.cells.is_empty() => String::new(),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

fn actions(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study) {
    let theme = cx.theme();
    if study.is_open() {
        crate::panels::compare::hold_button(ui, cx, study);
        if icon_button(ui, theme, Icon::STOP, "Stop this study").clicked() {
            cx.send(Act::Stop(study.id.clone()));
        }
        return;
    }
    let Some(recipe) = study.recipe() else { return };
    if study.standing != Standing::Done && button(ui, theme, Weight::Normal, Some(Icon::PLAY), "Go on").clicked() {
        cx.send(Act::Run(Box::new(recipe.clone()), false));
    }
    if icon_button(ui, theme, Icon::CUT, "Use its recipe").clicked() {
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
        put_away(cx, std::slice::from_ref(&study.id), !away);
    }
}
