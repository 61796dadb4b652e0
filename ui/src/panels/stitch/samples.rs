//! A few images with what front, end and joined network say of them.

use egui::{Align2, Color32, CornerRadius, FontId, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::command::Act;
use crate::panels::{Cx, short};
use crate::state::View;
use crate::theme::style::icon as icon_font;
use crate::theme::{Icon, Ink, size};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{card, picture, text};
use crate::work::{SampleQuestion, Samples};

/// Images that are asked for; as many are shown as fit.
const COUNT: usize = 16;
/// Width of one image with its words.
const TILE: f32 = 104.0;
const INKS: [Ink; 3] = [Ink::Front, Ink::End, Ink::Stitched];

/// The images, asked for where they are not known.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, cell: Option<(String, usize)>, taps: Option<(String, String)>) {
    let question = SampleQuestion { recipe: cx.recipe.to_toml(), cell, taps, count: COUNT };
    let known = cx.world.samples.as_ref().is_some_and(|(known, _)| *known == question);
    if !known && cx.world.samples_asked.as_ref() != Some(&question) {
        cx.send(Act::Samples(Box::new(question)));
    }
    let theme = cx.theme();
    let world = cx.world;
    let Some((shown, found)) = &world.samples else { return };
    card::card(ui, theme, |ui| {
        text::heading(ui, "What they say of the same images");
        match found {
            Ok(samples) => images(ui, cx, shown, samples),
            Err(why) => line(ui, theme, Tone::Neutral, why),
        }
    });
}

fn images(ui: &mut Ui, cx: &mut Cx<'_>, question: &SampleQuestion, samples: &Samples) {
    let fits = ((ui.available_width() + size::GAP) / (TILE + size::GAP)).floor().max(1.0) as usize;
    let count = fits.min(samples.labels.len());
    ui.horizontal(|ui| {
        for index in 0..count {
            one(ui, cx, question, samples, index);
        }
    });
    let right = |network: &Vec<(usize, f32)>| {
        network.iter().zip(&samples.labels).filter(|((said, _), label)| *said == **label as usize).count()
    };
    let counts: Vec<String> = samples
        .networks
        .iter()
        .zip(&samples.said)
        .map(|(name, said)| format!("{} right on {}", cx.say(name), right(said)))
        .collect();
    let order = format!(
        "Lines from above: {} ({}), {} ({}), {}",
        short(&cx.recipe.front.model),
        cx.say("front"),
        short(&cx.recipe.end.model),
        cx.say("end"),
        cx.say("stitched")
    );
    let of = samples.labels.len();
    text::small(ui, cx.theme(), &format!("{order}. Of the first {of} test images: {}.", counts.join(", ")));
}

/// An image, its class, and a line per network: mark, name of the class.
fn one(ui: &mut Ui, cx: &mut Cx<'_>, question: &SampleQuestion, samples: &Samples, index: usize) {
    let (theme, s) = (cx.theme(), cx.surface());
    let [channels, height, width] = samples.shape;
    let length = channels * height * width;
    let Some(pixels) = samples.pixels.get(index * length..(index + 1) * length) else { return };
    let class = |class: usize| samples.classes.get(class).map_or_else(|| class.to_string(), Clone::clone);
    let truth = samples.labels.get(index).map_or(usize::MAX, |label| *label as usize);
    let lines = samples.networks.len();
    let (rect, response) = ui.allocate_exact_size(vec2(TILE, 74.0 + 18.0 * (lines + 1) as f32), Sense::click());
    let said: Vec<(usize, f32)> = samples.said.iter().filter_map(|network| network.get(index).copied()).collect();
    let words: Vec<String> = samples
        .networks
        .iter()
        .zip(&said)
        .map(|(name, (said, share))| format!("{} says {} ({:.0} %)", cx.say(name), class(*said), 100.0 * share))
        .collect();
    let all = format!("Image {index}, {}: {}", class(truth), words.join(", "));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &all));
    let near = response.hovered() || response.has_focus();
    let edge = if response.has_focus() { Stroke::new(2.0, s.accent) } else { Stroke::new(1.0, s.outline) };
    let fill = if near { s.hover } else { s.sunken };
    ui.painter().rect(rect, CornerRadius::same(size::ROUND_SMALL), fill, edge, StrokeKind::Inside);
    let ctx = ui.ctx().clone();
    let key = format!("sample-{}-{index}-{}", cx.recipe.data.test, question.count);
    let shape = samples.shape;
    let texture =
        cx.moment.textures.entry(key.clone()).or_insert_with(|| picture::texture_of_bytes(&ctx, &key, shape, pixels));
    let image = Rect::from_center_size(pos2(rect.center().x, rect.top() + 38.0), vec2(64.0, 64.0));
    egui::Image::new((texture.id(), image.size())).paint_at(ui, image);
    let painter = ui.painter().with_clip_rect(rect.shrink(4.0));
    let font = FontId::proportional(size::SMALL - 0.5);
    let line = |row: usize| rect.top() + 82.0 + 18.0 * row as f32;
    painter.text(pos2(rect.center().x, line(0)), Align2::CENTER_CENTER, class(truth), font.clone(), s.text.into());
    for (row, (said, _)) in said.iter().enumerate() {
        let right = *said == truth;
        let (icon, color) = if right { (Icon::CHECK, s.good) } else { (Icon::CANCEL, s.bad) };
        let y = line(row + 1);
        painter.text(pos2(rect.left() + 12.0, y), Align2::CENTER_CENTER, icon.glyph(), icon_font(13.0), color.into());
        let ink = Color32::from(theme.tokens().words(INKS[row.min(2)]));
        painter.text(pos2(rect.left() + 22.0, y), Align2::LEFT_CENTER, class(*said), font.clone(), ink);
    }
    if response.on_hover_text(format!("{all}\nPress to attack it")).clicked() {
        cx.choose(|state| {
            state.image = index;
            state.view = View::Attack;
        });
    }
}
