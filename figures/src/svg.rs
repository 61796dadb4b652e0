//! A scene as SVG: small, valid, readable by hand, with its font inside.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::font::{FAMILY, WEB_FONTS};
use super::model::{Dash, Shape};
use super::scene::{Anchor, Item, Mark, Spot, TILE_EDGE, Text, Tile};
use super::sheet::Sheet;

/// Points in a millimetre.
pub(crate) const PT_PER_MM: f64 = 72.0 / 25.4;

/// A complete document, drawn as the sheet's scene says.
pub(crate) fn write(sheet: &Sheet) -> String {
    let mut out = String::with_capacity(96 * 1024);
    head(&mut out, sheet);
    for layer in &sheet.scene.layers {
        let _ = writeln!(out, r#"<g id="{}">"#, escape(&layer.name));
        for item in &layer.items {
            write_item(&mut out, item);
        }
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

// Writing to a String cannot fail, so the results of `write!` are dropped throughout.

fn head(out: &mut String, sheet: &Sheet) {
    let scene = &sheet.scene;
    let (width, height) = (scene.width, scene.height);
    let _ = writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{}mm" height="{}mm" viewBox="0 0 {} {}" role="img" aria-labelledby="title desc" font-family="{FAMILY}, 'Helvetica Neue', Arial, sans-serif">"#,
        number(width / PT_PER_MM),
        number(height / PT_PER_MM),
        number(width),
        number(height),
    );
    let _ = writeln!(out, r#"<title id="title">{}</title>"#, escape(&sheet.title));
    let _ = writeln!(out, r#"<desc id="desc">{}</desc>"#, escape(&sheet.description));
    out.push_str("<metadata>\n");
    for recipe in &sheet.recipes {
        let _ =
            writeln!(out, r#"<recipe xmlns="urn:stitchscope:recipe" xml:space="preserve">{}</recipe>"#, escape(recipe));
    }
    out.push_str("</metadata>\n<style>\n");
    for (weight, bytes) in WEB_FONTS {
        let data = STANDARD.encode(bytes);
        let weight = weight.css();
        let _ = writeln!(
            out,
            r"@font-face {{ font-family: {FAMILY}; font-weight: {weight}; src: url(data:font/woff2;base64,{data}) format('woff2'); }}"
        );
    }
    out.push_str("</style>\n");
    let _ =
        writeln!(out, r#"<rect width="{}" height="{}" fill="{}"/>"#, number(width), number(height), scene.background);
}

fn write_item(out: &mut String, item: &Item) {
    match item {
        Item::Stroke { points, color, width, dash } => {
            let _ = write!(
                out,
                r#"<polyline points="{}" fill="none" stroke="{color}" stroke-width="{}""#,
                spots(points),
                number(*width)
            );
            dashes(out, *dash);
            out.push_str("/>\n");
        }
        Item::Area { points, color, opacity } => {
            let _ = writeln!(
                out,
                r#"<polygon points="{}" fill="{color}" fill-opacity="{}"/>"#,
                spots(points),
                number(*opacity)
            );
        }
        Item::Mark(mark) => write_mark(out, mark),
        Item::Tile(tile) => write_tile(out, tile),
        Item::Text(text) => write_text(out, text),
    }
}

fn dashes(out: &mut String, dash: Dash) {
    if dash == Dash::Solid {
        out.push_str(r#" stroke-linejoin="round""#);
        return;
    }
    let pattern: Vec<String> = dash.pattern().iter().map(|length| number(*length)).collect();
    let _ = write!(out, r#" stroke-dasharray="{}""#, pattern.join(" "));
}

fn write_mark(out: &mut String, mark: &Mark) {
    let paint = format!(r#"fill="{}" stroke="{}" stroke-width="{}""#, mark.fill, mark.color, number(mark.width));
    let (x, y) = mark.at;
    let (name, _) = match mark.shape {
        Shape::Circle => (
            "circle",
            write!(out, r#"<circle cx="{}" cy="{}" r="{}" {paint}"#, number(x), number(y), number(mark.radius)),
        ),
        Shape::Cross => {
            let outline = mark.outline();
            let (first, second) = outline.split_at(2);
            ("path", write!(out, r#"<path d="M {} M {}" {paint}"#, spots(first), spots(second)))
        }
        Shape::Square | Shape::Triangle | Shape::TriangleDown | Shape::Diamond => {
            ("polygon", write!(out, r#"<polygon points="{}" stroke-linejoin="round" {paint}"#, spots(&mark.outline())))
        }
    };
    if mark.words.is_empty() {
        out.push_str("/>\n");
    } else {
        let _ = writeln!(out, "><title>{}</title></{name}>", escape(&mark.words));
    }
}

fn write_tile(out: &mut String, tile: &Tile) {
    let (x, y) = tile.low;
    let fill = tile.fill.map_or_else(|| "none".to_owned(), |fill| fill.to_string());
    let _ = write!(
        out,
        r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{fill}" stroke="{}" stroke-width="{}""#,
        number(x),
        number(y),
        number(tile.high.0 - x),
        number(tile.high.1 - y),
        tile.edge,
        number(TILE_EDGE),
    );
    if tile.words.is_empty() {
        out.push_str("/>\n");
    } else {
        let _ = writeln!(out, "><title>{}</title></rect>", escape(&tile.words));
    }
}

fn write_text(out: &mut String, text: &Text) {
    let (x, y) = (number(text.at.0), number(text.at.1));
    let _ = write!(out, r#"<text x="{x}" y="{y}" font-size="{}" fill="{}""#, number(text.size), text.color);
    if text.weight.css() != 400 {
        let _ = write!(out, r#" font-weight="{}""#, text.weight.css());
    }
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => out.push_str(r#" text-anchor="middle""#),
        Anchor::End => out.push_str(r#" text-anchor="end""#),
    }
    if text.angle != 0.0 {
        let _ = write!(out, r#" transform="rotate({} {x} {y})""#, number(text.angle));
    }
    let _ = writeln!(out, ">{}</text>", escape(&text.text));
}

fn spots(points: &[Spot]) -> String {
    let pairs: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
    pairs.join(" ")
}

/// At most two decimals, no trailing zeros, no minus zero: the same text for the same value everywhere.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text safe inside elements and attributes; characters that XML forbids are left out.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"), // a bare one would be read back as a line feed
            '\t' | '\n' => out.push(character),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c < ' ' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_stable() {
        assert_eq!([1.0, 0.5, -0.001, 12.345_6].map(number), ["1", "0.5", "0", "12.35"]);
    }

    #[test]
    fn xml_cannot_be_broken_out_of() {
        assert_eq!(escape("a<b> & \"c\"\u{0}\u{8}\n"), "a&lt;b&gt; &amp; &quot;c&quot;\n");
    }
}
