//! Present: nothing but the figure, large, for the back row. Page keys change what is shown, Esc ends it.

use egui::{Key, Margin, Ui, vec2};

use super::Cx;
use super::compare::{paint, shown};
use crate::command::{Act, Command};
use crate::state::Measures;
use crate::theme::style::strong;
use crate::theme::{Icon, size};
use crate::widgets::button::icon_button;
use crate::widgets::text;

/// In the order in which a talk tells them.
const SLIDES: [Measures; 4] = [Measures::Clean, Measures::Robust, Measures::Likeness, Measures::All];
/// Pixels per point: 7 pt are 20 px.
const SCALE: f32 = 2.9;
/// Three panels on one screen cannot be quite as large.
const SCALE_ALL: f32 = 1.75;

/// The whole screen.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let frame = egui::Frame::new().fill(cx.theme().tokens().background.into()).inner_margin(Margin::symmetric(36, 24));
    egui::CentralPanel::default().frame(frame).show(ui, |ui| {
        keys(ui, cx);
        let studies = shown(cx);
        ui.horizontal(|ui| {
            let title = sentence(cx.state.measures);
            ui.label(egui::RichText::new(title).font(strong(size::TITLE * 1.35)));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if icon_button(ui, cx.theme(), Icon::CLOSE, "End the presentation").clicked() {
                    cx.send(Act::Do(Command::Present));
                }
                if icon_button(ui, cx.theme(), Icon::FORWARD, "Next").clicked() {
                    turn(cx, 1);
                }
                if icon_button(ui, cx.theme(), Icon::BACK, "Previous").clicked() {
                    turn(cx, SLIDES.len() - 1);
                }
            });
        });
        ui.add_space(size::GAP);
        if studies.is_empty() {
            text::muted(ui, cx.theme(), "There is no study to show yet: end this with Esc and run one.");
            return;
        }
        let scale = if cx.state.measures == Measures::All { SCALE_ALL } else { SCALE };
        let room = ui.available_size() - vec2(0.0, 4.0);
        paint(ui, cx, &studies, "present", cx.state.measures, room, scale);
    });
}

fn keys(ui: &Ui, cx: &mut Cx<'_>) {
    let (next, back, end) = ui.input(|i| {
        let pressed = |keys: &[Key]| keys.iter().any(|key| i.key_pressed(*key));
        (
            pressed(&[Key::PageDown, Key::ArrowRight, Key::Space]),
            pressed(&[Key::PageUp, Key::ArrowLeft]),
            pressed(&[Key::Escape]),
        )
    });
    if next {
        turn(cx, 1);
    }
    if back {
        turn(cx, SLIDES.len() - 1);
    }
    if end {
        cx.send(Act::Do(Command::Present));
    }
}

fn turn(cx: &mut Cx<'_>, by: usize) {
    let now = SLIDES.iter().position(|slide| *slide == cx.state.measures).unwrap_or(0);
    let next = SLIDES[(now + by) % SLIDES.len()];
    cx.choose(|state| state.measures = next);
}

/// What a slide tells.
const fn sentence(measures: Measures) -> &'static str {
    match measures {
        Measures::Clean => "How often the joined network is right",
        Measures::Robust => "How often it stays right under attack",
        Measures::Likeness => "How alike signals and answers are",
        Measures::All => "Where two networks fit together",
    }
}
