//! Compare: the main figure, which fills cell by cell while a study runs; maps of cuts; what changes from a pinned study.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

use egui::{Align, Layout, Panel, ScrollArea, Ui, Vec2, vec2};
use stitchscope_core::recipe::Pairs;

use super::Cx;
pub use super::cells::pair;
use super::cells::side;
use super::shell::{command, head};
use super::start::standing;
use crate::app::studies_of;
use crate::command::{Act, Command};
use crate::state::{Form, Measures};
use crate::theme::{Icon, Surfaces as _, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::figure_view::View;
use crate::widgets::notice::{self, Tone, line};
use crate::widgets::{bars, card, figure_view, segments, text};
use crate::world::{Standing, Study};
use stitchscope_figures::map::{self, Shade};
use stitchscope_figures::{Figure, Options, so_far};

/// Pixels per point of a figure: 7 pt are then easy to read.
pub const SCALE: f32 = 1.78;

/// A study that is shown: the world's, or a record of one.
pub type Shown<'a> = Cow<'a, Study>;

/// The figure, and beside it the cells.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let studies = shown(cx);
    let form = form(cx, &studies);
    let (title, sentence) = words(form);
    head(ui, cx, title, sentence, |ui, cx| {
        if !studies.is_empty() {
            command(ui, cx, Weight::Normal, Command::ExportFigure);
            measures(ui, cx, &studies, form);
        }
    });
    if studies.is_empty() {
        empty(ui, cx);
        return;
    }
    // The window's default width less rail and margins is 1,238.
    let wide = ui.available_width() > 1200.0;
    if wide {
        let frame = egui::Frame::new().inner_margin(egui::Margin { left: 14, ..egui::Margin::ZERO });
        Panel::right("cells")
            .exact_size(size::SIDE + 20.0)
            .resizable(false)
            .show_separator_line(false)
            .frame(frame)
            .show(ui, |ui| side(ui, cx, &studies));
    }
    forms(ui, cx, &studies, form);
    for study in &studies {
        running(ui, cx, study);
    }
    figure(ui, cx, &studies, form);
    if !wide {
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
            "What survives, cut by cut",
            "Accuracy of the joined network at each cut, beside the two networks it was made of.",
        ),
        Form::Map => (
            "What survives, cut against cut",
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
        let shades = [
            (Shade::Cka, "CKA"),
            (Shade::Agreement, "Same answer"),
            (Shade::Robust, "Robust"),
            (Shade::Clean, "Clean"),
        ];
        let shades: Vec<(Shade, &str)> = shades.into_iter().filter(|(s, _)| attacked || *s != Shade::Robust).collect();
        if let Some(now) = segments::segments(ui, cx.theme(), cx.state.shade, &shades) {
            cx.choose(|state| state.shade = now);
        }
    } else if let Some(now) = segments::segments(ui, cx.theme(), cx.state.measures, &choices()) {
        cx.choose(|state| state.measures = now);
    }
}

/// Curves, map or difference; the pin.
fn forms(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>], now: Form) {
    let theme = cx.theme();
    let crossed = studies.iter().any(|study| study.is_crossed());
    let pinned = cx.state.pinned.clone();
    let mut choices = vec![(Form::Curves, "Curves")];
    if crossed {
        choices.push((Form::Map, "Map of cuts"));
    }
    if from(cx, studies).is_some() {
        choices.push((Form::Difference, "Difference"));
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
                text::small(ui, theme, stage);
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

/// The figure in the room that is left.
fn figure(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>], form: Form) {
    let theme = cx.theme();
    let room = ui.available_size() - vec2(2.0 * size::PAD, 2.0 * size::PAD);
    card::sized(ui, theme, ui.available_size(), |ui| {
        if form != Form::Curves {
            drawn(ui, cx, studies, "map", form, room, SCALE);
            return;
        }
        let one_row = studies.len() == 1 && cx.state.measures == Measures::All && room.x > 700.0;
        ScrollArea::vertical().id_salt("figure").show(ui, |ui| {
            if one_row {
                side_by_side(ui, cx, studies, room);
            } else {
                paint(ui, cx, studies, "figure", cx.state.measures, room, SCALE);
            }
        });
    });
}

/// One study: its measures beside each other rather than below, their axes level.
fn side_by_side(ui: &mut Ui, cx: &Cx<'_>, studies: &[Shown<'_>], room: Vec2) {
    let attacked = studies.iter().any(|study| {
        study.report.donors.iter().any(|donor| donor.robust.is_some())
            || study.recipe().is_some_and(|r| r.attack.is_some())
    });
    let three = [Measures::Clean, Measures::Robust, Measures::Likeness];
    let two = [Measures::Clean, Measures::Likeness];
    let measures = if attacked { &three[..] } else { &two[..] };
    let count = measures.len() as f32;
    let each = vec2((room.x - 10.0 * (count - 1.0)) / count, room.y);
    let theme = cx.theme();
    let all = view("figures", cx, studies, Measures::All, each, SCALE);
    let make_all = || measures.iter().map(|measure| make(studies, theme, *measure)).collect();
    let panel = Some(figure_view::common_height(ui, &all, make_all));
    ui.with_layout(Layout::left_to_right(Align::Max), |ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        for (id, measure) in ["figure-1", "figure-2", "figure-3"].iter().zip(measures) {
            let shown = View { panel, ..view(id, cx, studies, *measure, each, SCALE) };
            figure_view::show(ui, &shown, || make(studies, theme, *measure));
        }
    });
}

/// A map or a difference; a field that is pressed opens in Stitch.
pub fn drawn(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>], id: &str, form: Form, room: Vec2, scale: f32) {
    let (shade, options) = (cx.state.shade, Options { theme: cx.theme(), ..Options::default() });
    let shown = View { id, edition: edition(cx, studies, form), scale, room, panel: None };
    let before = from(cx, studies);
    let opened = match (form, studies.first().zip(before.as_ref())) {
        (Form::Difference, Some((study, before))) if studies.iter().any(|study| study.is_crossed()) => {
            let make = || map::difference(&study.report, &before.report, shade, options);
            figure_view::show_map(ui, &shown, make)
        }
        (Form::Difference, Some((study, before))) => {
            let make = || stitchscope_figures::difference(&study.report, &before.report, options);
            ScrollArea::vertical().id_salt("difference").show(ui, |ui| {
                figure_view::show(ui, &shown, || without_caption(make()));
            });
            None
        }
        _ => {
            let parts: Vec<_> = studies.iter().map(|study| (&study.report, study.pairs.as_slice())).collect();
            figure_view::show_map(ui, &shown, || map::map_so_far(&parts, shade, options))
        }
    };
    if let Some((study, cell)) = opened.and_then(|(at, cell)| Some((studies.get(at)?, cell))) {
        open(cx, study, cell);
    }
}

fn without_caption(mut figure: Figure) -> Figure {
    figure.caption.clear();
    figure
}

/// Opens a cell in Stitch: its study's recipe with this one pair of cuts.
fn open(cx: &mut Cx<'_>, study: &Study, cell: usize) {
    let (Some(mut recipe), Some(found)) = (study.recipe(), study.report.cells.get(cell)) else { return };
    recipe.taps.pairs = Pairs::List(vec![(found.front_tap.clone(), found.end_tap.clone())]);
    cx.send(Act::Edit(Box::new(recipe)));
    let cell = (study.id.clone(), cell);
    cx.choose(|state| {
        state.cell = Some(cell);
        state.view = crate::state::View::Stitch;
    });
}

/// Paints studies with the measures that were chosen.
pub fn paint(ui: &mut Ui, cx: &Cx<'_>, studies: &[Shown<'_>], id: &str, measures: Measures, room: Vec2, scale: f32) {
    let theme = cx.theme();
    figure_view::show(ui, &view(id, cx, studies, measures, room, scale), || make(studies, theme, measures));
}

fn view<'a>(id: &'a str, cx: &Cx<'_>, studies: &[Shown<'_>], measures: Measures, room: Vec2, scale: f32) -> View<'a> {
    View { id, edition: edition(cx, studies, measures), scale, room, panel: None }
}

fn make(studies: &[Shown<'_>], theme: crate::theme::Theme, measures: Measures) -> Figure {
    let parts: Vec<_> = studies.iter().map(|study| (&study.report, study.pairs.as_slice())).collect();
    let figure = so_far(&parts, Options { theme, ..Options::default() });
    let rows = figure.rows.len();
    match measures {
        Measures::All => figure,
        Measures::Clean => figure.only(0),
        Measures::Robust => figure.only(if rows > 2 { 1 } else { 0 }),
        Measures::Likeness => figure.only(rows.saturating_sub(1)),
    }
}

/// A number that changes with anything the figure shows.
fn edition(cx: &Cx<'_>, studies: &[Shown<'_>], what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (what, cx.theme(), cx.state.shade).hash(&mut hasher);
    for study in studies.iter().chain(&from(cx, studies)) {
        (&study.id, study.edition, study.recorded).hash(&mut hasher);
        (study.report.cells.len(), study.report.donors.len()).hash(&mut hasher);
    }
    hasher.finish()
}
