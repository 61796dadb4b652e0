//! Every place where a network can be cut, block by block, in the order of the signal.

use egui::{Align2, CornerRadius, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use stitchscope_core::inspect::TapView;

use super::shape;
use crate::panels::Cx;
use crate::theme::style::{icon as icon_font, strong};
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::icon_button;
use crate::widgets::notice::{Tone, line};
use crate::widgets::text;
use crate::work::ModelView;

/// Height of a tap, and between two.
const ROW: f32 = 28.0;
const APART: f32 = 3.0;
/// Up to so many lines are always laid out, so that a screen reader finds them all.
const FEW: usize = 200;

/// Every tap, block by block, in the order of the signal.
pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, view: &ModelView) {
    let theme = cx.theme();
    ui.horizontal(|ui| {
        text::heading(ui, &cx.say(&format!("{} taps", view.inspection.taps.len())));
        let find = cx.say("Find a tap");
        let field = egui::TextEdit::singleline(&mut cx.moment.tap_filter).hint_text(&*find).desired_width(200.0);
        ui.add(field.margin(egui::Margin::symmetric(8, 7))).accessible_name(find);
    });
    let query = cx.moment.tap_filter.to_lowercase();
    let lines = lines(cx, &view.inspection.taps, &query);
    ScrollArea::vertical().id_salt("taps").auto_shrink([false, false]).show_viewport(ui, |ui, viewport| {
        ui.spacing_mut().item_spacing.y = APART;
        // Of a network with thousands of taps only those are laid out that can be seen.
        let all = lines.len() <= FEW;
        let (mut top, mut skipped) = (0.0, 0.0);
        for line in lines {
            let height = APART + if matches!(line, Line::Block { .. }) { size::TARGET } else { ROW };
            if all || (top + height >= viewport.min.y && top <= viewport.max.y) {
                ui.add_space(skipped);
                skipped = 0.0;
                match line {
                    Line::Block { name, count, folded } => fold(ui, cx, name, count, folded),
                    Line::Tap(tap) => self::tap(ui, cx, tap),
                }
            } else {
                skipped += height;
            }
            top += height;
        }
        ui.add_space(skipped);
        if view.inspection.taps.is_empty() {
            line(ui, theme, Tone::Warn, "No tensor of this network carries the whole signal, so it cannot be cut.");
        }
    });
}

/// A line of the list of taps.
enum Line<'a> {
    /// The head of a block with several taps.
    Block {
        name: &'a str,
        count: usize,
        folded: bool,
    },
    Tap(&'a TapView),
}

/// Blocks with their taps; of a folded block only the last one.
fn lines<'a>(cx: &Cx<'_>, taps: &'a [TapView], query: &str) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for (name, taps) in groups(taps, query) {
        let folded = query.is_empty() && taps.len() > 1 && cx.moment.folded.contains(name);
        if taps.len() > 1 {
            lines.push(Line::Block { name, count: taps.len(), folded });
        }
        let first = if folded { taps.len() - 1 } else { 0 };
        lines.extend(taps.into_iter().skip(first).map(Line::Tap));
    }
    lines
}

/// Neighbouring taps of one module.
fn groups<'a>(taps: &'a [TapView], query: &str) -> Vec<(&'a str, Vec<&'a TapView>)> {
    let mut groups: Vec<(&str, Vec<&TapView>)> = Vec::new();
    for tap in taps.iter().filter(|tap| query.is_empty() || tap.name.to_lowercase().contains(query)) {
        let block = tap.name.rsplit_once('.').map_or(tap.name.as_str(), |(block, _)| block);
        match groups.last_mut() {
            Some((last, list)) if *last == block => list.push(tap),
            _ => groups.push((block, vec![tap])),
        }
    }
    groups
}

fn fold(ui: &mut Ui, cx: &mut Cx<'_>, block: &str, count: usize, folded: bool) {
    let theme = cx.theme();
    ui.horizontal(|ui| {
        let (icon, word) = if folded { (Icon::FOLDED, "Unfold") } else { (Icon::UNFOLDED, "Fold") };
        if icon_button(ui, theme, icon, &format!("{word} {block}")).clicked() {
            if folded {
                cx.moment.folded.remove(block);
            } else {
                cx.moment.folded.insert(block.to_owned());
            }
        }
        ui.label(egui::RichText::new(block).font(strong(size::BODY)));
        text::small(ui, theme, &cx.say(&format!("{count} taps")));
    });
}

/// One tap: mark, name, operator, shape, the share of the work before it.
fn tap(ui: &mut Ui, cx: &Cx<'_>, tap: &TapView) {
    let (theme, s) = (cx.theme(), cx.surface());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let shape = shape(tap);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, format!("{}, {}, {shape}", tap.name, tap.op)));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter();
    let fill = if tap.block_output { s.card } else { s.page };
    painter.rect(rect, CornerRadius::same(6), fill, Stroke::new(1.0, s.outline), StrokeKind::Inside);
    let y = rect.center().y;
    let ink = if tap.block_output { s.accent } else { s.edge };
    painter.text(pos2(rect.left() + 18.0, y), Align2::CENTER_CENTER, Icon::CUT.glyph(), icon_font(15.0), ink.into());
    let font = if tap.block_output { strong(size::BODY - 0.5) } else { egui::FontId::proportional(size::BODY - 0.5) };
    painter.text(pos2(rect.left() + 36.0, y), Align2::LEFT_CENTER, &tap.name, font, s.text.into());
    let small = egui::FontId::proportional(size::SMALL);
    painter.text(pos2(rect.right() - 330.0, y), Align2::LEFT_CENTER, &tap.op, small.clone(), s.muted.into());
    painter.text(pos2(rect.right() - 130.0, y), Align2::RIGHT_CENTER, &shape, small, s.muted.into());
    let all = (tap.operations_before + tap.operations_after).max(1) as f32;
    let share = tap.operations_before as f32 / all;
    let track = egui::Rect::from_center_size(pos2(rect.right() - 62.0, y), vec2(100.0, 6.0));
    painter.rect_filled(track, CornerRadius::same(3), s.hover);
    let done = egui::Rect::from_min_size(track.min, vec2(100.0 * share, 6.0));
    painter.rect_filled(done, CornerRadius::same(3), theme.tokens().mark(Ink::Agreement));
    response.on_hover_text(format!(
        "{}\nmade by {}, {shape}\n{:.0} % of the work lies before it{}",
        tap.tensor,
        tap.op,
        100.0 * share,
        if tap.block_output { "\noutput of a block" } else { "" }
    ));
}
