//! What is pointed at in a figure: a cut with all its values, or an entry of the legend.

use egui::{Painter, Rect, Response, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::Place;
use crate::theme::{Theme, size};
use crate::widgets::text;
use stitchscope_figures::scene::{Item, Mark, Plot, Role, Scene};
use stitchscope_figures::{Figure, Point};

/// Length of a legend's sample of a line, with the gap behind it, in points of paper.
const SAMPLE: f32 = 26.0;

/// What was pressed.
#[derive(Clone, Debug, PartialEq)]
pub enum Press {
    /// A slot of the x axis: column and category.
    Slot(usize, usize),
    /// An entry of the legend, by its label.
    Label(String),
}

/// Lights a slot of the x axis, in every plot of its column.
pub(super) fn light(painter: &Painter, to: Place, scene: &Scene, (column, category): (usize, usize)) {
    let plots = scene.plots.iter().filter(|plot| plot.column == column && category < plot.categories);
    for plot in plots {
        let color = painter.ctx().global_style().visuals.selection.bg_fill;
        painter.rect_filled(slot_rect(to, plot, category), 0.0, color.gamma_multiply(0.6));
    }
}

fn slot_rect(to: Place, plot: &Plot, category: usize) -> Rect {
    let (left, right) = plot.slot(category);
    Rect::from_min_max(to.at((left, plot.low.1)), to.at((right, plot.high.1)))
}

/// The cut under the pointer: its values beside the pointer, a ring around their marks; where it is pressed, which one.
pub(super) fn slot(ui: &Ui, response: &Response, to: Place, scene: &Scene, whole: Option<&Figure>) -> Option<Press> {
    let spot = to.back(response.hover_pos().or_else(|| response.interact_pointer_pos())?);
    let (plot, category) = scene.plots.iter().find_map(|plot| Some((plot, plot.category(spot)?)))?;
    for mark in marks(scene, plot, category) {
        let ring = to.length(mark.radius) + 3.0;
        ui.painter().circle_stroke(to.at(mark.at), ring, Stroke::new(1.5, mark.color));
    }
    if let Some(whole) = whole {
        response.clone().on_hover_ui_at_pointer(|ui| values(ui, whole, plot.column, category));
    }
    response.clicked().then_some(Press::Slot(plot.column, category))
}

/// The marks with a value that stand in one slot of a column, in any of its rows.
fn marks<'a>(scene: &'a Scene, plot: &Plot, category: usize) -> impl Iterator<Item = &'a Mark> {
    let (left, right) = plot.slot(category);
    scene.items().filter_map(move |item| match item {
        Item::Mark(mark) if !mark.words.is_empty() && (left..right).contains(&mark.at.0) => Some(mark),
        _ => None,
    })
}

/// Every value at one cut, row by row.
fn values(ui: &mut Ui, figure: &Figure, column: usize, category: usize) {
    let theme = if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light };
    let Some(column) = figure.columns.get(column) else { return };
    if let Some(name) = column.categories.get(category) {
        text::heading(ui, name);
    }
    let mut lines = Vec::new();
    for (row, panel) in figure.rows.iter().zip(&column.panels) {
        let of = |point: Option<&Option<Point>>| point.cloned().flatten();
        let found: Vec<_> = panel
            .series
            .iter()
            .filter_map(|series| Some((series, of(series.points.get(category))?)))
            .map(|(series, point)| (series.look, series.label.clone(), point.words))
            .collect();
        if !found.is_empty() {
            lines.push((row.title.clone(), found));
        }
    }
    if lines.is_empty() {
        text::small(ui, theme, "nothing measured yet");
    }
    for (title, found) in lines {
        text::small(ui, theme, &title);
        egui::Grid::new(&title).num_columns(2).spacing([12.0, 2.0]).show(ui, |ui| {
            for (look, label, words) in found {
                text::colored(ui, &label, size::SMALL, theme.tokens().words(look.ink));
                text::small(ui, theme, &words);
                ui.end_row();
            }
        });
    }
}

/// The entries of the legend as switches, by mouse or by keyboard; the one that was pressed.
pub(super) fn legend(ui: &Ui, id: &str, to: Place, scene: &Scene, whole: Option<&Figure>) -> Option<Press> {
    let figure = whole?;
    let entries = scene.texts().filter(|text| text.role == Role::Legend);
    let mut pressed = None;
    for entry in entries {
        let corners = entry.corners().map(|corner| to.at(corner));
        let rect = Rect::from_points(&corners).expand2(vec2(2.0, 4.0));
        let rect = rect.with_min_x(rect.left() - to.length(f64::from(SAMPLE)));
        let is_shown = !figure.hidden.contains(&entry.text);
        let field = ui.interact(rect, egui::Id::unique((id, "legend", &entry.text)), Sense::click());
        field.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, true, is_shown, &entry.text));
        if field.hovered() || field.has_focus() {
            ui.painter().rect_stroke(
                rect,
                4.0,
                Stroke::new(1.0, crate::theme::OVER_FIGURES),
                egui::StrokeKind::Outside,
            );
        }
        if field.on_hover_text(if is_shown { "Press to hide" } else { "Press to show" }).clicked() {
            pressed = Some(Press::Label(entry.text.clone()));
        }
    }
    pressed
}
