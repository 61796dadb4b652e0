//! One slide on its page: title, what it shows, its number.

use krilla::geom::{Size, Transform};
use krilla::image::Image;

use super::PAGE;
use super::draw::{Pen, drawable, rectangle};
use crate::font::{self, Weight};
use crate::page::{QUIET, Qr, TalkBody, TalkLeaf, TalkLine, kind, lines};
use crate::scene::Scene;
use crate::theme::{CODE, Color, Theme, Tokens};

/// Around everything, in points.
const MARGIN: f32 = 40.0;
/// Size of a title, and of the lines of its room.
const TITLE: f64 = 30.0;
/// Words are as large as they fit, between these.
const LARGEST: f64 = 34.0;
const SMALLEST: f64 = 11.0;
/// Under pictures, and the slide's number.
const SMALL: f64 = 13.0;
/// Between paragraphs, and between lines, as shares of the size.
const APART: f64 = 0.55;
const LINE: f64 = 1.3;
/// A code's side, as a share of the room's height.
const CODE_SHARE: f32 = 0.5;

/// A part of the page, in points, y downwards.
#[derive(Clone, Copy)]
struct Room {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
}

/// Draws the slide.
pub(super) fn draw(pen: &mut Pen<'_>, theme: Theme, leaf: &TalkLeaf, (at, of): (usize, usize)) -> Result<(), String> {
    let tokens = theme.tokens();
    pen.fill(rectangle(0.0, 0.0, PAGE.0, PAGE.1).as_ref(), tokens.background, 1.0);
    let width = PAGE.0 - 2.0 * MARGIN;
    let mut y = MARGIN + TITLE as f32 * font::ASCENT as f32;
    for line in font::wrap(&drawable(&leaf.title), TITLE, Weight::SemiBold, f64::from(width)) {
        pen.words(&line, (MARGIN, y), TITLE, Weight::SemiBold, tokens.text);
        y += (TITLE * LINE) as f32;
    }
    let top = y - (TITLE * (LINE - font::DESCENT)) as f32 + 22.0;
    let room = Room { left: MARGIN, top, width, height: (PAGE.1 - MARGIN - top).max(40.0) };
    match &leaf.body {
        TalkBody::Figure(sheet) => figure(pen, &sheet.scene, room),
        TalkBody::Text(text) => words(pen, text, room, tokens),
        TalkBody::Pictures(pictures) => {
            let each = (room.width - MARGIN * (pictures.len().max(1) - 1) as f32) / pictures.len().max(1) as f32;
            for (place, (words, file)) in pictures.iter().enumerate() {
                let left = room.left + place as f32 * (each + MARGIN);
                captioned(pen, file, words, Room { left, width: each, ..room }, tokens.text_muted)?;
            }
        }
        TalkBody::Picture(file) => picture(pen, file, room)?,
    }
    let number = format!("{at} of {of}");
    let length = font::width(&number, SMALL, Weight::Regular) as f32;
    pen.words(&number, (PAGE.0 - MARGIN - length, PAGE.1 - 16.0), SMALL, Weight::Regular, tokens.text_muted);
    Ok(())
}

/// A figure as large as it fits.
fn figure(pen: &mut Pen<'_>, scene: &Scene, room: Room) {
    let (width, height) = (scene.width.max(1.0) as f32, scene.height.max(1.0) as f32);
    let scale = (room.width / width).min(room.height / height);
    let left = room.left + (room.width - width * scale) / 2.0;
    pen.surface.push_transform(&Transform::from_row(scale, 0.0, 0.0, scale, left, room.top));
    scene.items().for_each(|item| pen.item(item));
    pen.surface.pop();
}

/// A line that is laid out: how far it is set in, its words, whether a paragraph ends behind it.
struct Laid {
    inset: f64,
    words: String,
    last: bool,
}

fn words(pen: &mut Pen<'_>, text: &str, room: Room, tokens: &Tokens) {
    let links: Vec<&str> =
        lines(text).filter_map(|line| if let TalkLine::Link(link) = line { Some(link) } else { None }).collect();
    let codes: Vec<Qr> = links.iter().filter_map(|link| Qr::of(link)).collect();
    let side = if codes.is_empty() { 0.0 } else { room.height * CODE_SHARE };
    let mut size = LARGEST;
    let laid = loop {
        let laid = laid(text, size, f64::from(room.width));
        let paragraphs = laid.iter().filter(|line| line.last).count() as f64;
        let height = size * (LINE * laid.len() as f64 + APART * paragraphs);
        if height <= f64::from(room.height - side) || size <= SMALLEST {
            break laid;
        }
        size = (size * 0.92).max(SMALLEST);
    };
    let mut y = f64::from(room.top) + size * font::ASCENT;
    for line in laid {
        let left = room.left + line.inset as f32;
        pen.words(&line.words, (left, y as f32), size, Weight::Regular, tokens.text);
        y += size * (LINE + if line.last { APART } else { 0.0 });
    }
    let top = room.top + room.height - side;
    for (place, code) in codes.iter().enumerate() {
        qr(pen, code, room.left + place as f32 * (side + MARGIN), top, side);
    }
}

/// Paragraphs and points broken into lines at a size; the further lines of a point are set in below its first.
fn laid(text: &str, size: f64, width: f64) -> Vec<Laid> {
    let mut all = Vec::new();
    for line in lines(text) {
        let (mark, words) = match line {
            TalkLine::Words(words) | TalkLine::Link(words) => ("", words),
            TalkLine::Point(words) => ("•  ", words),
        };
        let inset = font::width(mark, size, Weight::Regular);
        let mut broken = font::wrap(&drawable(words), size, Weight::Regular, width - inset);
        if broken.is_empty() {
            broken.push(String::new());
        }
        let last = broken.len() - 1;
        for (place, words) in broken.into_iter().enumerate() {
            let words = if place == 0 { format!("{mark}{words}") } else { words };
            all.push(Laid { inset: if place == 0 { 0.0 } else { inset }, words, last: place == last });
        }
    }
    all
}

/// Black on white with the ground around that readers want.
fn qr(pen: &mut Pen<'_>, code: &Qr, left: f32, top: f32, side: f32) {
    let square = side / (code.size + 2 * QUIET) as f32;
    let [black, white] = CODE;
    pen.fill(rectangle(left, top, side, side).as_ref(), white, 1.0);
    for (x, y) in code.squares() {
        let at = |place: usize| (place + QUIET) as f32 * square;
        // A hair larger, so that no seam shows between neighbours.
        pen.fill(rectangle(left + at(x), top + at(y), square * 1.02, square * 1.02).as_ref(), black, 1.0);
    }
}

/// A picture with words below.
fn captioned(pen: &mut Pen<'_>, file: &[u8], words: &str, room: Room, color: Color) -> Result<(), String> {
    let lines = font::wrap(&drawable(words), SMALL, Weight::Regular, f64::from(room.width));
    let below = (SMALL * LINE) as f32 * lines.len() as f32 + 10.0;
    let bottom = picture_in(pen, file, Room { height: (room.height - below).max(20.0), ..room })?;
    for (place, line) in lines.iter().enumerate() {
        let y = bottom + 6.0 + (SMALL * (font::ASCENT + LINE * place as f64)) as f32;
        pen.words(line, (room.left, y), SMALL, Weight::Regular, color);
    }
    Ok(())
}

fn picture(pen: &mut Pen<'_>, file: &[u8], room: Room) -> Result<(), String> {
    picture_in(pen, file, room).map(drop)
}

/// A PNG or JPEG file as large as it fits; where it ends below.
fn picture_in(pen: &mut Pen<'_>, file: &[u8], room: Room) -> Result<f32, String> {
    let bytes = file.to_vec().into();
    let image = match kind(file) {
        Some("image/jpeg") => Image::from_jpeg(bytes, true),
        Some(_) => Image::from_png(bytes, false),
        None => Err("a picture of a slide is neither PNG nor JPEG".to_owned()),
    }?;
    let (width, height) = image.size();
    let (width, height) = (width.max(1) as f32, height.max(1) as f32);
    let scale = (room.width / width).min(room.height / height);
    let size = Size::from_wh(width * scale, height * scale).ok_or("a picture of a slide has no size")?;
    pen.surface.push_transform(&Transform::from_translate(room.left, room.top));
    pen.surface.draw_image(image, size);
    pen.surface.pop();
    Ok(room.top + height * scale)
}
