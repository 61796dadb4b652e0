//! Stitch: two networks as ribbons, a cut in each, the connector between them, and what comes of it.

mod complete;
mod connector;
mod fields;
mod reading;
mod recipe_form;
mod recipe_text;
mod result;
mod samples;

use std::collections::HashMap;

use egui::{Color32, ScrollArea, Stroke, Ui, WidgetInfo, pos2};
use stitchscope_core::inspect::TapView;
use stitchscope_core::recipe::{Pairs, Recipe};

pub use recipe_text::Editing;

use super::models::shape;
use super::shell::{command, head};
use super::{Cx, short};
use crate::command::{Act, Command};
use crate::state::View;
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::notice::{Tone, line};
use crate::widgets::ribbon::{Kept, Ribbon, Stop};
use crate::widgets::{card, columns, text};
use crate::words;
use crate::work::ModelView;
use crate::world::Found;

/// Width of the recipe's form.
const FORM: f32 = 490.0;

/// Ribbons above, recipe and result below.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    head(ui, cx, "Cut and join", "Drag the scissors, or press Q W for the front and A S for the end.", |ui, cx| {
        if cx.stage.is_some() {
            return;
        }
        command(ui, cx, Weight::Normal, Command::Swap);
        command(ui, cx, Weight::Normal, Command::SaveRecipe);
    });
    let (front, end) = (cx.recipe.front.model.clone(), cx.recipe.end.model.clone());
    let views = (here(ui, cx, &front), here(ui, cx, &end));
    let (Some(front), Some(end)) = views else {
        // A file that cannot be read before it is said how is not read at all.
        if [&front, &end].iter().any(|model| matches!(cx.world.models.get(*model), Some(Found::Failed(_)))) {
            reading::alone(ui, cx);
        }
        return;
    };
    ScrollArea::vertical().id_salt("stitch").auto_shrink([false, false]).show(ui, |ui| {
        let cuts = cuts(cx.recipe, front, end);
        ribbons(ui, cx, front, end, cuts);
        ui.add_space(size::GAP);
        // An audience sees what came of it, not the form.
        if cx.stage.is_some() {
            result::for_an_audience(ui, cx, front, end, cuts);
            return;
        }
        let wide = ui.available_width() > 860.0;
        if wide {
            columns::two(ui, cx, FORM, recipe_form::show, |ui, cx| result::show(ui, cx, front, end, cuts));
        } else {
            result::show(ui, cx, front, end, cuts);
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
            "{} is {} and {} is {}: positions differ, so no map over channels can join them. Move one cut to where height and width are equal.",
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
