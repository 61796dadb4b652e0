//! Models: the shelf, and of the chosen network where it can be cut and what can be done with it.

use egui::{Align2, Color32, CornerRadius, Panel, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use stitchscope_core::inspect::{Size, TapView};
use stitchscope_core::metrics::thousands;

use super::shell::{command, head};
use super::{Cx, percent, short};
use crate::command::{Act, Command};
use crate::theme::style::{icon as icon_font, strong};
use crate::theme::{Icon, Ink, Surfaces as _, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{card, text};
use crate::work::ModelView;
use crate::world::Found;

/// Height of a tap, and between two.
const ROW: f32 = 28.0;
const APART: f32 = 3.0;
/// Up to so many lines are always laid out, so that a screen reader finds them all.
const FEW: usize = 200;

/// The shelf on the left, the network on the right.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    head(ui, cx, "Networks", "Choose one to give the first part and one to give the last part.", |ui, cx| {
        command(ui, cx, Weight::Normal, Command::OpenFiles);
        command(ui, cx, Weight::Normal, Command::Swap);
    });
    let frame = egui::Frame::new().inner_margin(egui::Margin { right: 14, ..egui::Margin::ZERO });
    Panel::left("shelf").exact_size(size::SIDE).resizable(false).show_separator_line(false).frame(frame).show(
        ui,
        |ui| {
            ScrollArea::vertical().id_salt("shelf").show(ui, |ui| shelf(ui, cx));
        },
    );
    let chosen = cx.state.model.clone().unwrap_or_else(|| cx.recipe.front.model.clone());
    let world = cx.world;
    match world.models.get(&chosen) {
        None => cx.send(Act::Inspect(chosen)),
        Some(Found::Asked) => {
            ui.horizontal(|ui| {
                ui.spinner()
                    .widget_info(|| WidgetInfo::labeled(egui::Role::ProgressIndicator, true, "Reading the network"));
                text::muted(ui, cx.theme(), &format!("Reading {}…", short(&chosen)));
            });
        }
        Some(Found::Failed(why)) => broken(ui, cx, &chosen, why),
        Some(Found::Here(view)) => network(ui, cx, &chosen, view),
    }
}

/// Bundled networks, then opened ones.
fn shelf(ui: &mut Ui, cx: &mut Cx<'_>) {
    let known = cx.bundle.models.clone();
    for model in &known {
        let clean = model.clean.and_then(|c| c.share()).map(|s| format!("{} right", percent(s.share)));
        let robust = model.robust.and_then(|c| c.share()).map(|s| format!("robust {}", percent(s.share)));
        let numbers: Vec<String> = [clean, robust].into_iter().flatten().collect();
        book(ui, cx, &model.reference, &model.about, &numbers.join(", "));
    }
    for model in cx.state.models.clone() {
        book(ui, cx, &model, &model, "");
    }
}

/// A network on the shelf, marked where it stands in the pair.
fn book(ui: &mut Ui, cx: &mut Cx<'_>, reference: &str, about: &str, numbers: &str) {
    let (theme, tokens) = (cx.theme(), cx.theme().tokens());
    let chosen = cx.state.model.as_deref().unwrap_or(&cx.recipe.front.model) == reference;
    let roles = [(Ink::Front, "front", &cx.recipe.front.model), (Ink::End, "end", &cx.recipe.end.model)];
    let roles: Vec<_> = roles.into_iter().filter(|(_, _, model)| *model == reference).collect();
    let width = ui.available_width();
    let pressed = card::pressed(ui, theme, vec2(width, 82.0), &format!("Show {}", short(reference)), chosen, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            ui.label(egui::RichText::new(short(reference)).font(strong(size::BODY)));
            for (ink, word, _) in &roles {
                text::colored(ui, word, size::SMALL, tokens.words(*ink));
            }
        });
        ui.add(
            egui::Label::new(egui::RichText::new(about).size(size::SMALL).color(Color32::from(theme.surface().muted)))
                .truncate(),
        );
        text::small(ui, theme, numbers);
    });
    if pressed.clicked() {
        let reference = reference.to_owned();
        cx.choose(|state| state.model = Some(reference));
    }
}

fn broken(ui: &mut Ui, cx: &mut Cx<'_>, model: &str, why: &str) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        text::heading(ui, &format!("{} cannot be used", short(model)));
        line(ui, theme, Tone::Bad, why);
        ui.horizontal(|ui| {
            if button(ui, theme, Weight::Normal, Some(Icon::COPY), "Copy the reason").clicked() {
                cx.send(Act::Copy(why.to_owned()));
            }
            if button(ui, theme, Weight::Normal, Some(Icon::AGAIN), "Read it again").clicked() {
                cx.send(Act::Inspect(model.to_owned()));
            }
        });
    });
}

/// Head with numbers and checks, then the taps.
fn network(ui: &mut Ui, cx: &mut Cx<'_>, model: &str, view: &ModelView) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        ui.horizontal(|ui| {
            text::heading(ui, short(model));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| use_as(ui, cx, model));
        });
        text::muted(ui, theme, &facts(view));
        ui.add_space(2.0);
        for check in &view.checks {
            match &check.found {
                Ok(how) => line(ui, theme, Tone::Good, &format!("{}: {how}", check.what)),
                Err(why) => line(ui, theme, Tone::Bad, &format!("{}: no. {why}", check.what)),
            }
        }
        for warning in &view.inspection.warnings {
            line(ui, theme, Tone::Warn, warning);
        }
    });
    ui.add_space(size::GAP);
    taps(ui, cx, view);
}

fn use_as(ui: &mut Ui, cx: &mut Cx<'_>, model: &str) {
    let theme = cx.theme();
    let model = model.to_owned();
    if cx.recipe.end.model == model {
        text::colored(ui, "gives the last part", size::SMALL, theme.tokens().words(Ink::End));
    } else if button(ui, theme, Weight::Normal, None, "Use as end")
        .on_hover_text("This network gives the layers after the cut")
        .clicked()
    {
        cx.edit(|recipe| recipe.end.model.clone_from(&model));
    }
    if cx.recipe.front.model == model {
        text::colored(ui, "gives the first part", size::SMALL, theme.tokens().words(Ink::Front));
    } else if button(ui, theme, Weight::Normal, None, "Use as front")
        .on_hover_text("This network gives the layers before the cut")
        .clicked()
    {
        cx.edit(|recipe| recipe.front.model.clone_from(&model));
    }
}

fn facts(view: &ModelView) -> String {
    let inspection = &view.inspection;
    let image = view.image.map(|[c, h, w]| format!("images {c}×{h}×{w}, ")).unwrap_or_default();
    let classes = view.classes.map(|k| format!("{k} classes, ")).unwrap_or_default();
    format!(
        "{image}{classes}{} parameters, {} multiply-adds an image; made by {}",
        thousands(inspection.parameters),
        thousands(inspection.operations),
        if inspection.producer.is_empty() { "an unknown program" } else { &inspection.producer },
    )
}

/// Every tap, block by block, in the order of the signal.
fn taps(ui: &mut Ui, cx: &mut Cx<'_>, view: &ModelView) {
    let theme = cx.theme();
    ui.horizontal(|ui| {
        text::heading(ui, &format!("{} places to cut", view.inspection.taps.len()));
        let field =
            egui::TextEdit::singleline(&mut cx.moment.tap_filter).hint_text("Find a place").desired_width(200.0);
        ui.add(field.margin(egui::Margin::symmetric(8, 7))).accessible_name("Find a place");
    });
    let query = cx.moment.tap_filter.to_lowercase();
    let lines = lines(cx, &view.inspection.taps, &query);
    ScrollArea::vertical().id_salt("taps").auto_shrink([false, false]).show_viewport(ui, |ui, viewport| {
        ui.spacing_mut().item_spacing.y = APART;
        // Of a network with thousands of taps only those are laid out that can be seen.
        let all = lines.len() <= FEW;
        let (mut top, mut skipped) = (0.0, 0.0);
        for line in lines {
            let height = APART + if matches!(line, Line::Block { .. }) { size::TARGET } else { ROW };
            if all || (top + height >= viewport.min.y && top <= viewport.max.y) {
                ui.add_space(skipped);
                skipped = 0.0;
                match line {
                    Line::Block { name, count, folded } => fold(ui, cx, name, count, folded),
                    Line::Tap(tap) => self::tap(ui, cx, tap),
                }
            } else {
                skipped += height;
            }
            top += height;
        }
        ui.add_space(skipped);
        if view.inspection.taps.is_empty() {
            line(ui, theme, Tone::Warn, "No tensor of this network carries the whole signal, so it cannot be cut.");
        }
    });
}

/// A line of the list of taps.
enum Line<'a> {
    /// The head of a block with several taps.
    Block {
        name: &'a str,
        count: usize,
        folded: bool,
    },
    Tap(&'a TapView),
}

/// Blocks with their taps; of a folded block only the last one.
fn lines<'a>(cx: &Cx<'_>, taps: &'a [TapView], query: &str) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for (name, taps) in groups(taps, query) {
        let folded = query.is_empty() && taps.len() > 1 && cx.moment.folded.contains(name);
        if taps.len() > 1 {
            lines.push(Line::Block { name, count: taps.len(), folded });
        }
        let first = if folded { taps.len() - 1 } else { 0 };
        lines.extend(taps.into_iter().skip(first).map(Line::Tap));
    }
    lines
}

/// Neighbouring taps of one module.
fn groups<'a>(taps: &'a [TapView], query: &str) -> Vec<(&'a str, Vec<&'a TapView>)> {
    let mut groups: Vec<(&str, Vec<&TapView>)> = Vec::new();
    for tap in taps.iter().filter(|tap| query.is_empty() || tap.name.to_lowercase().contains(query)) {
        let block = tap.name.rsplit_once('.').map_or(tap.name.as_str(), |(block, _)| block);
        match groups.last_mut() {
            Some((last, list)) if *last == block => list.push(tap),
            _ => groups.push((block, vec![tap])),
        }
    }
    groups
}

fn fold(ui: &mut Ui, cx: &mut Cx<'_>, block: &str, count: usize, folded: bool) {
    let theme = cx.theme();
    ui.horizontal(|ui| {
        let (icon, word) = if folded { (Icon::FOLDED, "Unfold") } else { (Icon::UNFOLDED, "Fold") };
        if icon_button(ui, theme, icon, &format!("{word} {block}")).clicked() {
            if folded {
                cx.moment.folded.remove(block);
            } else {
                cx.moment.folded.insert(block.to_owned());
            }
        }
        ui.label(egui::RichText::new(block).font(strong(size::BODY)));
        text::small(ui, theme, &format!("{count} places"));
    });
}

/// One tap: mark, name, operator, shape, the share of the work before it.
fn tap(ui: &mut Ui, cx: &Cx<'_>, tap: &TapView) {
    let (theme, s) = (cx.theme(), cx.surface());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let shape = shape(tap);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, format!("{}, {}, {shape}", tap.name, tap.op)));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter();
    let fill = if tap.block_output { s.card } else { s.page };
    painter.rect(rect, CornerRadius::same(6), fill, Stroke::new(1.0, s.outline), StrokeKind::Inside);
    let y = rect.center().y;
    let ink = if tap.block_output { s.accent } else { s.edge };
    painter.text(pos2(rect.left() + 18.0, y), Align2::CENTER_CENTER, Icon::CUT.glyph(), icon_font(15.0), ink.into());
    let font = if tap.block_output { strong(size::BODY - 0.5) } else { egui::FontId::proportional(size::BODY - 0.5) };
    painter.text(pos2(rect.left() + 36.0, y), Align2::LEFT_CENTER, &tap.name, font, s.text.into());
    let small = egui::FontId::proportional(size::SMALL);
    painter.text(pos2(rect.right() - 330.0, y), Align2::LEFT_CENTER, &tap.op, small.clone(), s.muted.into());
    painter.text(pos2(rect.right() - 130.0, y), Align2::RIGHT_CENTER, &shape, small, s.muted.into());
    let all = (tap.operations_before + tap.operations_after).max(1) as f32;
    let share = tap.operations_before as f32 / all;
    let track = egui::Rect::from_center_size(pos2(rect.right() - 62.0, y), vec2(100.0, 6.0));
    painter.rect_filled(track, CornerRadius::same(3), s.hover);
    let done = egui::Rect::from_min_size(track.min, vec2(100.0 * share, 6.0));
    painter.rect_filled(done, CornerRadius::same(3), theme.tokens().mark(Ink::Agreement));
    response.on_hover_text(format!(
        "{}\nmade by {}, {shape}\n{:.0} % of the work lies before it{}",
        tap.tensor,
        tap.op,
        100.0 * share,
        if tap.block_output { "\noutput of a block" } else { "" }
    ));
}

/// `64×7×7`, without the batch.
pub fn shape(tap: &TapView) -> String {
    let sizes: Vec<String> = tap
        .shape
        .iter()
        .skip(1)
        .map(|size| match size {
            Size::Fixed(size) => size.to_string(),
            Size::Batch(text) => text.clone(),
        })
        .collect();
    sizes.join("×")
}
