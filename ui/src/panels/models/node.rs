//! What is said of a box of the drawing: attributes, results, its trained numbers with their histogram, and what can be done there.

use egui::{CornerRadius, Rect, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use stitchscope_core::metrics::thousands;
use stitchscope_core::recipe::Pairs;

use crate::panels::{Cx, short};
use crate::theme::{Icon, Ink, Surfaces as _, Theme, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::notice::{Tone, line};
use crate::widgets::text;
use crate::work::{Chart, ChartBox, FILE, RESULT, Stands, WeightFacts};

/// Height of a histogram.
const BARS: f32 = 64.0;

/// What a person wants of it.
pub(super) enum Wish {
    /// To see it no more.
    Close,
    /// Its block unfolded, or folded.
    Fold(bool),
}

/// Everything about one box.
pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, found: &ChartBox, chart: &Chart) -> Option<Wish> {
    let theme = cx.theme();
    let mut wish = None;
    ui.horizontal(|ui| {
        if icon_button(ui, theme, Icon::CLOSE, "Close what is said of the node").clicked() {
            wish = Some(Wish::Close);
        }
        text::heading(ui, if found.stands == Stands::Node { &found.op } else { &found.name });
    });
    ScrollArea::vertical().id_salt("node").auto_shrink([false, false]).show(ui, |ui| {
        if found.stands == Stands::Node {
            ui.add(egui::Label::new(&found.name).wrap());
        }
        if !found.block.is_empty() {
            let folded = matches!(found.stands, Stands::Block(_));
            let (icon, word) = if folded { (Icon::UNFOLDED, "Unfold") } else { (Icon::FOLDED, "Fold") };
            if button(ui, theme, Weight::Normal, Some(icon), &format!("{word} {}", found.block)).clicked() {
                wish = Some(Wish::Fold(folded));
            }
        }
        if let Some((tap, ends)) = &found.tap {
            let what = if *ends { "A block ends here. " } else { "" };
            text::small(ui, theme, &format!("{what}It can be cut here: {tap}"));
            cut_here(ui, cx, found.network, tap, chart);
        }
        let told = |ui: &mut Ui, of_file: bool| {
            let wanted = |(name, _): &&(String, String)| (name == FILE || name == RESULT) == of_file;
            for (name, value) in found.facts.iter().filter(wanted) {
                text::small(ui, theme, name);
                ui.add(egui::Label::new(value).wrap().selectable(true));
            }
        };
        told(ui, false);
        found.weights.iter().for_each(|weight| numbers(ui, theme, weight));
        told(ui, true);
    });
    wish
}

/// The tap as the recipe's cut, for the network that gives this part.
fn cut_here(ui: &mut Ui, cx: &mut Cx<'_>, network: usize, tap: &str, chart: &Chart) {
    let theme = cx.theme();
    let both = chart.boxes.iter().any(|found| found.network == 1);
    let model = if both { None } else { Some(cx.state.model.as_ref().unwrap_or(&cx.recipe.front.model)) };
    let is_front = model.map_or(network == 0, |model| *model == cx.recipe.front.model);
    let is_end = model.map_or(network == 1, |model| *model == cx.recipe.end.model);
    let Some((front, end)) = super::graph::cut(cx) else { return };
    for (is, name, pair) in
        [(is_front, "front", (tap.to_owned(), end.clone())), (is_end, "end", (front.clone(), tap.to_owned()))]
    {
        let same = if name == "front" { pair.0 == front } else { pair.1 == end };
        if is && same {
            let ink = if name == "front" { Ink::Front } else { Ink::End };
            text::colored(ui, &cx.say(&format!("The {name} is cut here")), size::SMALL, theme.tokens().words(ink));
        } else if is
            && button(ui, theme, Weight::Normal, Some(Icon::CUT), &cx.say(&format!("Cut the {name} here"))).clicked()
        {
            cx.edit(|recipe| recipe.taps.pairs = Pairs::List(vec![pair]));
        }
    }
}

/// A weight: sizes, histogram, range, mean, deviation.
fn numbers(ui: &mut Ui, theme: Theme, weight: &WeightFacts) {
    ui.add_space(size::GAP);
    ui.add(egui::Label::new(egui::RichText::new(short(&weight.name)).strong()).wrap());
    text::small(ui, theme, &format!("{}, {} numbers", weight.shape, thousands(weight.count)));
    histogram(ui, theme, weight);
    let zeros = 100.0 * weight.zeros as f64 / weight.count.max(1) as f64;
    text::small(
        ui,
        theme,
        &format!("mean {:.3e}, standard deviation {:.3e}, {zeros:.1} % zeros", weight.mean, weight.deviation),
    );
    if weight.odd > 0 {
        line(ui, theme, Tone::Bad, &format!("{} are infinite or no numbers at all", thousands(weight.odd)));
    }
}

fn histogram(ui: &mut Ui, theme: Theme, weight: &WeightFacts) {
    let s = theme.surface();
    if weight.bins.is_empty() {
        text::small(ui, theme, &format!("all of them {:.4}", weight.low));
        return;
    }
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), BARS), Sense::hover());
    let range = format!("from {:.3} to {:.3}", weight.low, weight.high);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, format!("Histogram, {range}")));
    ui.painter().rect_filled(rect, CornerRadius::same(3), s.sunken);
    let most = weight.bins.iter().max().copied().unwrap_or(1).max(1) as f32;
    let wide = rect.width() / weight.bins.len() as f32;
    for (at, count) in weight.bins.iter().enumerate() {
        let high = (BARS - 4.0) * *count as f32 / most;
        let left = rect.left() + wide * at as f32;
        let bar = Rect::from_min_max(pos2(left + 0.5, rect.bottom() - high), pos2(left + wide - 0.5, rect.bottom()));
        ui.painter().rect_filled(bar, CornerRadius::ZERO, s.accent);
    }
    if weight.low < 0.0 && weight.high > 0.0 {
        let zero = rect.left() + rect.width() * (-weight.low / (weight.high - weight.low)) as f32;
        ui.painter().vline(zero, rect.y_range(), egui::Stroke::new(1.0, s.text));
    }
    if let Some(at) = response.hover_pos() {
        let bin = (((at.x - rect.left()) / wide) as usize).min(weight.bins.len() - 1);
        let edge = |bin: usize| weight.low + (weight.high - weight.low) * bin as f64 / weight.bins.len() as f64;
        let said = format!("{:.4} to {:.4}: {}", edge(bin), edge(bin + 1), thousands(weight.bins[bin]));
        response.on_hover_text_at_pointer(said);
    }
    text::small(ui, theme, &range);
}
