//! Attack: one image, what is changed, what comes of it, and what the three networks say; who fools whom.

use egui::{
    Align2, Color32, CornerRadius, FontId, Key, ScrollArea, Sense, Slider, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    vec2,
};

use stitchscope_core::metrics::first_largest;

use super::shell::head;
use super::{Cx, ExportKind, Pictures, short};
use crate::command::Act;
use crate::state::View;
use crate::theme::style::strong;
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::curve::{Trace, curve};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{bars, card, columns, picture, segments, text};
use crate::work::{GIVEN_UP, Ladder, LadderQuestion, STRENGTHS};

/// Networks in their order within a ladder.
const INKS: [Ink; 3] = [Ink::Front, Ink::End, Ink::Stitched];
/// Classes beside a picture; the likeliest ones.
const CLASSES: usize = 4;

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
        pictures(ui, cx, shown, ladder);
        ui.add_space(size::GAP);
        let wide = ui.available_width() > 820.0;
        if wide {
            let half = (ui.available_width() - size::GUTTER) / 2.0;
            columns::two(ui, cx, half, |ui, cx| who_fools_whom(ui, cx, ladder), |ui, cx| losses(ui, cx, ladder));
        } else {
            who_fools_whom(ui, cx, ladder);
            ui.add_space(size::GAP);
            losses(ui, cx, ladder);
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

/// Arrows, unless something has the focus and wants them itself: images to the sides, strengths up and down.
fn keys(ui: &Ui, cx: &mut Cx<'_>) {
    if cx.stage.is_some() || ui.memory(|memory| memory.focused().is_some()) {
        return;
    }
    let pressed = |key| ui.input(|i| i.key_pressed(key));
    let (image, rung) = (cx.state.image, cx.state.rung);
    match () {
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

/// Against whom, how strong.
fn controls(ui: &mut Ui, cx: &mut Cx<'_>, ladder: &Ladder, fresh: bool) {
    let theme = cx.theme();
    ui.horizontal_wrapped(|ui| {
        ui.label("Made against");
        let names: Vec<(usize, &str)> = ladder.networks.iter().map(String::as_str).enumerate().collect();
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
        if button(ui, theme, Weight::Quiet, Some(Icon::SAVE), "Save the pictures…").clicked()
            && let Some(pictures) = pictures_now(cx, ladder)
        {
            cx.send(Act::OpenExport(ExportKind::Pictures(Box::new(pictures))));
        }
        if ladder.networks.len() < 3
            && button(ui, theme, Weight::Quiet, Some(Icon::CUT), "Join the networks first, to attack them joined")
                .clicked()
        {
            cx.send(Act::Go(View::Stitch));
        }
    });
}

/// The three pictures as bytes.
fn pictures_now(cx: &Cx<'_>, ladder: &Ladder) -> Option<Pictures> {
    let climb = ladder.climbs.get(cx.state.against.min(ladder.climbs.len().saturating_sub(1)))?;
    let attacked = climb.images.get(cx.state.rung)?;
    let change = change(&ladder.clean, attacked, ladder.strengths.last().copied().unwrap_or(1.0), &ladder.norm);
    let bytes = |values: &[f32]| values.iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
    let images = vec![("original", bytes(&ladder.clean)), ("change", bytes(&change)), ("attacked", bytes(attacked))];
    Some(Pictures { shape: ladder.shape, images })
}

/// Original, change, attacked; below each what the networks say.
fn pictures(ui: &mut Ui, cx: &mut Cx<'_>, question: &LadderQuestion, ladder: &Ladder) {
    let theme = cx.theme();
    let (against, rung) = (cx.state.against.min(ladder.climbs.len().saturating_sub(1)), cx.state.rung);
    let Some(climb) = ladder.climbs.get(against) else { return };
    let (Some(image), Some(said), Some(before)) =
        (climb.images.get(rung), climb.shares.get(rung), climb.shares.first())
    else {
        return;
    };
    card::card(ui, theme, |ui| {
        let width = ui.available_width();
        let side = ((width - 2.0 * size::GUTTER) / 5.4).clamp(110.0, 260.0);
        let bars_width = (width - 3.0 * side - 4.0 * size::GUTTER).max(180.0);
        let truth = ladder.classes.get(ladder.label as usize).map_or("?", String::as_str);
        let change: Vec<f32> =
            change(&ladder.clean, image, ladder.strengths.last().copied().unwrap_or(1.0), &ladder.norm);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = size::GUTTER;
            let key = |what: &str| {
                format!("{what}-{}-{against}-{rung}-{:?}-{}", question.image, question.cell, question.recipe.len())
            };
            frame(
                ui,
                cx,
                &key("clean"),
                &format!("Image {}: {truth}", question.image),
                ladder.shape,
                &ladder.clean,
                side,
            );
            frame(ui, cx, &key("change"), "The change, magnified", ladder.shape, &change, side);
            frame(ui, cx, &key("attacked"), "Attacked", ladder.shape, image, side);
            ui.allocate_ui(vec2(bars_width, side), |ui| ui.vertical(|ui| verdicts(ui, cx, ladder, before, said)));
        });
    });
}

/// The change around middle grey, so that the largest strength fills the range; L2 changes are scaled to their own largest.
fn change(clean: &[f32], attacked: &[f32], eps: f32, norm: &str) -> Vec<f32> {
    let differences: Vec<f32> = attacked.iter().zip(clean).map(|(a, c)| a - c).collect();
    let largest = differences.iter().fold(0.0_f32, |m, d| m.max(d.abs()));
    let full = if norm == "linf" { eps } else { largest };
    differences.iter().map(|d| 0.5 + 0.5 * d / full.max(f32::MIN_POSITIVE)).collect()
}

fn frame(ui: &mut Ui, cx: &mut Cx<'_>, key: &str, name: &str, shape: [usize; 3], values: &[f32], side: f32) {
    let ctx = ui.ctx().clone();
    let texture =
        cx.moment.textures.entry(key.to_owned()).or_insert_with(|| picture::texture(&ctx, key, shape, values)).clone();
    ui.vertical(|ui| {
        picture::picture(ui, &texture, Vec2::splat(side), name);
        text::small(ui, cx.theme(), name);
    });
}

/// What each network says now; whether it has changed its mind.
fn verdicts(ui: &mut Ui, cx: &Cx<'_>, ladder: &Ladder, before: &[Vec<f32>], said: &[Vec<f32>]) {
    let (theme, tokens) = (cx.theme(), cx.theme().tokens());
    ui.spacing_mut().item_spacing.y = 4.0;
    for (index, shares) in said.iter().enumerate() {
        let ink = INKS[index.min(2)];
        let was = before.get(index).map(|s| best(s));
        let now = best(shares);
        let truth = ladder.label as usize;
        let verdict = Verdict::of(now == truth, was == Some(truth)).sentence();
        let name = network_name(cx, ladder, index);
        text::colored(ui, &format!("{name}: {verdict}"), size::SMALL + 1.0, tokens.words(ink));
        let rows = top(shares, truth, &ladder.classes);
        let marked = rows
            .iter()
            .position(|(class, _)| Some(*class) == ladder.classes.get(truth).map(String::as_str))
            .unwrap_or(usize::MAX);
        bars::shares(ui, theme, &name, tokens.mark(ink), &rows, marked);
    }
}

fn network_name(cx: &Cx<'_>, ladder: &Ladder, index: usize) -> String {
    match index {
        0 => short(&cx.recipe.front.model).to_owned(),
        1 => short(&cx.recipe.end.model).to_owned(),
        _ => ladder.networks.get(index).cloned().unwrap_or_default(),
    }
}

/// The likeliest classes, the true one among them.
fn top<'a>(shares: &[f32], truth: usize, classes: &'a [String]) -> Vec<(&'a str, f32)> {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
    let mut chosen: Vec<usize> = order.iter().copied().take(CLASSES - 1).collect();
    if !chosen.contains(&truth) && truth < shares.len() {
        chosen.push(truth);
    } else {
        chosen.extend(order.get(CLASSES - 1));
    }
    chosen.into_iter().map(|i| (classes.get(i).map_or("?", String::as_str), shares[i])).collect()
}

fn best(shares: &[f32]) -> usize {
    first_largest(shares).unwrap_or(0)
}

/// Rows: made against; columns: tried on.
fn who_fools_whom(ui: &mut Ui, cx: &mut Cx<'_>, ladder: &Ladder) {
    let theme = cx.theme();
    let rung = cx.state.rung;
    card::card(ui, theme, |ui| {
        text::heading(ui, "Who fools whom");
        text::small(
            ui,
            theme,
            "Each row is an attack made against one network; each column a network that it is tried on.",
        );
        egui::Grid::new("fools").num_columns(ladder.networks.len() + 1).spacing([6.0, 6.0]).show(ui, |ui| {
            text::small(ui, theme, "against ↓  on →");
            for index in 0..ladder.networks.len() {
                text::colored(ui, &ladder.networks[index], size::SMALL, theme.tokens().words(INKS[index.min(2)]));
            }
            ui.end_row();
            for (against, climb) in ladder.climbs.iter().enumerate() {
                text::colored(ui, &ladder.networks[against], size::SMALL, theme.tokens().words(INKS[against.min(2)]));
                for tried in 0..ladder.networks.len() {
                    let at = |rung: usize| Some(best(climb.shares.get(rung)?.get(tried)?));
                    let (Some(now), Some(before)) = (at(rung), at(0)) else { continue };
                    let class = ladder.classes.get(now).map_or("?", String::as_str);
                    let truth = ladder.label as usize;
                    let verdict = Verdict::of(now == truth, before == truth);
                    fools(ui, cx, against, (&ladder.networks[against], &ladder.networks[tried]), class, verdict);
                }
                ui.end_row();
            }
        });
    });
}

/// What became of a network's answer under attack. Only an answer that was right before can be fooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    Fooled,
    WrongBefore,
}

impl Verdict {
    /// From whether the answer is right now, and whether it was right without an attack.
    const fn of(now: bool, before: bool) -> Self {
        match (now, before) {
            (true, _) => Self::Right,
            (false, true) => Self::Fooled,
            (false, false) => Self::WrongBefore,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Fooled => "fooled",
            Self::WrongBefore => "wrong from the start",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Right => "holds",
            Self::Fooled => "fooled",
            Self::WrongBefore => "was wrong",
        }
    }
}

/// One square: word and shape say it, colour only helps.
fn fools(ui: &mut Ui, cx: &mut Cx<'_>, against: usize, (made, tried): (&str, &str), class: &str, verdict: Verdict) {
    let s = cx.surface();
    let (rect, response) = ui.allocate_exact_size(vec2(112.0, 44.0), Sense::click());
    let word = verdict.word();
    response.widget_info(|| {
        WidgetInfo::labeled(
            egui::Role::Button,
            true,
            format!("made against {made}, tried on {tried}: {word}, says {class}"),
        )
    });
    let color = match verdict {
        Verdict::Right => s.good,
        Verdict::Fooled => s.bad,
        Verdict::WrongBefore => s.muted,
    };
    let edge = if response.has_focus() {
        Stroke::new(2.0, s.accent)
    } else {
        Stroke::new(if verdict == Verdict::Fooled { 2.0 } else { 1.0 }, color)
    };
    ui.painter().rect(rect, CornerRadius::same(size::ROUND_SMALL), s.sunken, edge, StrokeKind::Inside);
    let icon = match verdict {
        Verdict::Right => Icon::SHIELD,
        Verdict::Fooled => Icon::BOLT,
        Verdict::WrongBefore => Icon::CLOSE,
    };
    let at = rect.left_center() + vec2(16.0, 0.0);
    ui.painter().text(at, Align2::CENTER_CENTER, icon.glyph(), crate::theme::style::icon(18.0), color.into());
    let text_at = rect.left_center() + vec2(30.0, 0.0);
    ui.painter().text(text_at - vec2(0.0, 8.0), Align2::LEFT_CENTER, word, strong(size::SMALL), Color32::from(s.text));
    let clipped = ui.painter().with_clip_rect(rect.shrink(3.0));
    clipped.text(
        text_at + vec2(0.0, 8.0),
        Align2::LEFT_CENTER,
        class,
        FontId::proportional(size::SMALL - 1.0),
        s.muted.into(),
    );
    if response.clicked() {
        cx.choose(|state| state.against = against);
    }
}

/// The loss of the attacked network, step by step, at every strength.
fn losses(ui: &mut Ui, cx: &Cx<'_>, ladder: &Ladder) {
    let theme = cx.theme();
    let Some(climb) = ladder.climbs.get(cx.state.against.min(ladder.climbs.len().saturating_sub(1))) else { return };
    card::card(ui, theme, |ui| {
        text::heading(ui, "How the attack climbs");
        text::small(
            ui,
            theme,
            "Loss of the attacked network at each step, for every strength; the chosen one is strong.",
        );
        let ink = theme.tokens().mark(INKS[cx.state.against.min(2)]);
        let names: Vec<String> = ladder.strengths.iter().map(|eps| format!("{:.1}/255", eps * 255.0)).collect();
        let trace = |(index, values): (usize, &Vec<f32>)| (index, values.clone());
        let mut all: Vec<(usize, Vec<f32>)> = climb.losses.iter().enumerate().map(trace).collect();
        all.sort_by_key(|(index, _)| *index == cx.state.rung);
        let traces: Vec<Trace<'_>> = all
            .iter()
            .map(|(index, values)| Trace { name: &names[*index], color: ink, values, faint: *index != cx.state.rung })
            .collect();
        curve(ui, theme, "climb", "Loss of the attack", ("step", "loss"), 150.0, &traces);
    });
}
