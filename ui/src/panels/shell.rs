//! What stands around every view: the rail of views, the bar with the pair and the work at hand, the line of words below.

use egui::scroll_area::ScrollBarVisibility;
use egui::{
    Align, Align2, Color32, CornerRadius, Layout, Margin, Panel, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::{Cx, short};
use crate::command::{Act, Command};
use crate::state::View;
use crate::theme::style::{icon as icon_font, strong};
use crate::theme::{Icon, Ink, Surfaces as _, size};
use crate::widgets::button::{Weight, command_icon, hint, icon_button};
use crate::widgets::notice::{Tone, boxed, glyph};
use crate::widgets::{bars, text};
use crate::work::Device;
use crate::world::Standing;

/// Below this width words leave the bar.
const NARROW: f32 = 1100.0;

/// Rail, bar, line, notices, view.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let s = cx.surface();
    let plain = egui::Frame::new().fill(s.card.into()).inner_margin(Margin::symmetric(12, 8));
    let rail = egui::Frame::new().fill(s.card.into()).inner_margin(Margin::symmetric(6, 10));
    let shown = |cx: &Cx<'_>, part: &str| !cx.moment.hidden.iter().any(|hidden| hidden == part);
    if shown(cx, "rail") {
        Panel::left("rail").exact_size(size::RAIL).resizable(false).frame(rail).show(ui, |ui| self::rail(ui, cx));
    }
    if shown(cx, "line") {
        let frame = plain.inner_margin(Margin::symmetric(14, 4));
        Panel::bottom("line").exact_size(30.0).resizable(false).frame(frame).show(ui, |ui| line(ui, cx));
    }
    if shown(cx, "bar") {
        Panel::top("bar").exact_size(52.0).resizable(false).frame(plain).show(ui, |ui| bar(ui, cx));
    }
    let page = egui::Frame::new().fill(s.page.into()).inner_margin(Margin::symmetric(22, 16));
    egui::CentralPanel::default().frame(page).show(ui, |ui| {
        notices(ui, cx);
        super::view(ui, cx);
        if cx.moment.hovering {
            drop_hint(ui, cx);
        }
    });
}

fn rail(ui: &mut Ui, cx: &mut Cx<'_>) {
    // At large zooms the views are higher than the window.
    ScrollArea::vertical().id_salt("rail").scroll_bar_visibility(ScrollBarVisibility::VisibleWhenNeeded).show(
        ui,
        |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            for view in View::ALL {
                if place(ui, cx, view).clicked() {
                    cx.send(Act::Go(view));
                }
            }
        },
    );
}

/// One view in the rail: icon over word.
fn place(ui: &mut Ui, cx: &Cx<'_>, view: View) -> egui::Response {
    let command = Command::Open(view);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 58.0), Sense::click());
    let chosen = cx.state.view == view;
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, ui.is_enabled(), chosen, command.label()));
    let s = cx.surface();
    let fill = match (chosen, response.hovered()) {
        (true, _) => Color32::from(s.chosen),
        (false, true) => Color32::from(s.hover),
        (false, false) => Color32::TRANSPARENT,
    };
    let edge = if response.has_focus() { Stroke::new(2.0, s.accent) } else { Stroke::NONE };
    ui.painter().rect(rect, CornerRadius::same(size::ROUND), fill, edge, egui::StrokeKind::Inside);
    let ink: Color32 = if chosen { s.accent_words.into() } else { s.text.into() };
    let at = |y: f32| pos2(rect.center().x, rect.top() + y);
    ui.painter().text(at(22.0), Align2::CENTER_CENTER, command.icon().glyph(), icon_font(23.0), ink);
    ui.painter().text(at(45.0), Align2::CENTER_CENTER, command.label(), strong(size::SMALL - 0.5), ink);
    let hint = hint(ui, command);
    response.on_hover_text(hint).on_hover_cursor(egui::CursorIcon::PointingHand)
}

fn bar(ui: &mut Ui, cx: &mut Cx<'_>) {
    let wide = ui.available_width() > NARROW;
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        pair(ui, cx);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for command in [Command::Present, Command::Keys, Command::Theme, Command::Palette, Command::OpenFiles] {
                if command_icon(ui, cx.theme(), command).clicked() {
                    cx.send(Act::Do(command));
                }
            }
            ui.add_enabled_ui(cx.steps.1, |ui| {
                if command_icon(ui, cx.theme(), Command::Redo).clicked() {
                    cx.send(Act::Do(Command::Redo));
                }
            });
            ui.add_enabled_ui(cx.steps.0, |ui| {
                if command_icon(ui, cx.theme(), Command::Undo).clicked() {
                    cx.send(Act::Do(Command::Undo));
                }
            });
            ui.add_space(6.0);
            job(ui, cx, wide);
        });
    });
}

/// The pair at hand: front, scissors, end.
fn pair(ui: &mut Ui, cx: &Cx<'_>) {
    let (theme, tokens) = (cx.theme(), cx.theme().tokens());
    ui.spacing_mut().item_spacing.x = 8.0;
    text::colored(ui, short(&cx.recipe.front.model), size::BODY + 1.0, tokens.words(Ink::Front));
    glyph(ui, Icon::STITCH, size::BODY + 4.0, theme.surface().muted);
    text::colored(ui, short(&cx.recipe.end.model), size::BODY + 1.0, tokens.words(Ink::End));
}

/// The study at work, or the device.
fn job(ui: &mut Ui, cx: &mut Cx<'_>, wide: bool) {
    let theme = cx.theme();
    let world = cx.world;
    if let Some(study) = world.at_work() {
        let (id, share) = (study.id.clone(), study.share());
        let stage = cx.say(study.stage.as_ref().map_or("waiting", |(stage, _, _)| stage.as_str())).into_owned();
        let stage = if study.standing == Standing::Paused { format!("paused: {stage}") } else { stage };
        if icon_button(ui, theme, Icon::STOP, "Stop the study").clicked() {
            cx.send(Act::Stop(id));
        }
        super::compare::hold_button(ui, cx, study);
        text::small(ui, theme, &format!("{:.0} %", 100.0 * share));
        if wide {
            time_left(ui, theme, study);
        }
        bars::progress(ui, theme, "Progress of the study", share, if wide { 150.0 } else { 80.0 });
        let more = cx.world.open_studies().saturating_sub(1);
        let more = if more > 0 { format!(", {more} more waiting") } else { String::new() };
        if wide {
            let label = egui::Label::new(
                egui::RichText::new(format!("{stage}{more}"))
                    .size(size::SMALL)
                    .color(Color32::from(theme.surface().muted)),
            );
            let room = (ui.available_width() - 20.0).clamp(60.0, 320.0);
            ui.allocate_ui_with_layout(vec2(room, size::TARGET), Layout::right_to_left(Align::Center), |ui| {
                ui.add(label.truncate())
            });
        }
    } else if let Some(device) = &cx.world.device {
        text::small(ui, theme, device_words(device, wide)).on_hover_text(&device.device);
        glyph(ui, Icon::DEVICE, size::BODY + 2.0, theme.surface().muted);
    }
}

/// How long a study still takes, roughly; nothing where that cannot be told.
pub fn time_left(ui: &mut Ui, theme: crate::theme::Theme, study: &crate::world::Study) {
    if let Some(seconds) = study.seconds_left() {
        text::small(ui, theme, &left_words(seconds));
    }
}

/// `about 40 s left`, `about 12 min left`, `about 3 h left`: as exact as such a guess is.
fn left_words(seconds: f32) -> String {
    match seconds {
        s if s < 90.0 => format!("about {:.0} s left", (s / 5.0).ceil().max(1.0) * 5.0),
        s if s < 5400.0 => format!("about {:.0} min left", (s / 60.0).ceil()),
        s => format!("about {:.0} h left", (s / 3600.0).round()),
    }
}

fn device_words(device: &Device, wide: bool) -> &str {
    match (device.engine.as_str(), wide) {
        ("ort", true) => "Ready: ONNX Runtime",
        ("processor", true) => "Slow: the processor alone",
        ("reference", true) => "Slow: plain reference engine",
        ("wgpu", true) if device.accelerated => "Ready: GPU",
        ("wgpu", true) => "Slow: the processor plays a GPU",
        (other, _) => other,
    }
}

fn line(ui: &mut Ui, cx: &Cx<'_>) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let words = if cx.world.line.is_empty() { "Looking for engines…" } else { cx.world.line.as_str() };
        let rich = egui::RichText::new(words).size(size::SMALL).color(Color32::from(cx.surface().muted));
        let shown = ui.add(egui::Label::new(rich).truncate()).on_hover_text(words);
        // A screen reader says it when it changes, wherever the focus is.
        ui.ctx().accesskit_node_builder(shown.id, |node| node.set_live(egui::accesskit::Live::Polite));
    });
}

fn notices(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut dismissed = None;
    for (index, notice) in cx.world.notices.iter().enumerate() {
        let tone = if notice.bad { Tone::Bad } else { Tone::Neutral };
        boxed(ui, cx.theme(), tone, &notice.text, |ui| {
            if icon_button(ui, cx.theme(), Icon::CLOSE, "Take this notice away").clicked() {
                dismissed = Some(index);
            }
        });
    }
    if let Some(index) = dismissed {
        cx.send(Act::Dismiss(index));
    }
}

/// The whole window takes what is dropped.
fn drop_hint(ui: &Ui, cx: &Cx<'_>) {
    let rect = ui.ctx().content_rect().shrink(20.0);
    let s = cx.surface();
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect(
        rect,
        CornerRadius::same(18),
        Color32::from(s.chosen).gamma_multiply(0.94),
        Stroke::new(3.0, s.accent),
        egui::StrokeKind::Inside,
    );
    painter.text(
        rect.center() - vec2(0.0, 30.0),
        Align2::CENTER_CENTER,
        Icon::DROP.glyph(),
        icon_font(52.0),
        s.accent_words.into(),
    );
    let words = "Drop networks, recipes, reports, studies or images";
    painter.text(rect.center() + vec2(0.0, 26.0), Align2::CENTER_CENTER, words, strong(size::TITLE), s.text.into());
}

/// A view's head: name, one sentence, and what stands at its right.
pub fn head(ui: &mut Ui, cx: &mut Cx<'_>, name: &str, sentence: &str, aside: impl FnOnce(&mut Ui, &mut Cx<'_>)) {
    // How wide what stands aside was in the last frame: where it leaves no room for the title, it gets a row of its own.
    let id = egui::Id::unique(("aside", name));
    let aside_width: f32 = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let title = ui.painter().layout_no_wrap(name.to_owned(), strong(size::TITLE), Color32::PLACEHOLDER).size().x;
    let room = ui.available_width() - aside_width - size::GUTTER;
    let words = |ui: &mut Ui, cx: &Cx<'_>, room: f32| {
        // A slide has a title of its own.
        if cx.stage.is_none() {
            ui.vertical(|ui| {
                ui.set_max_width(room);
                ui.spacing_mut().item_spacing.y = 2.0;
                text::title(ui, name);
                let sentence = egui::RichText::new(sentence).color(Color32::from(cx.surface().muted));
                ui.add(egui::Label::new(sentence).truncate());
            });
        }
    };
    let aside = |ui: &mut Ui, cx: &mut Cx<'_>| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            aside(ui, cx);
            let width = ui.min_rect().width();
            if width.is_finite() { width.max(0.0) } else { 0.0 }
        })
        .inner
    };
    // A few words of the sentence must fit, too.
    let wide = if room >= title.max(220.0) {
        ui.horizontal(|ui| {
            words(ui, cx, room);
            aside(ui, cx)
        })
        .inner
    } else {
        words(ui, cx, ui.available_width());
        ui.horizontal(|ui| aside(ui, cx)).inner
    };
    ui.data_mut(|data| data.insert_temp(id, wide));
    ui.add_space(size::GAP);
}

/// A command as a button that sends it.
pub fn command(ui: &mut Ui, cx: &mut Cx<'_>, weight: Weight, command: Command) {
    if crate::widgets::button::command(ui, cx.theme(), weight, command).clicked() {
        cx.send(Act::Do(command));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_as_exactly_as_it_is_known() {
        let said = [2.0, 61.0, 95.0, 4000.0, 9000.0].map(left_words);
        let expected = ["about 5 s left", "about 65 s left", "about 2 min left", "about 67 min left", "about 3 h left"];
        assert_eq!(said, expected);
    }
}
