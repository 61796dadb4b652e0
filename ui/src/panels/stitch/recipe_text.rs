//! The recipe as text: what is valid becomes the recipe at once, what is not is told at its line and waits.

use std::sync::Arc;

use egui::text::{CCursor, CCursorRange, LayoutJob, TextFormat};
use egui::text_edit::{TextEditOutput, TextEditState};
use egui::{Color32, FontId, Galley, Id, Key, Modifiers, Stroke, TextEdit, Ui, WidgetInfo, pos2, vec2};
use stitchscope_core::recipe::{Recipe, RecipeError};

use super::complete::{Offer, Offers, offers};
use crate::command::Act;
use crate::panels::Cx;
use crate::theme::style::strong;
use crate::theme::{Surfaces as _, Theme, size};
use crate::widgets::notice::{Tone, line};
use crate::widgets::text;

/// At most so many offers are shown; more are found by typing on.
const MOST: usize = 8;
/// Room for the numbers of lines.
const NUMBERS: i8 = 40;

/// The text while it is worked on.
pub struct Editing {
    text: String,
    /// The recipe that the text says, or said when it was one last.
    of: Recipe,
    fault: Option<RecipeError>,
    /// Offers are shown, with the one that would be taken.
    offering: Option<usize>,
}

impl Editing {
    fn of(recipe: &Recipe) -> Self {
        Self { text: recipe.to_toml(), of: recipe.clone(), fault: None, offering: None }
    }
}

/// The editor.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    // What was changed elsewhere, by form, keys or undo, is the text from now on.
    let kept = cx.moment.recipe_text.take().filter(|editing| editing.of == *cx.recipe);
    let mut editing = kept.unwrap_or_else(|| Editing::of(cx.recipe));
    let id = Id::unique("recipe-text");
    let known = |table: &str, key: &str| references(cx, table, key);
    let cursor = TextEditState::load(ui.ctx(), id).and_then(|state| state.cursor.char_range());
    let place = cursor.map(|range| byte(&editing.text, range.primary.index.0));
    let wanted = editing.offering.is_some() && ui.memory(|memory| memory.has_focus(id));
    let found: Offers = match place.filter(|_| wanted) {
        Some(at) => offers(&editing.text, at, &known),
        None => (0..0, Vec::new()),
    };
    let taken = if found.1.is_empty() { None } else { choose(ui, &mut editing, found.1.len().min(MOST)) };
    if let Some(offer) = taken.and_then(|at| found.1.get(at)) {
        put(ui, id, &mut editing, &found.0, &offer.text);
        changed(cx, &mut editing);
    }
    let theme = cx.theme();
    let output = field(ui, theme, id, &mut editing, !found.1.is_empty());
    numbers(ui, theme, &output, editing.fault.as_ref());
    let asked = ui.input_mut(|i| i.consume_key(Modifiers::COMMAND, Key::Space));
    if output.response.response.changed() {
        editing.offering = Some(0);
        changed(cx, &mut editing);
    } else if asked {
        editing.offering = Some(0);
    } else if cursor != output.cursor_range && taken.is_none() {
        editing.offering = None;
    }
    if wanted && !found.1.is_empty() {
        let pressed = popup(ui, theme, &output, editing.offering, &found.1, id);
        if let Some(offer) = pressed.and_then(|place| found.1.get(place)) {
            put(ui, id, &mut editing, &found.0, &offer.text);
            changed(cx, &mut editing);
            ui.memory_mut(|memory| memory.request_focus(id));
        }
    }
    match &editing.fault {
        Some(fault) => {
            let said = format!("Line {}: {}; {}", fault.line, fault.message, fault.remedy);
            line(ui, theme, Tone::Bad, &said);
        }
        None => line(
            ui,
            theme,
            Tone::Good,
            "This is the recipe at hand. Ctrl+Space shows what may stand here, Tab takes it.",
        ),
    }
    cx.moment.recipe_text = Some(editing);
}

/// What the text says is the recipe from now on, if it is one.
fn changed(cx: &mut Cx<'_>, editing: &mut Editing) {
    match Recipe::parse(&editing.text, "recipe") {
        Ok(recipe) => {
            editing.fault = None;
            if recipe != *cx.recipe {
                cx.send(Act::Edit(Box::new(recipe.clone())));
            }
            editing.of = recipe;
        }
        Err(fault) => editing.fault = Some(fault),
    }
}

/// Networks and image sets by their references.
fn references(cx: &Cx<'_>, table: &str, key: &str) -> Vec<String> {
    let models = || cx.bundle.models.iter().map(|model| model.reference.clone()).chain(cx.state.models.iter().cloned());
    match (table, key) {
        ("front" | "end", "model") => models().collect(),
        ("data", "train" | "test") => cx.bundle.images.iter().map(|(set, _)| set.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Keys of the list of offers; the one that is taken.
fn choose(ui: &Ui, editing: &mut Editing, count: usize) -> Option<usize> {
    let now = editing.offering.unwrap_or(0).min(count - 1);
    let pressed = |key: Key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    if pressed(Key::Escape) {
        editing.offering = None;
        return None;
    }
    let step = usize::from(pressed(Key::ArrowDown)) + (count - 1) * usize::from(pressed(Key::ArrowUp));
    editing.offering = Some((now + step) % count);
    pressed(Key::Tab).then_some(now)
}

/// Writes an offer in place of what was typed.
fn put(ui: &Ui, id: Id, editing: &mut Editing, range: &std::ops::Range<usize>, offer: &str) {
    editing.text.replace_range(range.clone(), offer);
    let end = editing.text[..range.start + offer.len()].chars().count();
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(end))));
    state.store(ui.ctx(), id);
    // Behind a key its values are offered at once.
    editing.offering = offer.ends_with("= ").then_some(0);
}

fn byte(text: &str, index: usize) -> usize {
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

fn field(ui: &mut Ui, theme: Theme, id: Id, editing: &mut Editing, offers: bool) -> TextEditOutput {
    let fault = editing.fault.as_ref().map(|fault| fault.line);
    let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, _: f32| -> Arc<Galley> {
        let job = colored(text.as_str(), theme, fault);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let edit = TextEdit::multiline(&mut editing.text)
        .id(id)
        .layouter(&mut layouter)
        .lock_focus(offers)
        .desired_width(ui.available_width() - f32::from(NUMBERS) - 12.0)
        .margin(egui::Margin { left: NUMBERS, right: 8, top: 8, bottom: 8 })
        .desired_rows(12);
    let output = egui::ScrollArea::horizontal().id_salt("recipe-text").show(ui, |ui| edit.show(ui)).inner;
    output
        .response
        .response
        .widget_info(|| WidgetInfo::labeled(egui::Role::MultilineTextInput, true, "The recipe as text"));
    output
}

/// Names of tables, keys and comments in their colours; the line at fault is underlined.
fn colored(text: &str, theme: Theme, fault: Option<usize>) -> LayoutJob {
    let s = theme.surface();
    let mut job = LayoutJob::default();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let wrong = fault == Some(number + 1);
        let underline = if wrong { Stroke::new(1.5, s.bad) } else { Stroke::NONE };
        let mut add = |part: &str, color: Color32, head: bool| {
            let font_id = if head { strong(size::BODY) } else { FontId::proportional(size::BODY) };
            job.append(part, 0.0, TextFormat { font_id, color, underline, ..TextFormat::default() });
        };
        let (said, comment) =
            line.split_at(line.find('#').filter(|at| !line[..*at].contains('"')).unwrap_or(line.len()));
        match said.split_once('=') {
            None => add(said, s.text.into(), said.starts_with('[')),
            Some((key, value)) => {
                add(key, s.accent_words.into(), false);
                add("=", s.muted.into(), false);
                add(value, s.text.into(), false);
            }
        }
        add(comment, s.muted.into(), false);
    }
    job
}

/// The number of each line at its left; that of the line at fault in the colour of faults.
fn numbers(ui: &Ui, theme: Theme, output: &TextEditOutput, fault: Option<&RecipeError>) {
    let s = theme.surface();
    let painter = ui.painter_at(output.response.response.rect);
    let mut number = 1;
    for row in &output.galley.rows {
        let wrong = fault.is_some_and(|fault| fault.line == number);
        let color = if wrong { s.bad } else { s.muted };
        let font = if wrong { strong(size::SMALL) } else { FontId::proportional(size::SMALL) };
        let at = output.galley_pos + vec2(-10.0, row.pos.y + row.row.height() / 2.0);
        painter.text(at, egui::Align2::RIGHT_CENTER, number, font, color.into());
        number += usize::from(row.ends_with_newline);
    }
}

/// The offers below the place where one types; the one that was pressed.
fn popup(
    ui: &Ui,
    theme: Theme,
    output: &TextEditOutput,
    offering: Option<usize>,
    found: &[Offer],
    id: Id,
) -> Option<usize> {
    let cursor = output.cursor_range?;
    let at = output.galley.pos_from_cursor(cursor.primary);
    let below = output.galley_pos + at.left_bottom().to_vec2() + vec2(0.0, 4.0);
    let mut taken = None;
    egui::Area::new(id.with("offers")).order(egui::Order::Foreground).fixed_pos(pos2(below.x, below.y)).show(
        ui.ctx(),
        |ui| {
            egui::Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_max_width(360.0);
                for (place, offer) in found.iter().take(MOST).enumerate() {
                    let chosen = offering == Some(place);
                    let shown = ui.selectable_label(chosen, &offer.text).on_hover_text(&offer.about);
                    if chosen && !offer.about.is_empty() {
                        text::small(ui, theme, &offer.about);
                    }
                    if shown.clicked() {
                        taken = Some(place);
                    }
                }
                let more = found.len().saturating_sub(MOST);
                if more > 0 {
                    text::small(ui, theme, &format!("and {more} more"));
                }
            });
        },
    );
    taken
}
