//! A look into a finished connector: its weights as a picture, and how many directions it uses.

use egui::{
    Align2, Color32, ColorImage, CornerRadius, FontId, Rect, Sense, TextureOptions, Ui, WidgetInfo, pos2, vec2,
};

use crate::command::Act;
use crate::panels::Cx;
use crate::theme::{Ink, Ramp, size};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{picture, text};
use crate::work::WeightsView;
use crate::world::Found;

/// The picture's longest side on the screen.
const SIDE: f32 = 190.0;
/// Height of the chart of singular values.
const CHART: f32 = 150.0;

/// The stitch of a cell, asked for where it is not known.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, study: &str, cell: usize) {
    let key = (study.to_owned(), cell);
    let theme = cx.theme();
    let world = cx.world;
    match world.weights.get(&key) {
        None => cx.send(Act::Weights(key.0, cell)),
        Some(Found::Asked) => drop(text::small(ui, theme, &cx.say("Reading the stitch…"))),
        Some(Found::Failed(why)) => line(ui, theme, Tone::Neutral, why),
        Some(Found::Here(view)) => {
            pictures(ui, cx, view, &format!("weights-{study}-{cell}"));
        }
    }
}

fn pictures(ui: &mut Ui, cx: &mut Cx<'_>, view: &WeightsView, key: &str) {
    let theme = cx.theme();
    let [out, input] = view.size;
    text::small(ui, theme, &format!("{}: {input} channels in, {out} channels out", cx.say("The stitch")));
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = size::GUTTER;
        ui.vertical(|ui| {
            let ctx = ui.ctx().clone();
            let name = format!("{}, {out} by {input}, largest {:.2}", cx.say("Weights of the stitch"), view.largest);
            let texture = cx.moment.textures.entry(format!("{key}-{}", view.largest)).or_insert_with(|| {
                let colors = view
                    .values
                    .iter()
                    .map(|w| Ramp::Signed.at(0.5 + 0.5 * f64::from(w / view.largest.max(f32::MIN_POSITIVE))));
                let rgb: Vec<u8> = colors.flat_map(|color| [color.r, color.g, color.b]).collect();
                let image = ColorImage::from_rgb([view.shown[1], view.shown[0]], &rgb);
                ctx.load_texture(key, image, TextureOptions::NEAREST)
            });
            let longest = view.shown[0].max(view.shown[1]).max(1) as f32;
            let side = vec2(view.shown[1] as f32, view.shown[0] as f32) * SIDE / longest;
            picture::picture(ui, texture, side.max(vec2(8.0, 8.0)), &name);
            let blocks = if view.shown == view.size { "" } else { "; each dot is the largest of a block" };
            let words = format!("orange −{0:.2}, white 0, purple +{0:.2}{blocks}", view.largest);
            ui.allocate_ui(vec2(SIDE, 10.0), |ui| text::small(ui, theme, &words));
        });
        ui.vertical(|ui| singular(ui, cx, &view.singular));
    });
}

/// Singular values as bars, largest first, with how many carry most of the whole.
fn singular(ui: &mut Ui, cx: &Cx<'_>, values: &[f64]) {
    let (theme, s) = (cx.theme(), cx.surface());
    let Some(largest) = values.first().copied().filter(|largest| *largest > 0.0) else {
        text::small(ui, theme, "Its singular values cannot be computed.");
        return;
    };
    let words = summary(values);
    let width = ui.available_width().clamp(160.0, 420.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, CHART), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, format!("Singular values: {words}")));
    let plot = Rect::from_min_max(rect.min + vec2(34.0, 4.0), rect.max - vec2(2.0, 20.0));
    let (painter, ink) = (ui.painter(), Color32::from(theme.tokens().mark(Ink::Stitched)));
    let font = FontId::proportional(size::SMALL - 1.0);
    let tick = |at: f32, label: String| {
        let y = plot.bottom() - plot.height() * at;
        painter.hline(plot.x_range(), y, (1.0, Color32::from(theme.tokens().grid)));
        painter.text(pos2(plot.left() - 5.0, y), Align2::RIGHT_CENTER, label, font.clone(), s.muted.into());
    };
    tick(0.0, "0".to_owned());
    tick(1.0, format!("{largest:.2}"));
    let step = plot.width() / values.len() as f32;
    for (index, value) in values.iter().enumerate() {
        let height = plot.height() * (*value / largest).clamp(0.0, 1.0) as f32;
        let left = plot.left() + step * index as f32;
        let bar =
            Rect::from_min_max(pos2(left, plot.bottom() - height), pos2(left + (step - 0.5).max(0.5), plot.bottom()));
        painter.rect_filled(bar, CornerRadius::ZERO, ink);
    }
    let below = pos2(plot.center().x, rect.bottom() - 7.0);
    let label = format!("its {} singular values, largest first", values.len());
    painter.text(below, Align2::CENTER_CENTER, label, font.clone(), Color32::from(s.muted));
    text::small(ui, theme, &words);
}

/// `12 of 64 directions carry 90 % of it`.
fn summary(values: &[f64]) -> String {
    let all: f64 = values.iter().map(|value| value * value).sum();
    let mut sum = 0.0;
    let needed = values.iter().take_while(|value| {
        let before = sum;
        sum += **value * **value;
        before < 0.9 * all
    });
    format!("{} of {} directions carry 90 % of it", needed.count(), values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_counted_by_what_they_carry() {
        assert_eq!(summary(&[4.0, 1.0, 0.1]), "1 of 3 directions carry 90 % of it");
        assert_eq!(summary(&[1.0; 10]), "9 of 10 directions carry 90 % of it");
    }
}
