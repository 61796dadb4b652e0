//! What came of a pair of cuts: run, learning curve, accuracies against the donors, the stitch and a few images.

use egui::{Color32, Ui};
use stitchscope_core::recipe::{Pairs, Recipe};
use stitchscope_core::report::{Cell, Counts, Donor, Role};

use super::{connector, fits, samples};
use crate::command::Act;
use crate::panels::{Cx, ExportKind, percent, short};
use crate::state::View;
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::curve::{Trace, curve, smooth};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{bars, card, text};
use crate::words;
use crate::work::ModelView;
use crate::world::{Found, Study};

/// The recipe with this one pair of taps.
fn single(recipe: &Recipe, front: &ModelView, end: &ModelView, (f, e): (usize, usize)) -> Option<Recipe> {
    let (a, b) = (front.inspection.taps.get(f)?, end.inspection.taps.get(e)?);
    let mut recipe = recipe.clone();
    recipe.taps.pairs = Pairs::List(vec![(a.name.clone(), b.name.clone())]);
    fits(a, b).then_some(recipe)
}

/// Run, learning curve, and what is kept.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, front: &ModelView, end: &ModelView, cuts: (usize, usize)) {
    let theme = cx.theme();
    let single = single(cx.recipe, front, end, cuts);
    let study = single.as_ref().and_then(|recipe| cx.world.study(&crate::work::name(recipe)));
    let measured = measured(cx, front, end, cuts);
    card::card(ui, theme, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.add_enabled_ui(single.is_some(), |ui| {
                if button(ui, theme, Weight::Primary, Some(Icon::PLAY), &cx.say("Stitch here"))
                    .on_hover_text(cx.say("Fit, train and measure the stitch at these two taps"))
                    .clicked()
                    && let Some(recipe) = single.clone()
                {
                    cx.send(Act::Run(Box::new(recipe), false));
                }
            });
            if button(ui, theme, Weight::Normal, Some(Icon::CHART), &cx.say("Stitch everywhere"))
                .on_hover_text("Measure every block output that both networks have, and compare")
                .clicked()
            {
                let mut recipe = cx.recipe.clone();
                recipe.taps.pairs = Pairs::Same;
                cx.send(Act::Run(Box::new(recipe), true));
            }
            if button(ui, theme, Weight::Normal, Some(Icon::TABLE), &cx.say("Every pair of taps"))
                .on_hover_text(cx.say(
                    "Measure every block output of the front against every one of the end that fits: a map, many cells",
                ))
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
            None if study.is_none() => text::muted(ui, theme, &cx.say("Nothing measured at these taps yet.")),
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

/// The numbers and a few images, without anything to fill in.
pub fn for_an_audience(ui: &mut Ui, cx: &mut Cx<'_>, front: &ModelView, end: &ModelView, cuts: (usize, usize)) {
    let Some((study, index, cell)) = measured(cx, front, end, cuts) else { return };
    card::card(ui, cx.theme(), |ui| kept(ui, cx, study, index, cell));
    ui.add_space(size::GAP);
    let taps = (cell.front_tap.clone(), cell.end_tap.clone());
    samples::show(ui, cx, Some((study.id.clone(), index)), Some(taps));
}

/// What was measured at these cuts: by the recipe at hand, else by any study.
fn measured<'a>(
    cx: &Cx<'a>,
    front: &ModelView,
    end: &ModelView,
    cuts: (usize, usize),
) -> Option<(&'a Study, usize, &'a Cell)> {
    let (world, recipe) = (cx.world, single(cx.recipe, front, end, cuts));
    let study = recipe.and_then(|recipe| world.study(&crate::work::name(&recipe)));
    let own = study.and_then(|study| Some((study, 0, study.report.cells.first()?)));
    own.or_else(|| elsewhere(cx, front, end, cuts))
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
        bars::progress(ui, theme, &cx.say("Progress of the stitch"), study.share(), 160.0);
        crate::panels::compare::hold_button(ui, cx, study);
        if button(ui, theme, Weight::Normal, Some(Icon::STOP), "Stop").clicked() {
            cx.send(Act::Stop(study.id.clone()));
        }
        text::small(ui, theme, &cx.say(study.stage.as_ref().map_or("waiting", |(stage, _, _)| stage)));
        crate::panels::shell::time_left(ui, theme, study);
    });
}

/// Clean and robust accuracy of a stitched network, each against the donor that sets its bound, and what else was measured.
fn kept(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study, index: usize, cell: &Cell) {
    let theme = cx.theme();
    // On the stage there is no form that it could be confused with.
    if cx.stage.is_none() && study.recipe().is_none_or(|recipe| !same_but_taps(&recipe, cx.recipe)) {
        let name = crate::panels::compare::pair(&study.report, &study.id);
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
        if cell.cka.is_finite() {
            row(words::CKA, format!("{:.3}", cell.cka));
        }
    });
    for flag in &cell.flags {
        line(ui, theme, Tone::Warn, &cx.flag(flag));
    }
    if cx.stage.is_none() {
        go_on(ui, cx, (study.id.clone(), index));
    }
}

/// What can be done with a stitched network that was measured.
fn go_on(ui: &mut Ui, cx: &mut Cx<'_>, key: (String, usize)) {
    let theme = cx.theme();
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
        if button(ui, theme, Weight::Normal, Some(Icon::EXPORT), "Export as ONNX…").clicked() {
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
        text::small(ui, theme, &beside).on_hover_text(cx.say("The better of its two donors."));
    });
}

fn learning(ui: &mut Ui, cx: &Cx<'_>, losses: &[f32]) {
    let (theme, tokens) = (cx.theme(), cx.theme().tokens());
    if losses.len() < 2 {
        return;
    }
    text::small(ui, theme, &cx.say("How the stitch learned: loss of each training step, and its running mean"));
    let mean = smooth(losses, 12);
    let traces = [
        Trace { name: "each step", color: tokens.mark(Ink::Agreement), values: losses, faint: true },
        Trace { name: "running mean", color: tokens.mark(Ink::Stitched), values: &mean, faint: false },
    ];
    curve(ui, theme, "learning", &cx.say("Learning curve of the stitch"), ("training step", "loss"), 190.0, &traces);
}
