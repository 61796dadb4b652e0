//! What a slide shows that is no view: words with links as QR codes, or a picture.

use egui::{Align2, Color32, FontId, Pos2, Rect, RichText, Sense, TextureOptions, Ui, Vec2, WidgetInfo, pos2, vec2};
use stitchscope_figures::{QUIET, Qr, TalkLine, lines};

use crate::panels::Cx;
use crate::state::Slide;
use crate::theme::{CODE, size};
use crate::widgets::text;

/// The smallest letter, as a share of the screen's height.
pub(super) const LETTER: f32 = 0.02;
/// Side of a QR code, as a share of the room's height.
const CODE_SHARE: f32 = 0.5;

/// A slide of words, as large as they fit: from a fifteenth of the height down to the smallest letter of a talk. Lines that are
/// addresses stand below as QR codes, too.
pub(super) fn words(ui: &mut Ui, written: &str) {
    let links = lines(written).filter_map(|line| if let TalkLine::Link(link) = line { Some(link) } else { None });
    let codes: Vec<(&str, Qr)> = links.filter_map(|link| Some((link, Qr::of(link)?))).collect();
    let side = if codes.is_empty() { 0.0 } else { CODE_SHARE * ui.available_height() };
    let room = ui.available_size() - vec2(0.0, side);
    let height = ui.ctx().content_rect().height();
    let color = ui.visuals().text_color();
    let mut points = height / 15.0;
    loop {
        let all: f32 = written
            .lines()
            .map(|line| {
                let font = FontId::proportional(points);
                ui.painter().layout(line.to_owned(), font, color, room.x - points).size().y + 0.5 * points
            })
            .sum();
        if all <= room.y || points <= LETTER * height {
            break;
        }
        points = (points * 0.9).max(LETTER * height);
    }
    ui.spacing_mut().item_spacing.y = 0.5 * points;
    for line in lines(written) {
        ui.horizontal_top(|ui| {
            let (TalkLine::Words(said) | TalkLine::Point(said) | TalkLine::Link(said)) = line;
            if matches!(line, TalkLine::Point(_)) {
                ui.label(RichText::new("•").size(points));
            }
            ui.add(egui::Label::new(RichText::new(said).size(points)).wrap());
        });
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = size::GUTTER * 2.0;
        for (link, code) in codes {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(side * 0.96), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, format!("QR code of {link}")));
            qr(ui, rect, &code);
        }
    });
}

/// Black on white in every theme: that is what readers expect.
fn qr(ui: &Ui, rect: Rect, code: &Qr) {
    let square = rect.width() / (code.size + 2 * QUIET) as f32;
    let painter = ui.painter();
    let [black, white] = CODE;
    painter.rect_filled(rect, 0.0, white);
    for (x, y) in code.squares() {
        let at = rect.min + vec2((x + QUIET) as f32, (y + QUIET) as f32) * square;
        // A hair larger, so that no seam shows between neighbours.
        painter.rect_filled(Rect::from_min_size(at, Vec2::splat(square * 1.03)), 0.0, black);
    }
}

/// A slide's picture in the room that is left.
pub(super) fn picture(ui: &mut Ui, cx: &mut Cx<'_>, slide: &Slide) {
    let name = slide.picture.as_deref().unwrap_or_default();
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, format!("{}, picture {name}", slide.title)));
    if !paint(ui, cx, slide, rect) {
        let words = format!("The picture {name} is not kept on this computer.");
        ui.painter().text(
            rect.center(),
            Align2::CENTER_CENTER,
            words,
            FontId::proportional(size::HEADING),
            ui.visuals().text_color(),
        );
    }
}

/// Paints a slide's picture as large as it fits; whether it is there.
pub(super) fn paint(ui: &Ui, cx: &mut Cx<'_>, slide: &Slide, rect: Rect) -> bool {
    let Some(photo) = cx.world.pictures.get(&slide.id) else { return false };
    let key = format!("photo-{}", slide.id);
    let texture = cx.moment.textures.entry(key.clone()).or_insert_with(|| {
        let image = egui::ColorImage::from_rgba_unmultiplied(photo.size, &photo.rgba);
        ui.ctx().load_texture(key, image, TextureOptions::LINEAR)
    });
    let whole = vec2(photo.size[0].max(1) as f32, photo.size[1].max(1) as f32);
    let scale = (rect.width() / whole.x).min(rect.height() / whole.y);
    let place = Rect::from_center_size(rect.center(), whole * scale);
    ui.painter().image(texture.id(), place, Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0)), Color32::WHITE);
    true
}

/// What a slide of words may hold, in a sentence.
pub(super) fn hint(ui: &mut Ui, cx: &Cx<'_>) {
    text::small(
        ui,
        cx.theme(),
        "A line that begins with - is a point; one that is an address and nothing else is shown as a QR code, too.",
    );
}
