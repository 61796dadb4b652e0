//! Present: one slide at a time, large, for the back row. Page keys turn the slides, Esc ends it.

use egui::{Key, Margin, Panel, RichText, Ui, vec2};

use super::content::{self, LETTER};
use crate::command::{Act, Command};
use crate::panels::Cx;
use crate::panels::compare::plot::{drawn, paint, side_by_side};
use crate::panels::compare::{form, shown};
use crate::state::{Form, Measures, Slide, View};
use crate::theme::style::strong;
use crate::theme::{Icon, size};
use crate::widgets::button::icon_button;
use crate::widgets::notice::{Tone, line};
use crate::widgets::text;
use stitchscope_figures::theme::FIGURE;

/// What is told without slides, in the order in which a talk tells it.
const SLIDES: [Measures; 4] = [Measures::Clean, Measures::Robust, Measures::Likeness, Measures::All];

/// The whole screen.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    keys(ui, cx);
    if cx.moment.black {
        let black = egui::Frame::new().fill(crate::theme::NOTHING);
        egui::CentralPanel::default().frame(black).show(ui, |_| {});
        return;
    }
    let ground = cx.theme().tokens().background;
    if cx.moment.notes
        && let Some(notes) = cx.stage.and_then(|stage| stage.slide).map(|slide| slide.notes.clone())
    {
        let frame = egui::Frame::new().fill(cx.surface().sunken.into()).inner_margin(Margin::symmetric(36, 12));
        Panel::bottom("notes").resizable(false).frame(frame).show(ui, |ui| {
            let words = if notes.is_empty() { "No notes for this slide." } else { notes.as_str() };
            ui.label(RichText::new(words).size(size::HEADING));
        });
    }
    let frame = egui::Frame::new().fill(ground.into()).inner_margin(Margin::symmetric(36, 24));
    egui::CentralPanel::default().frame(frame).show(ui, |ui| {
        bar(ui, cx);
        ui.add_space(size::GAP);
        match cx.stage.and_then(|stage| stage.slide) {
            Some(Slide { text: Some(text), .. }) => content::words(ui, text),
            Some(slide) if slide.picture.is_some() => content::picture(ui, cx, slide),
            _ if cx.state.view == View::Compare => figure(ui, cx),
            _ => crate::panels::view(ui, cx),
        }
    });
}

/// What the slide tells, and where we are.
fn bar(ui: &mut Ui, cx: &mut Cx<'_>) {
    let stage = cx.stage;
    ui.horizontal(|ui| {
        let title = stage.and_then(|stage| stage.slide).map(|slide| slide.title.clone());
        let title = title.unwrap_or_else(|| cx.say(sentence(cx.state.measures)).into_owned());
        let room = ui.available_width() - 300.0;
        ui.allocate_ui(vec2(room.max(200.0), size::TARGET), |ui| {
            ui.add(egui::Label::new(RichText::new(title).font(strong(size::TITLE * 1.35))).wrap());
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button(ui, cx.theme(), Icon::CLOSE, "End the presentation").clicked() {
                cx.send(Act::Do(Command::Present));
            }
            if icon_button(ui, cx.theme(), Icon::FORWARD, "Next").clicked() {
                turn(cx, 1);
            }
            if icon_button(ui, cx.theme(), Icon::BACK, "Previous").clicked() {
                turn(cx, -1);
            }
            if let Some(stage) = stage.filter(|stage| stage.count > 0) {
                text::small(ui, cx.theme(), &format!("{} of {}", stage.at + 1, stage.count));
            }
        });
    });
}

fn figure(ui: &mut Ui, cx: &mut Cx<'_>) {
    let studies = shown(cx);
    if studies.is_empty() {
        text::muted(ui, cx.theme(), "There is no study to show yet: end this with Esc and run one.");
        return;
    }
    if studies.iter().any(|study| study.recorded) {
        line(ui, cx.theme(), Tone::Warn, "Recorded: measured when this slide was made.");
    }
    let room = ui.available_size() - vec2(0.0, 4.0);
    // Pixels per point of a figure.
    let scale = LETTER * ui.ctx().content_rect().height() / FIGURE.small as f32;
    match form(cx, &studies) {
        Form::Curves if cx.state.measures == Measures::All && studies.len() == 1 => {
            side_by_side(ui, cx, &studies, room, scale);
        }
        Form::Curves => paint(ui, cx, &studies, "present", cx.state.measures, room, scale),
        other => drawn(ui, cx, &studies, "present-map", other, room, scale),
    }
}

/// Clickers send page keys, a full stop for a dark screen, sometimes F5 or Esc to end.
pub(in crate::panels) fn keys(ui: &Ui, cx: &mut Cx<'_>) {
    // What has the focus keeps its arrows and its space bar.
    let free = ui.memory(|memory| memory.focused().is_none());
    let (next, back, end, black, notes) = ui.input(|i| {
        let pressed = |keys: &[Key]| keys.iter().any(|key| i.key_pressed(*key));
        (
            pressed(&[Key::PageDown]) || (free && pressed(&[Key::ArrowRight, Key::Space])),
            pressed(&[Key::PageUp]) || (free && pressed(&[Key::ArrowLeft])),
            pressed(&[Key::Escape, Key::F5]),
            pressed(&[Key::Period, Key::B]),
            free && pressed(&[Key::N]),
        )
    });
    if next {
        turn(cx, 1);
    }
    if back {
        turn(cx, -1);
    }
    if end {
        cx.send(Act::Do(Command::Present));
    }
    if black {
        cx.moment.black = !cx.moment.black;
    }
    if notes {
        cx.moment.notes = !cx.moment.notes;
    }
}

fn turn(cx: &mut Cx<'_>, by: isize) {
    if cx.stage.is_some_and(|stage| stage.count > 0) {
        cx.send(Act::Turn(by));
        return;
    }
    let now = SLIDES.iter().position(|slide| *slide == cx.state.measures).unwrap_or(0);
    let next = SLIDES[(now + SLIDES.len()).saturating_add_signed(by) % SLIDES.len()];
    cx.choose(|state| state.measures = next);
}

/// What is told where there are no slides.
const fn sentence(measures: Measures) -> &'static str {
    match measures {
        Measures::Clean => "Clean accuracy of the stitched network",
        Measures::Robust => "Robust accuracy of the stitched network",
        Measures::Likeness => "CKA and agreement",
        Measures::All => "Where two networks fit together",
    }
}
