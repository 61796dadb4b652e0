//! The second window of a talk, for the one who gives it: notes, the next slide, how long it has been. The audience sees none of it.

use egui::{
    Align, CentralPanel, Context, Frame, Layout, Margin, Panel, RichText, ScrollArea, Ui, ViewportBuilder, ViewportId,
};
use stitchscope_core::platform::clock;

use super::present;
use crate::command::{Act, Command};
use crate::panels::{Cx, OnStage};
use crate::theme::style::strong;
use crate::theme::{Icon, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::text;

/// Its size at first.
const SIZE: [f32; 2] = [900.0, 620.0];
/// The clock shows seconds.
const TICK: std::time::Duration = std::time::Duration::from_secs(1);

/// The window, while a talk with slides is given that wants one. A page has only one window.
pub fn show(ctx: &Context, cx: &mut Cx<'_>) {
    let Some(stage) = cx.stage.filter(|stage| stage.count > 0) else { return };
    if !cx.state.speaker || ctx.embed_viewports() {
        return;
    }
    let builder = ViewportBuilder::default().with_title("Stitchscope: your notes").with_inner_size(SIZE);
    ctx.show_viewport_immediate(ViewportId::from_hash_of("speaker"), builder, |ui, _| {
        contents(ui, cx, stage);
        ui.ctx().request_repaint_after(TICK);
        if ui.input(|i| i.viewport().close_requested()) {
            cx.choose(|state| state.speaker = false);
        }
    });
}

/// Clock and place above, notes in the middle, what comes next below.
fn contents(ui: &mut Ui, cx: &mut Cx<'_>, stage: OnStage<'_>) {
    present::keys(ui, cx);
    let s = cx.surface();
    let bar = Frame::new().fill(s.card.into()).inner_margin(Margin::symmetric(24, 12));
    Panel::top("speaker-bar").resizable(false).frame(bar).show(ui, |ui| self::bar(ui, cx, stage));
    let below = Frame::new().fill(s.sunken.into()).inner_margin(Margin::symmetric(24, 14));
    Panel::bottom("speaker-next").resizable(false).frame(below).show(ui, |ui| {
        let next =
            stage.next.map_or_else(|| "This is the last slide.".to_owned(), |slide| format!("Next: {}", slide.title));
        ui.label(RichText::new(next).size(size::HEADING));
    });
    let page = Frame::new().fill(s.page.into()).inner_margin(Margin::symmetric(24, 18));
    CentralPanel::default().frame(page).show(ui, |ui| {
        let Some(slide) = stage.slide else { return };
        ui.add(egui::Label::new(RichText::new(&slide.title).font(strong(size::TITLE * 1.2))).wrap());
        ui.add_space(size::GAP);
        ScrollArea::vertical().id_salt("speaker-notes").auto_shrink([false, false]).show(ui, |ui| {
            let words = if slide.notes.is_empty() { "No notes for this slide." } else { slide.notes.as_str() };
            ui.add(egui::Label::new(RichText::new(words).size(size::TITLE)).wrap());
        });
    });
}

fn bar(ui: &mut Ui, cx: &mut Cx<'_>, stage: OnStage<'_>) {
    let theme = cx.theme();
    ui.horizontal(|ui| {
        let spent = clock::now().duration_since(stage.since).as_secs();
        ui.label(RichText::new(clock_words(spent)).font(strong(size::TITLE * 1.4)))
            .on_hover_text("Since the talk began");
        ui.add_space(size::GAP);
        text::muted(ui, theme, &format!("slide {} of {}", stage.at + 1, stage.count));
        let here = clock_words(clock::now().duration_since(stage.turned).as_secs());
        let last = stage.slide.and_then(|slide| cx.state.rehearsed.get(&slide.id));
        let last = last.map(|seconds| format!(" of {} last time", clock_words(*seconds))).unwrap_or_default();
        text::muted(ui, theme, &format!("this slide {here}{last}"));
        if cx.moment.black {
            text::muted(ui, theme, "the screen is black");
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if button(ui, theme, Weight::Normal, Some(Icon::CLOSE), "End the talk").clicked() {
                cx.send(Act::Do(Command::Present));
            }
            if button(ui, theme, Weight::Normal, None, "Black screen").clicked() {
                cx.moment.black = !cx.moment.black;
            }
            if button(ui, theme, Weight::Primary, Some(Icon::FORWARD), "Next slide").clicked() {
                cx.send(Act::Turn(1));
            }
            if button(ui, theme, Weight::Normal, Some(Icon::BACK), "Slide before").clicked() {
                cx.send(Act::Turn(-1));
            }
        });
    });
}

/// `4:09`, `1:02:03`.
pub(super) fn clock_words(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_can_be_read_from_afar() {
        assert_eq!([0, 249, 3723].map(clock_words), ["0:00", "4:09", "1:02:03"]);
    }
}
