//! A drawing of networks that can be moved and magnified. Only what is visible is painted, so that a frame costs what is on the
//! screen, however large the network is.

mod paint;

use egui::{Event, EventFilter, Key, Pos2, Rect, Response, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::theme::{Color, Theme};
use crate::work::{CHART_BOX, Chart, ChartBox, Stands};

/// Below this magnification words could not be read: boxes are colours, and pressed through the canvas.
const READABLE: f32 = 0.5;
/// The largest magnification.
const LARGEST: f32 = 2.0;
/// What is moved in and out of a drawing leaves so much of it on the screen.
const REST: f32 = 60.0;

/// Which part of a drawing is seen.
#[derive(Clone, Copy, Debug)]
pub struct Canvas {
    /// Pixels per point of the drawing.
    pub zoom: f32,
    /// The drawing's point at the left upper corner.
    pub corner: Vec2,
    /// What the next frame begins with.
    pub fit: Option<Fit>,
}

/// How much of a drawing is brought onto the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Its whole width, from the top.
    Top,
    /// All of it, however small.
    Whole,
}

impl Default for Canvas {
    fn default() -> Self {
        Self { zoom: 1.0, corner: Vec2::ZERO, fit: Some(Fit::Top) }
    }
}

impl Canvas {
    /// Magnifies about the middle of what is seen.
    pub fn magnify(&mut self, by: f32, size: Vec2) {
        self.magnify_at(by, size / 2.0);
    }

    fn magnify_at(&mut self, by: f32, at: Vec2) {
        let zoom = (self.zoom * by).clamp(0.01, LARGEST);
        self.corner += at / self.zoom - at / zoom;
        self.zoom = zoom;
    }

    /// Brings a box into the middle, so large that it can be read; across, all is shown where there is room for all.
    pub fn center(&mut self, chart: &Chart, at: [f32; 2], size: Vec2) {
        let all = (size.x - 40.0) / chart.size[0].max(1.0);
        self.zoom = self.zoom.max(if all > READABLE { all.min(0.8) } else { 0.8 });
        let x = if all >= self.zoom { chart.size[0] / 2.0 } else { at[0] + CHART_BOX[0] / 2.0 };
        self.corner = vec2(x, at[1] + CHART_BOX[1] / 2.0) - size / (2.0 * self.zoom);
        self.fit = None;
    }

    fn take_in(&mut self, chart: &Chart, size: Vec2, fit: Fit) {
        let [width, height] = chart.size;
        let across = (size.x - 40.0) / width.max(1.0);
        let down = (size.y - 40.0) / height.max(1.0);
        let zoom = if fit == Fit::Whole { across.min(down) } else { across };
        self.zoom = zoom.clamp(0.01, 1.0);
        let spare = size / self.zoom - vec2(width, height);
        self.corner = vec2(-spare.x / 2.0, -(spare.y / 2.0).max(20.0 / self.zoom));
        self.fit = None;
    }

    /// A part of the drawing stays on the screen.
    fn stay(&mut self, chart: &Chart, size: Vec2) {
        let rest = Vec2::splat(REST / self.zoom);
        let low = rest - size / self.zoom;
        let high = vec2(chart.size[0], chart.size[1]) - rest;
        self.corner = self.corner.clamp(low.min(high), high.max(low));
    }
}

/// A drawing to be shown.
pub struct ChartView<'a> {
    /// Colours.
    pub theme: Theme,
    /// What is drawn.
    pub chart: &'a Chart,
    /// What it is, for screen readers.
    pub name: &'a str,
    /// Colour of each network's marks.
    pub inks: &'a [Color],
    /// Boxes at which networks are cut.
    pub cuts: &'a [usize],
    /// The box that is looked at.
    pub chosen: Option<usize>,
    /// Boxes that were looked for.
    pub found: &'a [usize],
}

impl ChartView<'_> {
    /// Shows it in `rect`; the box that was pressed.
    pub fn show(&self, ui: &mut Ui, rect: Rect, canvas: &mut Canvas) -> Option<usize> {
        let response = ui.interact(rect, egui::Id::unique("chart"), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, self.name));
        if let Some(fit) = canvas.fit {
            canvas.take_in(self.chart, rect.size(), fit);
        }
        let walked = self.moved(ui, &response, canvas);
        canvas.stay(self.chart, rect.size());
        let place = Place { rect, canvas: *canvas };
        let seen: Vec<usize> = (0..self.chart.boxes.len()).filter(|at| place.sees(&self.chart.boxes[*at])).collect();
        self.paint(&ui.painter_at(rect), place, &seen, response.has_focus());
        let pressed = if canvas.zoom >= READABLE {
            self.press(ui, place, &seen)
        } else {
            response.interact_pointer_pos().filter(|_| response.clicked()).and_then(|at| self.under(place, &seen, at))
        };
        pressed.or(walked)
    }

    /// Pointer, wheel, fingers and keys move the drawing; arrows go from box to box.
    fn moved(&self, ui: &Ui, response: &Response, canvas: &mut Canvas) -> Option<usize> {
        canvas.corner -= response.drag_delta() / canvas.zoom;
        if response.contains_pointer() {
            let (scrolled, magnified, at) =
                ui.input(|i| (i.smooth_scroll_delta(), i.zoom_delta(), i.pointer.hover_pos()));
            canvas.corner -= scrolled / canvas.zoom;
            if let Some(at) = at.filter(|_| (magnified - 1.0).abs() > f32::EPSILON) {
                canvas.magnify_at(magnified, at - response.rect.min);
            }
        }
        if !response.has_focus() {
            return None;
        }
        let arrows = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let last = self.chart.boxes.len().checked_sub(1)?;
        let pressed: Vec<Key> = ui.input(|i| {
            let down = |event: &Event| match event {
                Event::Key { key, pressed: true, .. } => Some(*key),
                _ => None,
            };
            i.events.iter().filter_map(down).collect()
        });
        let mut to = None;
        for key in pressed {
            let now = to.or(self.chosen);
            match key {
                Key::ArrowDown | Key::ArrowRight => to = Some(now.map_or(0, |at| (at + 1).min(last))),
                Key::ArrowUp | Key::ArrowLeft => to = Some(now.map_or(last, |at| at.saturating_sub(1))),
                Key::Home => to = Some(0),
                Key::End => to = Some(last),
                Key::Plus | Key::Equals => canvas.magnify(1.25, response.rect.size()),
                Key::Minus => canvas.magnify(0.8, response.rect.size()),
                _ => {}
            }
        }
        if let Some(found) = to.and_then(|at| self.chart.boxes.get(at)) {
            canvas.center(self.chart, found.at, response.rect.size());
        }
        to
    }

    /// Boxes that are seen are buttons, for the keyboard and for screen readers too.
    fn press(&self, ui: &Ui, place: Place, seen: &[usize]) -> Option<usize> {
        let mut pressed = None;
        for at in seen {
            let found = &self.chart.boxes[*at];
            let rect = place.rect_of(found).intersect(place.rect);
            let response = ui.interact(rect, egui::Id::unique(("chart-box", *at)), Sense::click());
            let chosen = self.chosen == Some(*at);
            response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, chosen, spoken(found)));
            if response.has_focus() {
                paint::ring(ui.painter(), rect, self.theme);
            }
            if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
                pressed = Some(*at);
            }
        }
        pressed
    }

    fn under(&self, place: Place, seen: &[usize], at: Pos2) -> Option<usize> {
        seen.iter().copied().find(|found| place.rect_of(&self.chart.boxes[*found]).contains(at))
    }
}

/// What a screen reader says of a box.
fn spoken(found: &ChartBox) -> String {
    let tap = match &found.tap {
        Some((name, _)) => format!(", can be cut behind it as {name}"),
        None => String::new(),
    };
    match found.stands {
        Stands::Block(count) => format!("Block {}, {count} nodes, {}{tap}", found.name, found.shape),
        _ => format!("{} {}, {}{tap}", found.op, found.name, found.shape),
    }
}

/// Where the drawing lies on the screen.
#[derive(Clone, Copy)]
struct Place {
    rect: Rect,
    canvas: Canvas,
}

impl Place {
    fn at(self, [x, y]: [f32; 2]) -> Pos2 {
        pos2(0.0, 0.0) + self.rect.min.to_vec2() + (vec2(x, y) - self.canvas.corner) * self.canvas.zoom
    }

    fn rect_of(self, found: &ChartBox) -> Rect {
        Rect::from_min_size(self.at(found.at), vec2(CHART_BOX[0], CHART_BOX[1]) * self.canvas.zoom)
    }

    fn sees(self, found: &ChartBox) -> bool {
        self.rect.intersects(self.rect_of(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::Wire;

    /// Boxes below each other, each with a line to the next and one that passes all of them.
    fn deep(count: usize) -> Chart {
        let boxed = |at: usize| ChartBox {
            network: 0,
            stands: Stands::Node,
            name: format!("layer{at}.conv"),
            op: "Conv".to_owned(),
            shape: "64×8×8".to_owned(),
            block: String::new(),
            tap: Some((format!("layer{at}.conv"), true)),
            holds: Vec::new(),
            facts: Vec::new(),
            weights: Vec::new(),
            at: [0.0, 70.0 * at as f32],
        };
        let wire = |at: usize| Wire {
            from: at,
            to: at + 1,
            points: vec![[98.0, 70.0 * at as f32 + 44.0], [98.0, 70.0 * (at + 1) as f32]],
        };
        Chart {
            boxes: (0..count).map(boxed).collect(),
            wires: (0..count - 1).map(wire).collect(),
            size: [196.0, 70.0 * count as f32],
            ..Chart::default()
        }
    }

    /// Shapes of a frame that shows the drawing.
    fn shapes(ctx: &egui::Context, chart: &Chart, canvas: &mut Canvas) -> usize {
        let screen = Rect::from_min_size(Pos2::ZERO, vec2(1000.0, 700.0));
        let input = egui::RawInput { screen_rect: Some(screen), ..egui::RawInput::default() };
        let mut output = ctx.run_ui(input, |ui| {
            let theme = Theme::Light;
            let view = ChartView { theme, chart, name: "deep", inks: &[], cuts: &[], chosen: None, found: &[] };
            view.show(ui, screen, canvas);
        });
        output.textures_delta.clear();
        output.shapes.len()
    }

    #[test]
    fn what_is_not_seen_costs_nothing() {
        let ctx = egui::Context::default();
        crate::theme::style::install_fonts(&ctx);
        let (few, many) = (deep(40), deep(8000));
        let mut canvas = [Canvas::default(), Canvas::default()];
        shapes(&ctx, &few, &mut canvas[0]);
        let [expected, found] = [(&few, 0), (&many, 1)].map(|(chart, at)| shapes(&ctx, chart, &mut canvas[at]));
        assert!(
            expected > 40 && found <= expected + 4,
            "{found} shapes for a deep network, {expected} for a small one"
        );
    }

    #[test]
    fn a_drawing_stays_on_the_screen_and_keeps_its_middle_when_it_is_magnified() {
        let chart = deep(100);
        let size = vec2(1000.0, 700.0);
        let mut canvas = Canvas::default();
        canvas.center(&chart, chart.boxes[50].at, size);
        let middle = |canvas: &Canvas| canvas.corner + size / (2.0 * canvas.zoom);
        let before = middle(&canvas);
        canvas.magnify(1.5, size);
        assert!((middle(&canvas) - before).length() < 0.1);
        canvas.corner = vec2(-1e6, 1e6);
        canvas.stay(&chart, size);
        let place = Place { rect: Rect::from_min_size(Pos2::ZERO, size), canvas };
        assert!(chart.boxes.iter().any(|found| place.sees(found)), "{canvas:?}");
    }
}
