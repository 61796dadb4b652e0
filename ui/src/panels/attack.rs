//! Attack: one image, what is changed, what comes of it, and what the three networks say; who fools whom.

mod fools;
mod pictures;

use std::borrow::Cow;

use egui::{Key, ScrollArea, Slider, Ui};

use super::shell::head;
use super::{Cx, ExportKind, short};
use crate::command::Act;
use crate::state::View;
use crate::theme::style::strong;
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{bars, card, columns, segments, text};
use crate::work::{GIVEN_UP, Ladder, LadderQuestion, STRENGTHS};

/// Networks in their order within a ladder.
const INKS: [Ink; 3] = [Ink::Front, Ink::End, Ink::Stitched];

/// Controls, pictures, classes, the grid.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    head(ui, cx, "Attack", "A change too small to see, chosen to make one network err. Who else falls for it?", browse);
    let question = question(cx);
    let known = cx.world.ladder.as_ref().is_some_and(|(known, _)| *known == question);
    let asked = cx.world.ladder_asked.as_ref() == Some(&question);
    if !known && !asked && cx.world.ladder_failed.is_none() {
        cx.send(Act::Ladder(Box::new(question.clone())));
    }
    keys(ui, cx);
    // The last good one stays while the next is made.
    let recorded = if known { None } else { record(cx, &question) };
    if recorded.is_some() {
        line(ui, cx.theme(), Tone::Warn, "Recorded: attacked when this slide was made.");
    } else if let Some(why) = cx.world.ladder_failed.clone() {
        failed(ui, cx, &why, &question);
    }
    let known = known || recorded.is_some();
    let world = cx.world;
    let last = world.ladder.as_ref().map(|(question, ladder)| (question, ladder));
    let Some((shown, ladder)) = recorded.or(last) else {
        if cx.world.ladder_failed.is_none() {
            waiting(ui, cx);
        }
        return;
    };
    ScrollArea::vertical().id_salt("attack").auto_shrink([false, false]).show(ui, |ui| {
        controls(ui, cx, ladder, known);
        if let Some(note) = ladder.note.as_ref().filter(|_| cx.stage.is_none()) {
            line(ui, cx.theme(), Tone::Neutral, note);
        }
        ui.add_space(size::GAP);
        pictures::show(ui, cx, shown, ladder);
        ui.add_space(size::GAP);
        let wide = ui.available_width() > 820.0;
        if wide {
            let half = (ui.available_width() - size::GUTTER) / 2.0;
            columns::two(
                ui,
                cx,
                half,
                |ui, cx| fools::who_fools_whom(ui, cx, ladder),
                |ui, cx| fools::losses(ui, cx, ladder),
            );
        } else {
            fools::who_fools_whom(ui, cx, ladder);
            ui.add_space(size::GAP);
            fools::losses(ui, cx, ladder);
        }
    });
}

/// What the view asks for.
fn question(cx: &Cx<'_>) -> LadderQuestion {
    let cell = cx.state.cell.clone().filter(|(study, at)| {
        let study = cx.world.study(study);
        study.is_some_and(|s| {
            s.report.cells.len() > *at
                && s.recipe().is_some_and(|r| r.front == cx.recipe.front && r.end == cx.recipe.end)
        })
    });
    let cell = cell.or_else(|| newest_cell(cx));
    let taps = cell.as_ref().and_then(|(study, at)| {
        let cell = cx.world.study(study)?.report.cells.get(*at)?;
        Some((cell.front_tap.clone(), cell.end_tap.clone()))
    });
    let mut recipe = cx.recipe.clone();
    if let Some(set) = &cx.state.attacked_set {
        recipe.data.test.clone_from(set);
        recipe.data.test_images = None;
    }
    LadderQuestion { recipe: recipe.to_toml(), cell, taps, image: cx.state.image }
}

/// What the slide on the stage showed when it was made, where it answers the same question.
fn record<'a>(cx: &Cx<'a>, question: &LadderQuestion) -> Option<(&'a LadderQuestion, &'a Ladder)> {
    let (asked, ladder) = cx.stage?.twin?.ladder.as_ref()?;
    let same = asked.image == question.image && asked.recipe == question.recipe;
    same.then_some((asked, ladder))
}

/// The middle cell of the newest study of this pair.
fn newest_cell(cx: &Cx<'_>) -> Option<(String, usize)> {
    let fits = |study: &&crate::world::Study| {
        !study.report.cells.is_empty()
            && study.recipe().is_some_and(|r| r.front == cx.recipe.front && r.end == cx.recipe.end)
    };
    let study = cx.world.studies.iter().rev().find(fits)?;
    Some((study.id.clone(), study.report.cells.len() / 2))
}

/// Arrows, unless something has the focus and wants them itself: images to the sides, strengths up and down. On the stage the
/// arrows to the sides turn the slides.
fn keys(ui: &Ui, cx: &mut Cx<'_>) {
    if ui.memory(|memory| memory.focused().is_some()) {
        return;
    }
    let pressed = |key| ui.input(|i| i.key_pressed(key));
    let (image, rung, stage) = (cx.state.image, cx.state.rung, cx.stage.is_some());
    match () {
        () if stage && (pressed(Key::ArrowRight) || pressed(Key::ArrowLeft)) => {}
        () if pressed(Key::ArrowRight) => cx.choose(|state| state.image = image + 1),
        () if pressed(Key::ArrowLeft) => cx.choose(|state| state.image = image.saturating_sub(1)),
        () if pressed(Key::ArrowUp) => cx.choose(|state| state.rung = (rung + 1).min(STRENGTHS - 1)),
        () if pressed(Key::ArrowDown) => cx.choose(|state| state.rung = rung.saturating_sub(1)),
        () => {}
    }
}

fn browse(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    if let Some(set) = cx.state.attacked_set.clone() {
        if icon_button(ui, theme, Icon::CLOSE, "Attack the recipe's test images again").clicked() {
            cx.choose(|state| (state.attacked_set, state.image) = (None, 0));
        }
        text::small(ui, theme, &format!("from {}", short(&set)));
    }
    if icon_button(ui, theme, Icon::FORWARD, "Next image").clicked() {
        cx.choose(|state| state.image += 1);
    }
    let mut number = cx.state.image;
    let field = ui.add(egui::DragValue::new(&mut number).prefix("image ")).accessible_name("Number of the image");
    if field.changed() {
        cx.choose(|state| state.image = number);
    }
    if icon_button(ui, theme, Icon::BACK, "Previous image").clicked() {
        cx.choose(|state| state.image = state.image.saturating_sub(1));
    }
}

fn waiting(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        text::muted(ui, cx.theme(), "Attacking the image…");
        climbing(ui, cx);
    });
}

/// How far the attack is, and the way to stop it.
fn climbing(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    let (done, total) = cx.world.ladder_at.unwrap_or((0, 1));
    bars::progress(ui, theme, "Progress of the attack", done as f32 / total.max(1) as f32, 80.0);
    if icon_button(ui, theme, Icon::STOP, "Stop this attack").clicked() {
        cx.send(Act::GiveUp);
    }
}

fn failed(ui: &mut Ui, cx: &mut Cx<'_>, why: &str, question: &LadderQuestion) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        if why == GIVEN_UP {
            text::heading(ui, "The attack was stopped");
        } else {
            text::heading(ui, "This image cannot be attacked");
            line(ui, theme, Tone::Bad, why);
        }
        ui.horizontal(|ui| {
            if button(ui, theme, Weight::Normal, Some(Icon::AGAIN), "Try again").clicked() {
                cx.send(Act::Ladder(Box::new(question.clone())));
            }
            if button(ui, theme, Weight::Normal, Some(Icon::BACK), "First image").clicked() {
                cx.choose(|state| state.image = 0);
            }
        });
    });
}

/// What a network is called: front, end, stitched.
fn network<'l>(cx: &Cx<'_>, ladder: &'l Ladder, at: usize) -> Cow<'l, str> {
    cx.say(ladder.networks.get(at).map_or("", String::as_str))
}

/// Against whom, how strong.
fn controls(ui: &mut Ui, cx: &mut Cx<'_>, ladder: &Ladder, fresh: bool) {
    let theme = cx.theme();
    ui.horizontal_wrapped(|ui| {
        ui.label("Made against");
        let names: Vec<_> = (0..ladder.networks.len()).map(|at| (at, network(cx, ladder, at))).collect();
        let now = cx.state.against.min(names.len().saturating_sub(1));
        if let Some(against) = segments::segments(ui, theme, now, &names) {
            cx.choose(|state| state.against = against);
        }
        ui.add_space(size::GAP);
        let mut rung = cx.state.rung;
        let eps = ladder.strengths.get(rung).copied().unwrap_or(0.0);
        let label = ui.label("Strength");
        let slider = Slider::new(&mut rung, 0..=STRENGTHS - 1).show_value(false);
        let shown = ui.add(slider).labelled_by(label.id);
        if shown.changed() {
            cx.choose(|state| state.rung = rung);
        }
        let words = if ladder.norm == "linf" {
            format!("{:.1}/255 per pixel", eps * 255.0)
        } else {
            format!("length {eps:.2}")
        };
        ui.label(egui::RichText::new(words).font(strong(size::BODY)));
        if !fresh && cx.world.ladder_asked.is_some() {
            climbing(ui, cx);
        }
        // An audience has no use for the rest.
        if cx.stage.is_some() {
            return;
        }
        if button(ui, theme, Weight::Quiet, Some(Icon::SAVE), "Export the pictures…").clicked()
            && let Some(pictures) = pictures::bytes(cx, ladder)
        {
            cx.send(Act::OpenExport(ExportKind::Pictures(Box::new(pictures))));
        }
        if ladder.networks.len() < 3
            && button(
                ui,
                theme,
                Weight::Quiet,
                Some(Icon::CUT),
                &cx.say("Stitch the networks first, to attack them stitched"),
            )
            .clicked()
        {
            cx.send(Act::Go(View::Stitch));
        }
    });
}
