//! A network as a ribbon: its blocks from the image to the answer, its taps, and the place where it is cut.

use egui::{
    Align2, Color32, CornerRadius, FontId, Key, Painter, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::theme::style::{icon as icon_font, strong};
use crate::theme::{Color, Icon, Surfaces as _, Theme, size};

/// Which side of the cut is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The layers before it.
    Before,
    /// The layers after it.
    After,
}

/// A tap on the ribbon. A network may have thousands: what only one of them needs is asked for when it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Stop<'a> {
    /// Its name.
    pub name: &'a str,
    /// The end of a block: labelled and wide.
    pub block: bool,
}

/// A ribbon to be shown.
pub struct Ribbon<'a> {
    /// Colours.
    pub theme: Theme,
    /// The network's colour.
    pub ink: Color,
    /// The network's colour for words.
    pub words_ink: Color,
    /// What it is, for screen readers.
    pub name: &'a str,
    /// Its taps in order.
    pub stops: &'a [Stop<'a>],
    /// A tap's shape in words, and whether a signal of this shape fits the other network's.
    pub about: &'a dyn Fn(usize) -> (String, bool),
    /// Where it is cut.
    pub cut: usize,
    /// What is kept.
    pub kept: Kept,
}

/// Height of the whole, labels included.
pub const HEIGHT: f32 = 84.0;
const BAND: f32 = 34.0;
/// Marks and edges that lie nearer than this could not be told apart: of a deep network only some are painted.
const APART: f32 = 2.5;
/// A name is at least so wide.
const NAME: f32 = 14.0;

/// What came of a ribbon: a new cut, and where the cut lies on the screen.
pub struct Outcome {
    /// The tap that was chosen, if it is another.
    pub moved: Option<usize>,
    /// The middle of the cut.
    pub at: Pos2,
}

impl Ribbon<'_> {
    /// Shows it as wide as there is room. Taps are chosen by click, by dragging the scissors, or with the arrow keys.
    pub fn show(&self, ui: &mut Ui) -> Outcome {
        let width = ui.available_width();
        let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click_and_drag());
        let band = Rect::from_min_size(pos2(rect.left() + 34.0, rect.top() + 24.0), vec2(width - 96.0, BAND));
        let cut = self.stops.get(self.cut);
        response.widget_info(|| {
            let cut = cut.map_or("nowhere", |stop| stop.name);
            let mut info = WidgetInfo::labeled(egui::Role::Slider, true, format!("{}: cut at {cut}", self.name));
            info.value = Some(self.cut as f64);
            info
        });
        let moved = self.moved(ui, &response, band);
        self.paint(ui.painter(), band, response.has_focus(), response.hover_pos());
        let pointed = response.hover_pos().map(|at| self.nearest(band, at.x));
        if let Some((index, stop)) = pointed.and_then(|index| Some((index, self.stops.get(index)?))) {
            let (shape, fits) = (self.about)(index);
            let fits = if fits { "" } else { "\nits shape does not fit the other cut" };
            response.clone().on_hover_text_at_pointer(format!(
                "{} of {}: {}\n{shape}{fits}",
                index + 1,
                self.stops.len(),
                stop.name
            ));
        }
        let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
        Outcome {
            moved: moved.filter(|index| *index != self.cut && response.enabled()),
            at: pos2(self.x(band, self.cut), band.center().y),
        }
    }

    fn moved(&self, ui: &Ui, response: &Response, band: Rect) -> Option<usize> {
        if response.clicked() || response.dragged() {
            return response.interact_pointer_pos().map(|at| self.nearest(band, at.x));
        }
        if !response.has_focus() {
            return None;
        }
        let last = self.stops.len().saturating_sub(1);
        ui.input(|input| {
            let pressed = |key| input.key_pressed(key);
            match () {
                () if pressed(Key::ArrowLeft) => Some(self.cut.saturating_sub(1)),
                () if pressed(Key::ArrowRight) => Some((self.cut + 1).min(last)),
                () if pressed(Key::Home) => Some(0),
                () if pressed(Key::End) => Some(last),
                () => None,
            }
        })
    }

    /// Taps lie between equal pieces.
    fn x(&self, band: Rect, index: usize) -> f32 {
        band.left() + band.width() * (index as f32 + 1.0) / (self.stops.len() as f32 + 1.0)
    }

    fn nearest(&self, band: Rect, x: f32) -> usize {
        let place = (x - band.left()) / band.width() * (self.stops.len() as f32 + 1.0) - 1.0;
        (place.round().max(0.0) as usize).min(self.stops.len().saturating_sub(1))
    }

    fn paint(&self, painter: &Painter, band: Rect, focus: bool, pointer: Option<Pos2>) {
        let s = self.theme.surface();
        let cut = self.x(band, self.cut);
        let faint = Color32::from(s.hover);
        let (before, after) = match self.kept {
            Kept::Before => (Color32::from(self.ink), faint),
            Kept::After => (faint, Color32::from(self.ink)),
        };
        self.pieces(painter, band, cut, before, after);
        self.marks(painter, band, cut);
        self.labels(painter, band);
        let small = FontId::proportional(size::SMALL);
        painter.text(
            pos2(band.left() - 6.0, band.center().y),
            Align2::RIGHT_CENTER,
            "in",
            small.clone(),
            s.muted.into(),
        );
        painter.text(pos2(band.right() + 6.0, band.center().y), Align2::LEFT_CENTER, "answer", small, s.muted.into());
        if let Some(at) = pointer {
            let x = self.x(band, self.nearest(band, at.x));
            painter.vline(x, band.y_range().expand(3.0), Stroke::new(1.5, s.accent));
        }
        self.scissors(painter, pos2(cut, band.top() - 9.0), band, focus);
    }

    /// A mark for every tap, as far as there is room for them.
    fn marks(&self, painter: &Painter, band: Rect, cut: f32) {
        let s = self.theme.surface();
        let mut last = f32::NEG_INFINITY;
        for (index, stop) in self.stops.iter().enumerate() {
            let x = self.x(band, index);
            if index == self.cut || x - last < APART {
                continue;
            }
            last = x;
            let kept = if self.kept == Kept::Before { x < cut } else { x > cut };
            let color = if kept { Color32::from(s.card) } else { Color32::from(s.edge) };
            let reach = if stop.block { BAND / 2.0 - 4.0 } else { 4.0 };
            let stroke = Stroke::new(if stop.block { 2.0 } else { 1.2 }, color);
            painter.vline(x, band.center().y - reach..=band.center().y + reach, stroke);
        }
    }

    /// The band, block by block.
    fn pieces(&self, painter: &Painter, band: Rect, cut: f32, before: Color32, after: Color32) {
        let mut edges = vec![band.left()];
        for (index, stop) in self.stops.iter().enumerate() {
            let (x, last) = (self.x(band, index), edges.last().copied().unwrap_or(band.left()));
            if index == self.cut || (stop.block && x - last > 2.0 * APART && (x - cut).abs() > 2.0 * APART) {
                edges.push(x);
            }
        }
        edges.push(band.right());
        for pair in edges.windows(2) {
            let gap = |edge: f32| if (edge - cut).abs() < 0.5 { 5.0 } else { 1.0 };
            let piece = Rect::from_min_max(
                pos2(pair[0] + gap(pair[0]), band.top()),
                pos2(pair[1] - gap(pair[1]), band.bottom()),
            );
            let fill = if pair[1] <= cut + 0.5 { before } else { after };
            painter.rect_filled(piece, CornerRadius::same(5), fill);
        }
    }

    /// Names of block ends below the band, as many as fit beside the connector; the cut's name stands beside the scissors.
    fn labels(&self, painter: &Painter, band: Rect) {
        let s = self.theme.surface();
        let y = band.bottom() + 5.0;
        let cut = self.x(band, self.cut);
        let mut taken: Vec<(f32, f32)> = vec![(cut - 4.0, cut + 4.0)];
        let mut put = |index: usize, font: FontId, color: Color32| {
            let Some(stop) = self.stops.get(index) else { return };
            let at = self.x(band, index);
            if taken.iter().any(|(left, right)| at + NAME / 2.0 >= *left && at - NAME / 2.0 <= *right) {
                return;
            }
            let galley = painter.layout_no_wrap(stop.name.to_owned(), font, color);
            let half = galley.size().x / 2.0;
            let x = at.clamp(band.left() - 30.0 + half, (band.right() + 50.0 - half).max(band.left() - 30.0 + half));
            let span = (x - half - 6.0, x + half + 6.0);
            if taken.iter().all(|(left, right)| span.1 < *left || span.0 > *right) {
                painter.galley(pos2(x - half, y), galley, color);
                taken.push(span);
            }
        };
        for index in 0..self.stops.len() {
            if self.stops[index].block && index != self.cut {
                put(index, FontId::proportional(size::SMALL), s.muted.into());
            }
        }
    }

    fn scissors(&self, painter: &Painter, at: Pos2, band: Rect, focus: bool) {
        let s = self.theme.surface();
        let round = Rect::from_center_size(at, vec2(24.0, 22.0));
        let edge = if focus { Stroke::new(2.0, s.accent) } else { Stroke::new(1.0, self.ink) };
        painter.vline(at.x, round.bottom()..=band.bottom() + 3.0, Stroke::new(2.0, s.text));
        painter.rect(round, CornerRadius::same(7), s.card, edge, StrokeKind::Inside);
        painter.text(at, Align2::CENTER_CENTER, Icon::CUT.glyph(), icon_font(15.0), s.text.into());
        if let Some(stop) = self.stops.get(self.cut) {
            // On the side where there is room.
            let (place, align) = if at.x < band.center().x + band.width() * 0.3 {
                (pos2(round.right() + 7.0, at.y), Align2::LEFT_CENTER)
            } else {
                (pos2(round.left() - 7.0, at.y), Align2::RIGHT_CENTER)
            };
            let words = format!("{}  {}", stop.name, (self.about)(self.cut).0);
            painter.text(place, align, words, strong(size::SMALL), self.words_ink.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ribbon_of_thousands_of_taps_is_painted_with_few_shapes() {
        let names: Vec<String> = (0..8000).map(|index| format!("block{index}.relu")).collect();
        let stops: Vec<Stop<'_>> = names.iter().map(|name| Stop { name, block: true }).collect();
        let ctx = egui::Context::default();
        crate::theme::style::install_fonts(&ctx);
        let paint = || {
            let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
                let (ink, name) = (Theme::Light.surface().accent, "deep");
                let about = |_: usize| ("4×8×8".to_owned(), true);
                let ribbon = Ribbon {
                    theme: Theme::Light,
                    ink,
                    words_ink: ink,
                    name,
                    stops: &stops,
                    about: &about,
                    cut: 4000,
                    kept: Kept::Before,
                };
                ribbon.show(ui);
            });
            output.textures_delta.clear();
            output.shapes.len()
        };
        paint();
        let shapes = paint();
        // At most two shapes in a width of `APART`, on a screen of 10,000 points.
        assert!((100..8000).contains(&shapes), "{shapes}");
    }
}
