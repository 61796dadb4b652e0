//! Slides: what is going to be told. Each is a state of the window with a title and notes.

mod content;
pub mod present;
pub mod speaker;
mod strip;

use egui::{Color32, Margin, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::Cx;
use super::shell::{command, head};
use crate::command::{Act, Command};
use crate::state::{Slide, View};
use crate::theme::style::strong;
use crate::theme::{Icon, Surfaces as _, Theme, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::{card, notice, segments, text};

/// The list.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let sentence = "Each slide shows a view of this window as you left it. Page keys and clickers turn them.";
    head(ui, cx, "Your talk", sentence, |ui, cx| {
        command(ui, cx, Weight::Primary, Command::Present);
        if button(ui, cx.theme(), Weight::Normal, Some(Icon::WORDS), "Add a text slide").clicked() {
            add_text(cx);
        }
        command(ui, cx, Weight::Normal, Command::AddPicture);
        command(ui, cx, Weight::Normal, Command::ExportTalk);
    });
    // In a row of its own: beside the title there is no room for it in small windows.
    ui.horizontal_wrapped(|ui| {
        text::small(ui, cx.theme(), "Colours of the talk");
        let themes = [(Theme::Dark, "Dark"), (Theme::Light, "Light")];
        if let Some(now) = segments::segments(ui, cx.theme(), cx.state.talk_theme, &themes) {
            cx.choose(|state| state.talk_theme = now);
        }
        // A page has only one window.
        if !ui.ctx().embed_viewports() {
            let mut on = cx.state.speaker;
            let shown = ui.checkbox(&mut on, "Notes on a second screen");
            if shown.on_hover_text(Command::Speaker.tooltip()).changed() {
                cx.send(Act::Do(Command::Speaker));
            }
        }
    });
    if cx.slides.is_empty() {
        empty(ui, cx);
        return;
    }
    strip::show(ui, cx);
    ui.add_space(size::GAP);
    ScrollArea::vertical().id_salt("slides").auto_shrink([false, false]).show(ui, |ui| {
        let slides = cx.slides;
        for (index, slide) in slides.iter().enumerate() {
            let shown = ui.scope(|ui| card::card(ui, cx.theme(), |ui| one(ui, cx, index, slide))).response;
            if cx.moment.slide == Some(slide.id) {
                shown.scroll_to_me(Some(egui::Align::Center));
                cx.moment.slide = None;
            }
            ui.add_space(size::GAP);
        }
        text::small(
            ui,
            cx.theme(),
            "While presenting: a full stop or B makes the screen black, N shows the notes below the slide, Esc ends. To add a slide, open a view and press P.",
        );
    });
}

fn empty(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        text::heading(ui, "No slides yet");
        text::muted(
            ui,
            theme,
            "Open Compare, Attack or another view, and keep what you see as a slide with P. A slide also keeps the numbers and pictures it showed, so that it can be shown where nothing runs. Without slides, Present shows the curves of the study in Compare.",
        );
        if button(ui, theme, Weight::Normal, Some(Icon::CHART), "Go to Compare").clicked() {
            cx.send(Act::Go(View::Compare));
        }
    });
}

fn one(ui: &mut Ui, cx: &mut Cx<'_>, index: usize, slide: &Slide) {
    let theme = cx.theme();
    let number = index + 1;
    ui.horizontal(|ui| {
        ui.label(RichText::new(number.to_string()).font(strong(size::HEADING)));
        let view = Command::Open(slide.shot.view);
        let icon = match slide {
            Slide { text: Some(_), .. } => Icon::WORDS,
            Slide { picture: Some(_), .. } => Icon::IMAGES,
            _ => view.icon(),
        };
        notice::glyph(ui, icon, size::HEADING, theme.surface().muted);
        let room = (ui.available_width() - 190.0).max(160.0);
        field(ui, cx, slide, room, &format!("Title of slide {number}"), Part::Title);
        if icon_button(ui, theme, Icon::PRESENT, &format!("Present from slide {number}")).clicked() {
            cx.send(Act::Present(index));
        }
        moves(ui, cx, index);
        if icon_button(ui, theme, Icon::DELETE, &format!("Remove slide {number}")).clicked() {
            change(cx, |slides| drop(slides.remove(index)));
        }
    });
    ui.horizontal(|ui| {
        ui.add_space(size::TARGET);
        ui.vertical(|ui| {
            text::small(ui, theme, &about(cx, slide));
            let room = (ui.available_width() - 20.0).max(160.0);
            if slide.text.is_some() {
                field(ui, cx, slide, room, &format!("Text of slide {number}"), Part::Text);
                content::hint(ui, cx);
            }
            field(ui, cx, slide, room, &format!("Notes of slide {number}"), Part::Notes);
        });
    });
}

fn moves(ui: &mut Ui, cx: &mut Cx<'_>, index: usize) {
    let (theme, number, last) = (cx.theme(), index + 1, cx.slides.len() - 1);
    ui.add_enabled_ui(index > 0, |ui| {
        if icon_button(ui, theme, Icon::UP, &format!("Move slide {number} up")).clicked() {
            change(cx, |slides| slides.swap(index, index - 1));
        }
    });
    ui.add_enabled_ui(index < last, |ui| {
        if icon_button(ui, theme, Icon::DOWN, &format!("Move slide {number} down")).clicked() {
            change(cx, |slides| slides.swap(index, index + 1));
        }
    });
}

/// Which view, and whether it can be shown without computing.
fn about(cx: &Cx<'_>, slide: &Slide) -> String {
    let seconds = cx.state.rehearsed.get(&slide.id);
    let time = seconds.map(|seconds| format!("; {} last time", speaker::clock_words(*seconds))).unwrap_or_default();
    if slide.text.is_some() {
        return format!("Words{time}");
    }
    if let Some(name) = &slide.picture {
        return format!("Picture {name}; it is kept with the talk{time}");
    }
    let view = Command::Open(slide.shot.view).label();
    let recorded = cx.world.twins.get(&slide.id).is_some_and(|twin| !twin.reports.is_empty() || twin.ladder.is_some());
    if recorded { format!("{view}; its numbers are kept with it{time}") } else { format!("{view}{time}") }
}

/// A slide of words behind the others.
fn add_text(cx: &mut Cx<'_>) {
    let id = cx.state.next_slide;
    cx.choose(|state| state.next_slide += 1);
    cx.moment.slide = Some(id);
    let text = Some(String::new());
    change(cx, |slides| slides.push(Slide { id, title: "Words".to_owned(), text, ..Slide::default() }));
}

/// What is written of a slide.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Title,
    Text,
    Notes,
}

/// Title, text or notes. One change is one step back, so what is typed becomes the slide's when the field is left.
fn field(ui: &mut Ui, cx: &mut Cx<'_>, slide: &Slide, width: f32, name: &str, part: Part) {
    let mut typed = cx.moment.slide_text.get(&slide.id).unwrap_or(slide).clone();
    let muted = Color32::from(cx.surface().muted);
    let hint = |words: &str| RichText::new(words).color(muted);
    let edit = match part {
        Part::Title => TextEdit::singleline(&mut typed.title).font(strong(size::BODY)).hint_text(hint("Title")),
        Part::Notes => TextEdit::multiline(&mut typed.notes).desired_rows(2).hint_text(hint("Notes for you")),
        Part::Text => TextEdit::multiline(typed.text.get_or_insert_default())
            .desired_rows(3)
            .hint_text(hint("What the slide says; a line that begins with - is a point")),
    };
    let edit = edit.margin(Margin::symmetric(8, 6)).desired_width(width).min_size(vec2(width, 0.0));
    let shown = ui.add(edit).accessible_name(name);
    if shown.changed() {
        cx.moment.slide_text.insert(slide.id, typed);
    }
    if shown.lost_focus()
        && let Some(typed) = cx.moment.slide_text.remove(&slide.id)
    {
        change(cx, |slides| {
            if let Some(slide) = slides.iter_mut().find(|slide| slide.id == typed.id) {
                slide.say(&typed);
            }
        });
    }
}

fn change(cx: &mut Cx<'_>, change: impl FnOnce(&mut Vec<Slide>)) {
    let mut slides = cx.slides.to_vec();
    change(&mut slides);
    cx.send(Act::Slides(slides));
}
