//! The figure of Compare: curves, a map or a difference, and what is done where one presses into it.

use std::hash::{DefaultHasher, Hash, Hasher};

use egui::{Align, Layout, ScrollArea, Ui, Vec2, vec2};
use stitchscope_core::recipe::Pairs;
use stitchscope_core::report::Report;

use super::{SCALE, Shown, from};
use crate::command::Act;
use crate::panels::Cx;
use crate::state::{Form, Measures, Words};
use crate::theme::size;
use crate::widgets::figure_view::{Made, Press, View};
use crate::widgets::{card, figure_view};
use crate::words;
use crate::world::Study;
use stitchscope_figures::map::{self, Map};
use stitchscope_figures::{Figure, Options, so_far};

/// Where three figures stand beside each other none is cut off; in less room they stand below each other.
const ROW: f32 = 1020.0;

/// The figure in the room that is left.
pub fn figure(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>], form: Form) {
    let theme = cx.theme();
    let room = ui.available_size() - vec2(2.0 * size::PAD, 2.0 * size::PAD);
    card::sized(ui, theme, ui.available_size(), |ui| {
        if form != Form::Curves {
            drawn(ui, cx, studies, "map", form, room, SCALE);
            return;
        }
        let one_row = studies.len() == 1 && cx.state.measures == Measures::All && room.x > ROW;
        ScrollArea::vertical().id_salt("figure").show(ui, |ui| {
            if one_row {
                side_by_side(ui, cx, studies, room, SCALE);
            } else {
                paint(ui, cx, studies, "figure", cx.state.measures, room, SCALE);
            }
        });
    });
}

/// One study: its measures beside each other rather than below, their axes level.
pub fn side_by_side(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>], room: Vec2, scale: f32) {
    let attacked = studies.iter().any(|study| {
        study.report.donors.iter().any(|donor| donor.robust.is_some())
            || study.recipe().is_some_and(|r| r.attack.is_some())
    });
    let three = [Measures::Clean, Measures::Robust, Measures::Likeness];
    let two = [Measures::Clean, Measures::Likeness];
    let measures = if attacked { &three[..] } else { &two[..] };
    let count = measures.len() as f32;
    let each = vec2((room.x - 10.0 * (count - 1.0)) / count, room.y);
    let all = view("figures", cx, studies, Measures::All, each, scale);
    let make_all = || {
        let (whole, _) = made(cx, studies, Measures::All);
        measures
            .iter()
            .map(|measure| measure.row(whole.rows.len()).map_or_else(|| whole.clone(), |row| whole.only(row)))
            .collect()
    };
    let panel = Some(figure_view::common_height(ui, &all, make_all));
    let lit = lit(cx, studies);
    let mut press = None;
    ui.with_layout(Layout::left_to_right(Align::Max), |ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        for (id, measure) in ["figure-1", "figure-2", "figure-3"].iter().zip(measures) {
            let shown = View { panel, ..view(id, cx, studies, *measure, each, scale) };
            press = press.take().or(figure_view::show(ui, &shown, &lit, || made(cx, studies, *measure)));
        }
    });
    press.into_iter().for_each(|press| pressed(cx, studies, press));
}

/// A map or a difference; a field that is pressed opens in Stitch.
pub fn drawn(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>], id: &str, form: Form, room: Vec2, scale: f32) {
    let (shade, options) = (cx.state.shade, Options { theme: cx.theme(), ..Options::default() });
    let shown = View { id, edition: edition(cx, studies, form), scale, room, panel: None };
    let before = from(cx, studies);
    let opened = match (form, studies.first().zip(before.as_ref())) {
        (Form::Difference, Some((study, before))) if studies.iter().any(|study| study.is_crossed()) => {
            let make = || map::difference(&study.report, &before.report, shade, options);
            figure_view::show_map(ui, &shown, || map_reworded(cx, make()))
        }
        (Form::Difference, Some((study, before))) => {
            let make = || stitchscope_figures::difference(&study.report, &before.report, options);
            ScrollArea::vertical().id_salt("difference").show(ui, |ui| {
                figure_view::show(ui, &shown, &[], || {
                    let mut figure = make();
                    figure.caption.clear();
                    reworded(cx, &mut figure);
                    (figure, None)
                });
            });
            None
        }
        _ => {
            let parts: Vec<_> = studies.iter().map(|study| (&study.report, study.pairs.as_slice())).collect();
            figure_view::show_map(ui, &shown, || map_reworded(cx, map::map_so_far(&parts, shade, options)))
        }
    };
    if let Some((study, cell)) = opened.and_then(|(at, cell)| Some((studies.get(at)?, cell))) {
        open(cx, study, cell);
    }
}

/// In the words that were chosen; a figure that is exported keeps the papers'.
fn reworded(cx: &Cx<'_>, figure: &mut Figure) {
    if cx.words() != Words::default() {
        figure.reword(|words| cx.say(words).into_owned());
    }
}

fn map_reworded(cx: &Cx<'_>, mut map: Map) -> Map {
    map.reword(|words| cx.say(words).into_owned());
    map
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
pub fn paint(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    studies: &[Shown<'_>],
    id: &str,
    measures: Measures,
    room: Vec2,
    scale: f32,
) {
    let (shown, lit) = (view(id, cx, studies, measures, room, scale), lit(cx, studies));
    let press = figure_view::show(ui, &shown, &lit, || made(cx, studies, measures));
    press.into_iter().for_each(|press| pressed(cx, studies, press));
}

/// An entry of the legend is hidden or shown again; a cut is chosen, and opens in Stitch where it was chosen already.
fn pressed(cx: &mut Cx<'_>, studies: &[Shown<'_>], press: Press) {
    match press {
        Press::Label(label) => cx.choose(|state| {
            let label = words::paper_label(&label).to_owned();
            let before = state.hidden.len();
            state.hidden.retain(|hidden| *hidden != label);
            if state.hidden.len() == before {
                state.hidden.push(label);
            }
        }),
        Press::Slot(column, category) => {
            let Some(study) = studies.get(column) else { return };
            let Some(cell) = cell_at(&study.report, category) else { return };
            if lit(cx, studies).contains(&(column, category)) {
                open(cx, study, cell);
            } else {
                choose(cx, study, cell);
            }
        }
    }
}

/// The cell is the one that every view shows.
pub fn choose(cx: &mut Cx<'_>, study: &Study, cell: usize) {
    let cell = (study.id.clone(), cell);
    cx.choose(|state| state.cell = Some(cell));
}

/// The first cell of each pair of cuts, in the order of the x axis.
fn firsts(report: &Report) -> Vec<usize> {
    let mut seen = std::collections::HashSet::new();
    let new = |(place, cell): (usize, &stitchscope_core::report::Cell)| {
        seen.insert((cell.front_tap.clone(), cell.end_tap.clone())).then_some(place)
    };
    report.cells.iter().enumerate().filter_map(new).collect()
}

fn cell_at(report: &Report, category: usize) -> Option<usize> {
    firsts(report).get(category).copied()
}

/// The slots of the chosen cell.
fn lit(cx: &Cx<'_>, studies: &[Shown<'_>]) -> Vec<(usize, usize)> {
    let Some((id, cell)) = &cx.state.cell else { return Vec::new() };
    let of = |study: &Shown<'_>| {
        let chosen = study.report.cells.get(*cell).filter(|_| study.id == *id)?;
        let same = |place: &usize| {
            let first = &study.report.cells[*place];
            first.front_tap == chosen.front_tap && first.end_tap == chosen.end_tap
        };
        firsts(&study.report).iter().position(same)
    };
    studies.iter().enumerate().filter_map(|(column, study)| Some((column, of(study)?))).collect()
}

fn view<'a>(id: &'a str, cx: &Cx<'_>, studies: &[Shown<'_>], measures: Measures, room: Vec2, scale: f32) -> View<'a> {
    View { id, edition: edition(cx, studies, measures), scale, room, panel: None }
}

/// The figure of all measures, and the row that is drawn.
fn made(cx: &Cx<'_>, studies: &[Shown<'_>], measures: Measures) -> Made {
    let parts: Vec<_> = studies.iter().map(|study| (&study.report, study.pairs.as_slice())).collect();
    let mut figure = so_far(&parts, Options { theme: cx.theme(), ..Options::default() });
    figure.hidden.clone_from(&cx.state.hidden);
    reworded(cx, &mut figure);
    let row = measures.row(figure.rows.len());
    (figure, row)
}

/// A number that changes with anything the figure shows.
fn edition(cx: &Cx<'_>, studies: &[Shown<'_>], what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (what, cx.theme(), cx.words(), cx.state.shade, &cx.state.hidden).hash(&mut hasher);
    for study in studies.iter().chain(&from(cx, studies)) {
        (&study.id, study.edition, study.recorded).hash(&mut hasher);
        (study.report.cells.len(), study.report.donors.len()).hash(&mut hasher);
    }
    hasher.finish()
}
