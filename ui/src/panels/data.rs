//! Data: the images as a wall, their classes, what is in a pixel.

use egui::{Panel, ScrollArea, Ui, Vec2, WidgetInfo, vec2};
use stitchscope_core::metrics::thousands;

use super::shell::{command, head};
use super::{Cx, short};
use crate::command::{Act, Command};
use crate::state::View;
use crate::theme::{Ink, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{bars, card, picture, text};
use crate::work::Wall;
use crate::world::Found;

const TILE: f32 = 56.0;

/// Sets on the left, the wall on the right.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let sentence = cx.say("What stitches learn from and what everything is measured on.");
    head(ui, cx, "Images", &sentence, |ui, cx| {
        command(ui, cx, Weight::Normal, Command::OpenFolder);
    });
    let chosen = cx.state.images.clone().unwrap_or_else(|| cx.recipe.data.test.clone());
    let frame = egui::Frame::new().inner_margin(egui::Margin { right: 14, ..egui::Margin::ZERO });
    Panel::left("sets").exact_size(size::SIDE).resizable(false).show_separator_line(false).frame(frame).show(
        ui,
        |ui| {
            ScrollArea::vertical().id_salt("sets").show(ui, |ui| sets(ui, cx, &chosen));
        },
    );
    match cx.world.walls.get(&chosen) {
        None => cx.send(Act::Images(chosen)),
        Some(Found::Asked) => {
            ui.horizontal(|ui| {
                ui.spinner()
                    .widget_info(|| WidgetInfo::labeled(egui::Role::ProgressIndicator, true, "Reading the images"));
                text::muted(ui, cx.theme(), "Reading the images…");
            });
        }
        Some(Found::Failed(why)) => {
            let why = why.clone();
            card::card(ui, cx.theme(), |ui| {
                text::heading(ui, &format!("{} cannot be used", short(&chosen)));
                line(ui, cx.theme(), Tone::Bad, &why);
            });
        }
        Some(Found::Here(wall)) => self::wall(ui, cx, &chosen, &wall.clone()),
    }
}

fn sets(ui: &mut Ui, cx: &mut Cx<'_>, chosen: &str) {
    let mut all: Vec<String> = cx.bundle.images.iter().map(|(reference, _)| reference.clone()).collect();
    for other in [&cx.recipe.data.train, &cx.recipe.data.test].into_iter().chain(cx.world.walls.keys()) {
        if !all.contains(other) {
            all.push(other.clone());
        }
    }
    let theme = cx.theme();
    for set in all {
        let roles = [(&cx.recipe.data.train, "for training"), (&cx.recipe.data.test, "for testing")];
        let roles: Vec<&str> = roles.iter().filter(|(used, _)| **used == set).map(|(_, role)| *role).collect();
        let width = ui.available_width();
        let pressed =
            card::pressed(ui, theme, vec2(width, 58.0), &format!("Show {}", short(&set)), set == chosen, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.label(egui::RichText::new(short(&set)).font(crate::theme::style::strong(size::BODY)));
                text::small(ui, theme, &roles.join(", "));
            });
        if pressed.clicked() {
            cx.choose(|state| {
                state.images = Some(set.clone());
                state.class = None;
            });
        }
    }
    if let Some(Found::Here(wall)) = cx.world.walls.get(chosen) {
        classes(ui, cx, &wall.clone(), chosen);
    }
}

/// How many of each class; a class is a filter.
fn classes(ui: &mut Ui, cx: &mut Cx<'_>, wall: &Wall, chosen: &str) {
    let theme = cx.theme();
    ui.add_space(size::GAP);
    card::card(ui, theme, |ui| {
        text::heading(ui, "Classes");
        let rows: Vec<(&str, f32)> = wall
            .classes
            .iter()
            .zip(&wall.counts)
            .map(|(class, count)| (class.as_str(), *count as f32 / wall.total.max(1) as f32))
            .take(20)
            .collect();
        bars::shares(ui, theme, "Classes", theme.tokens().mark(Ink::Agreement), &rows, usize::MAX);
        let shown =
            cx.state.class.and_then(|class| wall.classes.get(class as usize)).map_or("all classes", String::as_str);
        let mut class = cx.state.class;
        let combo = egui::ComboBox::from_id_salt("class").width(200.0).selected_text(shown).show_ui(ui, |ui| {
            ui.selectable_value(&mut class, None, "all classes");
            for (index, name) in wall.classes.iter().enumerate() {
                ui.selectable_value(&mut class, Some(index as u32), name);
            }
        });
        let _ = combo.response.accessible_name("Show this class");
        if class != cx.state.class {
            cx.choose(|state| state.class = class);
        }
        ui.horizontal_wrapped(|ui| {
            if cx.recipe.data.train != chosen && button(ui, theme, Weight::Normal, None, "Train with these").clicked() {
                cx.edit(|recipe| chosen.clone_into(&mut recipe.data.train));
            }
            if cx.recipe.data.test != chosen && button(ui, theme, Weight::Normal, None, "Test with these").clicked() {
                cx.edit(|recipe| chosen.clone_into(&mut recipe.data.test));
            }
        });
    });
}

fn wall(ui: &mut Ui, cx: &mut Cx<'_>, set: &str, wall: &Wall) {
    let theme = cx.theme();
    let [c, h, w] = wall.shape;
    let [low, high, mean] = wall.range;
    let images = thousands(wall.total as u64);
    text::muted(
        ui,
        theme,
        &format!(
            "{images} images of {c}×{h}×{w}; pixels run from {low:.2} to {high:.2}, mean {mean:.2}. A network gets them so, from 0 to 1."
        ),
    );
    let chosen: Vec<usize> =
        (0..wall.labels.len()).filter(|i| cx.state.class.is_none_or(|class| wall.labels[*i] == class)).collect();
    text::small(ui, theme, &format!("{} of {images} shown; press one to attack it", chosen.len()));
    let columns = ((ui.available_width() - 12.0) / (TILE + 6.0)).floor().max(1.0) as usize;
    let rows = chosen.len().div_ceil(columns);
    ScrollArea::vertical().id_salt("wall").auto_shrink([false, false]).show_rows(ui, TILE + 6.0, rows, |ui, range| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for row in range {
            ui.horizontal(|ui| {
                for index in chosen.iter().skip(row * columns).take(columns) {
                    tile(ui, cx, set, wall, *index);
                }
            });
        }
    });
}

fn tile(ui: &mut Ui, cx: &mut Cx<'_>, set: &str, wall: &Wall, index: usize) {
    let bytes = wall.shape.iter().product::<usize>();
    let Some(pixels) = wall.pixels.get(index * bytes..(index + 1) * bytes) else { return };
    let key = format!("wall-{set}-{index}");
    let ctx = ui.ctx().clone();
    let texture = cx
        .moment
        .textures
        .entry(key.clone())
        .or_insert_with(|| picture::texture_of_bytes(&ctx, &key, wall.shape, pixels))
        .clone();
    let class = wall.classes.get(wall.labels[index] as usize).map_or("?", String::as_str);
    let name = format!("Image {index}: {class}");
    let shown = picture::picture(ui, &texture, Vec2::splat(TILE), &name);
    // The pressable area covers the picture, so the tooltip belongs to it.
    let pressed = ui.interact(shown.rect, shown.id.with("press"), egui::Sense::click()).on_hover_text(&name);
    pressed.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, format!("Attack image {index}, {class}")));
    if pressed.has_focus() {
        let ring = egui::Stroke::new(2.0, cx.surface().accent);
        ui.painter().rect_stroke(shown.rect, 4.0, ring, egui::StrokeKind::Outside);
    }
    if pressed.clicked() {
        // Looking at an image must not change what the next study is measured on.
        let elsewhere = (set != cx.recipe.data.test).then(|| set.to_owned());
        cx.choose(|state| {
            state.attacked_set = elsewhere;
            state.image = index;
            state.view = View::Attack;
        });
    }
}
