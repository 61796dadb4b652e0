//! One image, the change, the attacked image, and what each network says of it.

use egui::{Ui, Vec2, vec2};
use stitchscope_core::metrics::first_largest;

use super::fools::Verdict;
use super::{INKS, network};
use crate::panels::{Cx, Pictures, short};
use crate::theme::size;
use crate::widgets::{bars, card, picture, text};
use crate::work::{Ladder, LadderQuestion};

/// Classes beside a picture; the likeliest ones.
const CLASSES: usize = 4;

/// The three pictures as bytes.
pub fn bytes(cx: &Cx<'_>, ladder: &Ladder) -> Option<Pictures> {
    let climb = ladder.climbs.get(cx.state.against.min(ladder.climbs.len().saturating_sub(1)))?;
    let attacked = climb.images.get(cx.state.rung)?;
    let change = change(&ladder.clean, attacked, ladder.strengths.last().copied().unwrap_or(1.0), &ladder.norm);
    let rounded = |values: &[f32]| values.iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
    let images =
        vec![("original", rounded(&ladder.clean)), ("change", rounded(&change)), ("attacked", rounded(attacked))];
    Some(Pictures { shape: ladder.shape, images })
}

/// Original, change, attacked; below each what the networks say.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, question: &LadderQuestion, ladder: &Ladder) {
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
        // Half of the height is left for what lies below; an audience sees the pictures alone.
        let most = if cx.stage.is_some() { 0.75 } else { 0.5 } * ui.ctx().content_rect().height();
        let side = ((width - 2.0 * size::GUTTER) / 4.6).clamp(110.0, most.max(160.0));
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
        _ => network(cx, ladder, index).into_owned(),
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

pub fn best(shares: &[f32]) -> usize {
    first_largest(shares).unwrap_or(0)
}
