//! Compare: the main figure, which fills cell by cell while a study runs; maps of cuts; what changes from a pinned study.

mod beside;
mod cells;
mod parts;
pub mod plot;
mod table;

use std::borrow::Cow;

use egui::Ui;

use super::Cx;
use super::shell::{command, head};
use super::start::standing;
use crate::app::studies_of;
use crate::command::{Act, Command};
use crate::state::{Form, Measures};
use crate::theme::{Icon, Surfaces as _, size};
use crate::widgets::button::{Weight, button, command_icon, icon_button};
use crate::widgets::notice::{self, Tone, line};
use crate::widgets::{bars, card, segments, text};
use crate::world::{Standing, Study};
pub use cells::pair;
use plot::figure;
use stitchscope_figures::map::Shade;

/// Pixels per point of a figure: 7 pt are then easy to read.
pub const SCALE: f32 = 1.78;

/// A study that is shown: the world's, or a record of one.
pub type Shown<'a> = Cow<'a, Study>;

/// The figure, and beside it the cells.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let studies = shown(cx);
    let form = form(cx, &studies);
    let (title, sentence) = words(form);
    let whole = ui.max_rect();
    let places = parts::Places::of(cx, whole);
    let (title, sentence) = (cx.say(title), cx.say(sentence));
    head(ui, cx, &title, &sentence, |ui, cx| {
        if !studies.is_empty() {
            command(ui, cx, Weight::Normal, Command::ExportFigure);
            if command_icon(ui, cx.theme(), Command::CopyFigure).clicked() {
                cx.send(Act::Do(Command::CopyFigure));
            }
            let weight = if places.any() { Weight::Chosen } else { Weight::Quiet };
            let numbers = button(ui, cx.theme(), weight, None, "Numbers");
            if numbers.on_hover_text("Show or hide the tables beside the figure").clicked() {
                places.toggle(cx);
            }
            measures(ui, cx, &studies, form);
        }
    });
    if studies.is_empty() {
        empty(ui, cx);
        return;
    }
    places.show(ui, cx, &studies);
    forms(ui, cx, &studies, form);
    for study in &studies {
        running(ui, cx, study);
    }
    figure(ui, cx, &studies, form);
    if !places.any() {
        ui.add_space(size::GAP);
    }
}

/// How the studies are drawn: as was chosen where that can be, else as fits them.
pub fn form(cx: &Cx<'_>, studies: &[Shown<'_>]) -> Form {
    match cx.state.form {
        Some(Form::Difference) if from(cx, studies).is_none() => Form::Curves,
        Some(Form::Map) if !studies.iter().any(|study| study.is_crossed()) => Form::Curves,
        Some(form) => form,
        None if studies.iter().any(|study| study.is_crossed()) => Form::Map,
        None => Form::Curves,
    }
}

const fn words(form: Form) -> (&'static str, &'static str) {
    match form {
        Form::Curves => (
            "What survives, tap by tap",
            "Accuracy of the stitched network at each tap, beside the two donors it was made of.",
        ),
        Form::Map => (
            "What survives, tap against tap",
            "Rows: where the front was cut. Columns: where the end was cut. Press a field to open it in Stitch.",
        ),
        Form::Difference => {
            ("What changes", "What is shown minus what is pinned, with the interval of the difference.")
        }
    }
}

/// The study that `studies` are compared with: the pinned one, where another one is shown.
fn from<'a>(cx: &Cx<'a>, studies: &[Shown<'_>]) -> Option<Shown<'a>> {
    let pinned = cx.state.pinned.as_ref().filter(|id| studies.first().is_some_and(|study| study.id != **id))?;
    let twin = cx.stage.and_then(|stage| stage.twin);
    studies_of(cx.world, twin, std::slice::from_ref(pinned)).into_iter().find(|study| !study.report.cells.is_empty())
}

/// Which measure.
fn measures(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>], form: Form) {
    if form == Form::Map || (form == Form::Difference && studies.iter().any(|study| study.is_crossed())) {
        let attacked = studies.iter().any(|study| Shade::Robust.is_in(&study.report));
        let shades =
            [(Shade::Cka, "CKA"), (Shade::Agreement, "Agreement"), (Shade::Robust, "Robust"), (Shade::Clean, "Clean")];
        let shades = shades.into_iter().filter(|(shade, _)| attacked || *shade != Shade::Robust);
        let shades: Vec<_> = shades.map(|(shade, words)| (shade, cx.say(words))).collect();
        if let Some(now) = segments::segments(ui, cx.theme(), cx.state.shade, &shades) {
            cx.choose(|state| state.shade = now);
        }
        return;
    }
    let choices = choices().map(|(measures, words)| (measures, cx.say(words)));
    if let Some(now) = segments::segments(ui, cx.theme(), cx.state.measures, &choices) {
        cx.choose(|state| state.measures = now);
    }
}

/// Curves, map or difference; the pin.
fn forms(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>], now: Form) {
    let theme = cx.theme();
    let crossed = studies.iter().any(|study| study.is_crossed());
    let pinned = cx.state.pinned.clone();
    let mut choices = vec![(Form::Curves, Cow::Borrowed("Curves"))];
    if crossed {
        choices.push((Form::Map, cx.say("Map of taps")));
    }
    if from(cx, studies).is_some() {
        choices.push((Form::Difference, Cow::Borrowed("Difference")));
    }
    if choices.len() < 2 && pinned.is_none() && cx.world.studies.len() < 2 {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        if choices.len() > 1
            && let Some(form) = segments::segments(ui, theme, now, &choices)
        {
            cx.choose(|state| state.form = Some(form));
        }
        ui.add_space(size::GAP);
        match pinned {
            None => command(ui, cx, Weight::Quiet, Command::Pin),
            Some(id) => {
                let name = cx.world.study(&id).map_or_else(|| id.clone(), |study| pair(&study.report, &study.id));
                notice::glyph(ui, Icon::PIN, size::BODY + 2.0, theme.surface().accent);
                text::small(ui, theme, &format!("pinned: {name}"));
                if icon_button(ui, theme, Icon::CLOSE, "Let go of the pinned study").clicked() {
                    cx.send(Act::Do(Command::Pin));
                }
                if from(cx, studies).is_none() {
                    text::small(ui, theme, "Open another study in Runs to see what changes.");
                }
            }
        }
    });
}

fn choices() -> [(Measures, &'static str); 4] {
    [(Measures::Likeness, "Alike"), (Measures::Robust, "Robust"), (Measures::Clean, "Clean"), (Measures::All, "All")]
}

/// The studies that Compare shows; the newest where none was chosen. On the stage a record stands in for what cannot be had.
pub fn shown<'a>(cx: &Cx<'a>) -> Vec<Shown<'a>> {
    let twin = cx.stage.and_then(|stage| stage.twin);
    let chosen = studies_of(cx.world, twin, &cx.state.shown);
    let world = cx.world;
    if chosen.is_empty() { world.studies.last().map(Cow::Borrowed).into_iter().collect() } else { chosen }
}

fn empty(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        text::heading(ui, "No study yet");
        text::muted(
            ui,
            theme,
            "Run an example, or choose two networks and run the study: its curves appear here while it computes.",
        );
        ui.horizontal(|ui| {
            if !cx.bundle.examples.is_empty()
                && button(ui, theme, Weight::Primary, Some(Icon::PLAY), "Run the first example").clicked()
            {
                cx.send(Act::Example(0));
            }
            command(ui, cx, Weight::Normal, Command::Run);
        });
    });
}

/// One line for a study at work, with stop or go on.
fn running(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study) {
    let theme = cx.theme();
    // What waits is told in the bar.
    if matches!(study.standing, Standing::Done | Standing::Queued) {
        return;
    }
    ui.horizontal(|ui| {
        text::small(ui, theme, &format!("{}: {}", pair(&study.report, &study.id), standing(study)));
        match &study.standing {
            Standing::Queued | Standing::Running | Standing::Paused => {
                bars::progress(ui, theme, "Progress of the study", study.share(), 160.0);
                hold_button(ui, cx, study);
                if icon_button(ui, theme, Icon::STOP, "Stop this study").clicked() {
                    cx.send(Act::Stop(study.id.clone()));
                }
                super::shell::time_left(ui, theme, study);
                let stage = study.stage.as_ref().map_or("", |(stage, _, _)| stage);
                text::small(ui, theme, &cx.say(stage));
            }
            Standing::Stopped | Standing::Failed(_) => {
                if let Some(recipe) = study.recipe()
                    && button(ui, theme, Weight::Normal, Some(Icon::PLAY), "Go on").clicked()
                {
                    cx.send(Act::Run(Box::new(recipe), false));
                }
            }
            Standing::Done => {}
        }
    });
    if let Standing::Failed(why) = &study.standing {
        line(ui, theme, Tone::Bad, why);
    }
}

/// Pause, or go on.
pub fn hold_button(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study) {
    let (icon, name, held) = match study.standing {
        Standing::Running => (Icon::PAUSE, "Pause this study", true),
        Standing::Paused => (Icon::PLAY, "Go on with this study", false),
        _ => return,
    };
    if icon_button(ui, cx.theme(), icon, name).clicked() {
        cx.send(Act::Hold(study.id.clone(), held));
    }
}
