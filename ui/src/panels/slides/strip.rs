//! The slides as small pictures in a row; one that is dragged takes its new place in the talk.

use egui::{Align2, Color32, CornerRadius, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use stitchscope_figures::{Options, compatibility};

use crate::app::drawing;
use crate::command::Command;
use crate::panels::Cx;
use crate::state::{Slide, View};
use crate::theme::style::{icon as icon_font, strong};
use crate::theme::{Icon, Surfaces as _, size};
use crate::widgets::{figure_view, picture};
use crate::work::{Drawing, sheet};

/// A small picture with its title below.
const LEAF: [f32; 2] = [178.0, 128.0];
const TITLE: f32 = 24.0;

/// The row.
pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let slides = cx.slides;
    let moved = ScrollArea::horizontal().id_salt("strip").show(ui, |ui| {
        ui.horizontal(|ui| {
            let mut rects = Vec::new();
            let (mut held, mut dropped) = (None, false);
            for (index, slide) in slides.iter().enumerate() {
                let (rect, response) = ui.allocate_exact_size(vec2(LEAF[0], LEAF[1]), Sense::click_and_drag());
                let name = format!("Slide {}: {}", index + 1, slide.title);
                response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
                if ui.is_rect_visible(rect) {
                    leaf(ui, cx, rect, slide, response.hovered() || response.has_focus());
                }
                if response.clicked() {
                    cx.moment.slide = Some(slide.id);
                }
                if response.dragged() || response.drag_stopped() {
                    (held, dropped) = (Some(index), response.drag_stopped());
                }
                response.on_hover_text("Press to see its notes below; drag to another place in the talk");
                rects.push(rect);
            }
            let at = ui.input(|i| i.pointer.interact_pos().or(i.pointer.latest_pos()));
            let (from, at) = (held?, at?);
            let to = rects.iter().filter(|rect| rect.center().x < at.x).count();
            let x =
                rects.get(to).map_or_else(|| rects.last().map_or(at.x, |last| last.right() + 4.0), |r| r.left() - 4.0);
            let y = rects.first().map_or(at.y..=at.y, |rect| rect.top()..=rect.bottom());
            ui.painter().vline(x, y, Stroke::new(3.0, cx.surface().accent));
            dropped.then_some((from, to))
        })
        .inner
    });
    if let Some((from, to)) = moved.inner {
        super::change(cx, |slides| {
            let slide = slides.remove(from);
            slides.insert((if to > from { to - 1 } else { to }).min(slides.len()), slide);
        });
    }
    let seconds: u64 = slides.iter().filter_map(|slide| cx.state.rehearsed.get(&slide.id)).sum();
    if seconds > 0 {
        let told = slides.iter().filter(|slide| cx.state.rehearsed.contains_key(&slide.id)).count();
        let words =
            format!("Last time: {} for {told} of {} slides", super::speaker::clock_words(seconds), slides.len());
        crate::widgets::text::small(ui, cx.theme(), &words);
    }
}

fn leaf(ui: &Ui, cx: &mut Cx<'_>, rect: Rect, slide: &Slide, near: bool) {
    let (theme, s) = (cx.state.talk_theme, cx.surface());
    let (above, below) = rect.split_top_bottom_at_y(rect.bottom() - TITLE);
    let edge = if near { Stroke::new(2.0, s.accent) } else { Stroke::new(1.0, s.outline) };
    let ground = theme.tokens().background;
    ui.painter().rect(above, CornerRadius::same(size::ROUND_SMALL), ground, edge, StrokeKind::Inside);
    let inner = above.shrink(6.0);
    let painter = ui.painter_at(inner);
    let view = Command::Open(slide.shot.view);
    let twin = cx.world.twins.get(&slide.id);
    if slide.picture.is_some() && super::content::paint(ui, cx, slide, inner) {
        title(ui, cx, below, slide, true);
        return;
    }
    match (&slide.text, slide.shot.view) {
        (Some(_), _) => {
            let text = cx.moment.slide_text.get(&slide.id).unwrap_or(slide).text.clone().unwrap_or_default();
            let color = theme.surface().text.into();
            let galley = painter.layout(text, egui::FontId::proportional(9.0), color, inner.width());
            painter.galley(inner.min, galley, color);
        }
        (None, View::Compare) if drawing(cx.world, slide, twin).is_some() => {
            let edition = cx.world.studies.iter().map(|study| study.edition + 1).sum();
            figure_view::small(ui, inner, &format!("slide-{}-{theme:?}", slide.id), edition, || {
                let (drawing, reports) = drawing(cx.world, slide, twin)?;
                let options = Options { theme, ..Options::default() };
                if drawing != Drawing::Curves {
                    return sheet(drawing, slide.shot.measures, &reports, options, cx.words()).ok();
                }
                // So small, one panel says more than three.
                let figure = compatibility(&reports.iter().collect::<Vec<_>>(), options).ok()?;
                let mut figure = figure.only(slide.shot.measures.row(figure.rows.len()).unwrap_or(0));
                figure.caption.clear();
                Some(figure.sheet())
            });
        }
        (None, View::Attack) if attacked(ui, cx, inner, slide).is_some() => {}
        _ => {
            let ink = theme.surface().muted.into();
            painter.text(inner.center(), Align2::CENTER_CENTER, view.icon().glyph(), icon_font(34.0), ink);
        }
    }
    let recorded = slide.text.is_none() && twin.is_some_and(|twin| !twin.reports.is_empty() || twin.ladder.is_some());
    title(ui, cx, below, slide, recorded);
}

/// A slide's title below its picture, marked where what it shows is kept.
fn title(ui: &Ui, cx: &Cx<'_>, below: Rect, slide: &Slide, recorded: bool) {
    let s = cx.surface();
    let words = ui.painter_at(below);
    let left = if recorded { 18.0 } else { 2.0 };
    if recorded {
        let at = pos2(below.left() + 8.0, below.center().y);
        words.text(at, Align2::CENTER_CENTER, Icon::SAVE.glyph(), icon_font(12.0), s.muted.into());
    }
    let at = pos2(below.left() + left, below.center().y);
    let mut title = egui::text::LayoutJob::simple_singleline(slide.title.clone(), strong(size::SMALL), s.text.into());
    title.wrap = egui::text::TextWrapping::truncate_at_width(below.width() - left);
    let title = ui.painter().layout_job(title);
    words.galley(at - vec2(0.0, title.size().y / 2.0), title, s.text.into());
}

/// The attacked image of a slide's record.
fn attacked(ui: &Ui, cx: &mut Cx<'_>, rect: Rect, slide: &Slide) -> Option<()> {
    let (_, ladder) = cx.world.twins.get(&slide.id)?.ladder.as_ref()?;
    let image = ladder.climbs.get(slide.shot.against)?.images.get(slide.shot.rung).filter(|image| !image.is_empty())?;
    let key = format!("slide-{}", slide.id);
    let made = || picture::texture(ui.ctx(), &key, ladder.shape, image);
    let texture = cx.moment.textures.entry(key.clone()).or_insert_with(made);
    let side = rect.height().min(rect.width());
    let square = Rect::from_center_size(rect.center(), vec2(side, side));
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter().image(texture.id(), square, whole, Color32::WHITE);
    Some(())
}
