//! Stitch: two networks as ribbons, a cut in each, the connector between them, and what comes of it.

use std::collections::HashMap;

use egui::{Color32, ScrollArea, Stroke, Ui, WidgetInfo, pos2};
use stitchscope_core::inspect::TapView;
use stitchscope_core::recipe::{Pairs, Recipe};
use stitchscope_core::report::{Cell, Counts, Donor, Role};

use super::ExportKind;
use super::models::shape;
use super::shell::{command, head};
use super::{Cx, connector, percent, recipe_form, samples, short};
use crate::command::{Act, Command};
use crate::state::View;
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::curve::{Trace, curve, smooth};
use crate::widgets::notice::{Tone, line};
use crate::widgets::ribbon::{Kept, Ribbon, Stop};
use crate::widgets::{bars, card, columns, text};
use crate::words;
use crate::work::ModelView;
use crate::world::{Found, Study};

/// Width of the recipe's form.
const FORM: f32 = 490.0;

/// Ribbons above, recipe and result below.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    head(ui, cx, "Cut and join", "Drag the scissors, or press Q W for the front and A S for the end.", |ui, cx| {
        command(ui, cx, Weight::Normal, Command::Swap);
        command(ui, cx, Weight::Normal, Command::SaveRecipe);
    });
    let (front, end) = (cx.recipe.front.model.clone(), cx.recipe.end.model.clone());
    let views = (here(ui, cx, &front), here(ui, cx, &end));
    let (Some(front), Some(end)) = views else { return };
    ScrollArea::vertical().id_salt("stitch").auto_shrink([false, false]).show(ui, |ui| {
        let cuts = cuts(cx.recipe, front, end);
        ribbons(ui, cx, front, end, cuts);
        ui.add_space(size::GAP);
        let wide = ui.available_width() > 860.0;
        if wide {
            columns::two(ui, cx, FORM, recipe_form::show, |ui, cx| result(ui, cx, front, end, cuts));
        } else {
            result(ui, cx, front, end, cuts);
            ui.add_space(size::GAP);
            recipe_form::show(ui, cx);
        }
    });
}

/// The network, asked for where it is not known.
fn here<'a>(ui: &mut Ui, cx: &mut Cx<'a>, model: &str) -> Option<&'a ModelView> {
    let world = cx.world;
    match world.models.get(model) {
        Some(Found::Here(view)) => return Some(view),
        Some(Found::Failed(why)) => {
            line(ui, cx.theme(), Tone::Bad, why);
            if button(ui, cx.theme(), Weight::Normal, Some(Icon::NETWORK), "Choose another network").clicked() {
                cx.send(Act::Go(View::Models));
            }
        }
        Some(Found::Asked) => {
            ui.spinner()
                .widget_info(|| WidgetInfo::labeled(egui::Role::ProgressIndicator, true, "Reading the network"));
        }
        None => cx.send(Act::Inspect(model.to_owned())),
    }
    None
}

/// Where both are cut: the recipe's first pair, else the middle block both have.
pub fn cuts(recipe: &Recipe, front: &ModelView, end: &ModelView) -> (usize, usize) {
    let (front, end) = (&front.inspection.taps, &end.inspection.taps);
    let find = |taps: &[TapView], name: &str| taps.iter().position(|tap| tap.name == name || tap.tensor == name);
    if let Pairs::List(list) = &recipe.taps.pairs
        && let Some((a, b)) = list.first()
    {
        return (find(front, a).unwrap_or(0), find(end, b).unwrap_or(0));
    }
    let theirs: HashMap<&str, usize> = end.iter().enumerate().map(|(at, tap)| (tap.name.as_str(), at)).collect();
    let both: Vec<(usize, usize)> = front
        .iter()
        .enumerate()
        .filter(|(_, tap)| tap.block_output)
        .filter_map(|(index, tap)| Some((index, *theirs.get(tap.name.as_str())?)))
        .collect();
    both.get(both.len() / 2).copied().unwrap_or((0, 0))
}

/// Whether a linear map over channels can join them: all but the channels agree.
fn fits(a: &TapView, b: &TapView) -> bool {
    let positions = |tap: &TapView| match tap.shape.as_slice() {
        [_, _, height, width] => vec![height.clone(), width.clone()],
        [_, tokens, _] => vec![tokens.clone()],
        _ => Vec::new(),
    };
    a.shape.len() == b.shape.len() && positions(a) == positions(b)
}

/// A tap's shape, and whether it fits the other cut.
fn about(taps: &[TapView], index: usize, other: Option<&TapView>) -> (String, bool) {
    let tap = taps.get(index);
    (tap.map(shape).unwrap_or_default(), tap.zip(other).is_none_or(|(tap, other)| fits(tap, other)))
}

/// Both ribbons and the connector between their cuts.
fn ribbons(ui: &mut Ui, cx: &mut Cx<'_>, front: &ModelView, end: &ModelView, (f, e): (usize, usize)) {
    let theme = cx.theme();
    let tokens = theme.tokens();
    let (front_taps, end_taps) = (&front.inspection.taps, &end.inspection.taps);
    card::card(ui, theme, |ui| {
        let ribbon =
            |ui: &mut Ui, ink: Ink, term: words::Term, view: &ModelView, other: Option<&TapView>, cut, kept| {
                let (model, taps) = (view.inspection.model.as_str(), &view.inspection.taps);
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    text::small(ui, theme, term.name(cx.state.words)).on_hover_text(term.hint(cx.state.words));
                    text::colored(ui, short(model), size::BODY, tokens.words(ink));
                });
                let stops: Vec<Stop<'_>> =
                    taps.iter().map(|tap| Stop { name: &tap.name, block: tap.block_output }).collect();
                let about = |index: usize| about(taps, index, other);
                let (mark, words_ink, name) = (tokens.mark(ink), tokens.words(ink), short(model));
                Ribbon { theme, ink: mark, words_ink, name, stops: &stops, about: &about, cut, kept }.show(ui)
            };
        let top = ribbon(ui, Ink::Front, words::FRONT, front, end_taps.get(e), f, Kept::Before);
        let bottom = ribbon(ui, Ink::End, words::END, end, front_taps.get(f), e, Kept::After);
        connector(ui, top.at, bottom.at, tokens.mark(Ink::Stitched).into());
        if let Some(moved) = top.moved {
            choose(cx, front, end, (moved, e));
        }
        if let Some(moved) = bottom.moved {
            choose(cx, front, end, (f, moved));
        }
        pair_words(ui, cx, front_taps.get(f), end_taps.get(e));
    });
}

fn connector(ui: &Ui, from: egui::Pos2, to: egui::Pos2, color: Color32) {
    let (from, to) = (pos2(from.x, from.y + 17.0), pos2(to.x, to.y - 38.0));
    let bend = ((to.y - from.y) / 2.0).max(12.0);
    let curve = egui::epaint::CubicBezierShape::from_points_stroke(
        [from, pos2(from.x, from.y + bend), pos2(to.x, to.y - bend), to],
        false,
        Color32::TRANSPARENT,
        Stroke::new(4.0, color),
    );
    ui.painter().add(curve);
    ui.painter().circle_filled(from, 5.0, color);
    ui.painter().circle_filled(to, 5.0, color);
}

fn pair_words(ui: &mut Ui, cx: &Cx<'_>, front: Option<&TapView>, end: Option<&TapView>) {
    let (Some(front), Some(end)) = (front, end) else { return };
    let theme = cx.theme();
    if fits(front, end) {
        let words = format!(
            "{} ({}) feeds {} ({}) through one linear map over channels.",
            front.name,
            shape(front),
            end.name,
            shape(end)
        );
        line(ui, theme, Tone::Good, &words);
    } else {
        let words = format!(
            "{} is {} and {} is {}: positions differ, so no map over channels can join them. Move one cut to a place of equal height and width.",
            front.name,
            shape(front),
            end.name,
            shape(end)
        );
        line(ui, theme, Tone::Warn, &words);
    }
}

fn choose(cx: &mut Cx<'_>, front: &ModelView, end: &ModelView, (f, e): (usize, usize)) {
    let name = |view: &ModelView, index: usize| view.inspection.taps.get(index).map(|tap| tap.name.clone());
    if let (Some(a), Some(b)) = (name(front, f), name(end, e)) {
        cx.edit(|recipe| recipe.taps.pairs = Pairs::List(vec![(a, b)]));
    }
}

/// The recipe with this one pair of taps.
fn single(recipe: &Recipe, front: &ModelView, end: &ModelView, (f, e): (usize, usize)) -> Option<Recipe> {
    let (a, b) = (front.inspection.taps.get(f)?, end.inspection.taps.get(e)?);
    let mut recipe = recipe.clone();
    recipe.taps.pairs = Pairs::List(vec![(a.name.clone(), b.name.clone())]);
    fits(a, b).then_some(recipe)
}

/// Run, learning curve, and what is kept.
fn result(ui: &mut Ui, cx: &mut Cx<'_>, front: &ModelView, end: &ModelView, cuts: (usize, usize)) {
    let theme = cx.theme();
    let single = single(cx.recipe, front, end, cuts);
    let study = single.as_ref().and_then(|recipe| cx.world.study(&crate::work::name(recipe)));
    let measured = study.and_then(|study| Some((study, 0, study.report.cells.first()?)));
    let measured = measured.or_else(|| elsewhere(cx, front, end, cuts));
    card::card(ui, theme, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.add_enabled_ui(single.is_some(), |ui| {
                if button(ui, theme, Weight::Primary, Some(Icon::PLAY), "Join here")
                    .on_hover_text("Fit, train and measure the connector at these two cuts")
                    .clicked()
                    && let Some(recipe) = single.clone()
                {
                    cx.send(Act::Run(Box::new(recipe), false));
                }
            });
            if button(ui, theme, Weight::Normal, Some(Icon::CHART), "Join everywhere")
                .on_hover_text("Measure every block output that both networks have, and compare")
                .clicked()
            {
                let mut recipe = cx.recipe.clone();
                recipe.taps.pairs = Pairs::Same;
                cx.send(Act::Run(Box::new(recipe), true));
            }
            if button(ui, theme, Weight::Normal, Some(Icon::TABLE), "Every pair of cuts")
                .on_hover_text(
                    "Measure every block output of the front against every one of the end that fits: a map, many cells",
                )
                .clicked()
            {
                let mut recipe = cx.recipe.clone();
                recipe.taps.pairs = Pairs::All;
                cx.send(Act::Run(Box::new(recipe), true));
            }
        });
        if let Some(study) = study.filter(|study| study.is_open()) {
            at_work(ui, cx, study);
        }
        match measured {
            Some((study, index, cell)) => kept(ui, cx, study, index, cell),
            None if study.is_none() => text::muted(ui, theme, "Nothing measured at these cuts yet."),
            None => {}
        }
        let known = study.or(measured.map(|(study, _, _)| study));
        let taps = front.inspection.taps.get(cuts.0).zip(end.inspection.taps.get(cuts.1));
        if let Some(curve) = known.zip(taps).and_then(|(study, (a, b))| study.curve(&a.name, &b.name)) {
            learning(ui, cx, curve);
        }
        if let Some((study, index, _)) = measured {
            connector::show(ui, cx, &study.id, index);
        }
    });
    ui.add_space(size::GAP);
    let cell = measured.map(|(study, index, _)| (study.id.clone(), index));
    let taps = measured.map(|(_, _, cell)| (cell.front_tap.clone(), cell.end_tap.clone()));
    samples::show(ui, cx, cell, taps);
}

/// The newest finished cell of any study at these cuts of these networks.
fn elsewhere<'a>(
    cx: &Cx<'a>,
    front: &ModelView,
    end: &ModelView,
    (f, e): (usize, usize),
) -> Option<(&'a Study, usize, &'a Cell)> {
    let world = cx.world;
    let (a, b) = (front.inspection.taps.get(f)?, end.inspection.taps.get(e)?);
    world.studies.iter().rev().find_map(|study| {
        let model = |role: Role| study.report.donors.iter().find(|d| d.role == role).map(|d| d.model.as_str());
        let same = model(Role::Front) == Some(cx.recipe.front.model.as_str())
            && model(Role::End) == Some(cx.recipe.end.model.as_str());
        let at = study.report.cells.iter().position(|cell| cell.front_tap == a.name && cell.end_tap == b.name)?;
        same.then(|| (study, at, &study.report.cells[at]))
    })
}

fn at_work(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study) {
    let theme = cx.theme();
    ui.horizontal(|ui| {
        bars::progress(ui, theme, "Progress of the connector", study.share(), 160.0);
        super::compare::hold_button(ui, cx, study);
        if button(ui, theme, Weight::Normal, Some(Icon::STOP), "Stop").clicked() {
            cx.send(Act::Stop(study.id.clone()));
        }
        text::small(ui, theme, study.stage.as_ref().map_or("waiting", |(stage, _, _)| stage));
        super::shell::time_left(ui, theme, study);
    });
}

/// Clean and robust accuracy of a stitched network, each against the donor that sets its bound, and what else was measured.
fn kept(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study, index: usize, cell: &Cell) {
    let theme = cx.theme();
    if study.recipe().is_none_or(|recipe| !same_but_taps(&recipe, cx.recipe)) {
        let name = super::compare::pair(&study.report, &study.id);
        let words = format!("Measured by another recipe than the one at the left: study {name} ({}).", study.id);
        line(ui, theme, Tone::Warn, &words);
    }
    let chance = chance(cx);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 28.0;
        headline(ui, cx, words::CLEAN, study, chance, (Some(cell.clean), |donor| Some(donor.clean)));
        if cell.robust.is_some() {
            // An attacked network at chance or below says nothing of the donor's: robust accuracy has no such floor.
            headline(ui, cx, words::ROBUST, study, 0.0, (cell.robust, |donor| donor.robust));
        }
    });
    egui::Grid::new("kept").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        let mut row = |term: words::Term, value: String| {
            text::small(ui, theme, term.name(cx.state.words)).on_hover_text(term.hint(cx.state.words));
            ui.label(value);
            ui.end_row();
        };
        if let Some(direct) = cell.direct.clean.share() {
            row(words::DIRECT, direct.to_string());
        }
        if let Some(agreement) = cell.agreement.share() {
            row(words::AGREE, agreement.to_string());
        }
        row(words::CKA, format!("{:.3}", cell.cka));
    });
    for flag in &cell.flags {
        line(ui, theme, Tone::Warn, flag);
    }
    let key = (study.id.clone(), index);
    ui.horizontal_wrapped(|ui| {
        if button(ui, theme, Weight::Normal, Some(Icon::BOLT), "Attack this network").clicked() {
            let key = key.clone();
            cx.choose(|state| {
                state.cell = Some(key);
                state.attacked_set = None;
                state.against = 2;
                state.view = View::Attack;
            });
        }
        if button(ui, theme, Weight::Normal, Some(Icon::EXPORT), "Save as ONNX…").clicked() {
            cx.send(Act::OpenExport(ExportKind::Network(key.0, key.1)));
        }
    });
}

/// The share of right answers by guessing: one over the end's classes; 0 where they are not known.
fn chance(cx: &Cx<'_>) -> f64 {
    match cx.world.models.get(&cx.recipe.end.model) {
        Some(Found::Here(view)) => view.classes.map_or(0.0, |classes| 1.0 / classes.max(1) as f64),
        _ => 0.0,
    }
}

/// Whether two recipes measure the same at the taps that both have.
fn same_but_taps(a: &Recipe, b: &Recipe) -> bool {
    let mut a = a.clone();
    a.taps.clone_from(&b.taps);
    a.run = b.run.clone();
    a == *b
}

/// A donor's counts of one kind, where they were measured.
type OfDonor = fn(&Donor) -> Option<Counts>;

/// One accuracy of the stitched network, large and coloured by how much of the better donor's it reaches.
///
/// A donor at chance can be neither kept nor lost: then no share is claimed.
fn headline(
    ui: &mut Ui,
    cx: &Cx<'_>,
    term: words::Term,
    study: &Study,
    chance: f64,
    (cell, donor): (Option<Counts>, OfDonor),
) {
    let (theme, tokens) = (cx.theme(), cx.theme().tokens());
    let Some(stitched) = cell.and_then(|counts| counts.share()) else { return };
    let donors = study.report.donors.iter().filter_map(|d| Some((short(&d.model), donor(d)?.share()?)));
    let best = donors.max_by(|a, b| a.1.share.total_cmp(&b.1.share));
    let s = cx.surface();
    let (color, beside): (Color32, String) = match best {
        Some((name, whole)) if whole.low > chance => {
            let kept = stitched.share / whole.share;
            let color = match kept {
                k if k >= 0.9 => tokens.words(Ink::Stitched).into(),
                k if k >= 0.5 => s.text.into(),
                _ => s.bad.into(),
            };
            (color, format!("{name}: {}", percent(whole.share)))
        }
        Some((name, whole)) => (s.muted.into(), format!("{name}: {}, no better than chance", percent(whole.share))),
        None => (s.text.into(), String::new()),
    };
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        text::small(ui, theme, term.name(cx.state.words)).on_hover_text(term.hint(cx.state.words));
        ui.label(egui::RichText::new(percent(stitched.share)).size(size::HUGE).color(color));
        text::small(ui, theme, &format!("{stitched}"));
        text::small(ui, theme, &beside).on_hover_text("The better of the two networks that it was joined from.");
    });
}

fn learning(ui: &mut Ui, cx: &Cx<'_>, losses: &[f32]) {
    let (theme, tokens) = (cx.theme(), cx.theme().tokens());
    if losses.len() < 2 {
        return;
    }
    text::small(ui, theme, "How the connector learned: loss of each training step, and its running mean");
    let mean = smooth(losses, 12);
    let traces = [
        Trace { name: "each step", color: tokens.mark(Ink::Agreement), values: losses, faint: true },
        Trace { name: "running mean", color: tokens.mark(Ink::Stitched), values: &mean, faint: false },
    ];
    curve(ui, theme, "learning", "Learning curve of the connector", ("training step", "loss"), 190.0, &traces);
}
