//! The bundled font: its bytes for the renderers and its advances for the layout.
//!
//! The subset carries no kerning and no ligatures, so a text's width is the sum of its characters' advances everywhere.

use std::collections::HashSet;
use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};
use tiny_skia::{Path, PathBuilder};

/// The family's name, as the font files spell it.
pub(crate) const FAMILY: &str = "Inter";

static REGULAR: &[u8] = include_bytes!("../assets/Inter-Regular.otf");
static SEMI_BOLD: &[u8] = include_bytes!("../assets/Inter-SemiBold.otf");

/// Web fonts for `@font-face`: the same outlines, fewer characters.
pub(crate) static WEB_FONTS: [(Weight, &[u8]); 2] = [
    (Weight::Regular, include_bytes!("../assets/Inter-Regular.woff2")),
    (Weight::SemiBold, include_bytes!("../assets/Inter-SemiBold.woff2")),
];

/// Above the baseline, as a share of the font size: what capitals and ascenders reach.
pub(crate) const ASCENT: f64 = 0.76;
/// Below the baseline, as a share of the font size.
pub(crate) const DESCENT: f64 = 0.21;
/// From the baseline to the optical middle of a line, as a share of the font size.
pub(crate) const MIDDLE: f64 = 0.36;

/// Stands for a character that the font lacks.
pub(crate) const MISSING: char = '?';

/// Thickness of the letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Running text.
    Regular,
    /// Headings.
    SemiBold,
}

impl Weight {
    /// The CSS number.
    #[must_use]
    pub const fn css(self) -> u16 {
        match self {
            Self::Regular => 400,
            Self::SemiBold => 600,
        }
    }

    /// The OpenType file of this weight.
    #[must_use]
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => REGULAR,
            Self::SemiBold => SEMI_BOLD,
        }
    }
}

/// Width of one line of text at `size` points, in points. Characters that the font lacks count as the missing-glyph box.
pub(crate) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let Ok(font) = FontRef::new(weight.bytes()) else {
        // Our own file, covered by a test; an estimate still lays out a readable figure.
        return text.chars().count() as f64 * 0.6 * size;
    };
    let (characters, metrics) = (font.charmap(), font.glyph_metrics(Size::new(size as f32), LocationRef::default()));
    let advance = |c: char| metrics.advance_width(characters.map(c).unwrap_or_default());
    text.chars().filter_map(advance).map(f64::from).sum()
}

/// The letters of one line at `size` points as one path, its baseline on the x axis and its start at the origin, y
/// downwards. Absent where nothing is drawn.
pub(crate) fn outline(text: &str, size: f64, weight: Weight) -> Option<Path> {
    let font = FontRef::new(weight.bytes()).ok()?;
    let (characters, outlines) = (font.charmap(), font.outline_glyphs());
    let metrics = font.glyph_metrics(Size::new(size as f32), LocationRef::default());
    let mut pen = Pen { path: PathBuilder::new(), x: 0.0 };
    for glyph in text.chars().map(|character| characters.map(character).unwrap_or_default()) {
        if let Some(outline) = outlines.get(glyph) {
            let settings = DrawSettings::unhinted(Size::new(size as f32), LocationRef::default());
            outline.draw(settings, &mut pen).ok()?;
        }
        pen.x += metrics.advance_width(glyph).unwrap_or_default();
    }
    pen.path.finish()
}

/// Writes outlines, which the font gives with y upwards, from `x` on.
struct Pen {
    path: PathBuilder,
    x: f32,
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.x + x, -y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.x + x, -y);
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        self.path.quad_to(self.x + cx0, -cy0, self.x + x, -y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.path.cubic_to(self.x + cx0, -cy0, self.x + cx1, -cy1, self.x + x, -y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

/// Whether both faces draw this character.
pub(crate) fn has(character: char) -> bool {
    static DRAWN: LazyLock<HashSet<char>> = LazyLock::new(|| {
        let characters = |weight: Weight| -> HashSet<char> {
            FontRef::new(weight.bytes()).map_or_else(
                |_| (' '..='~').collect(),
                |font| font.charmap().mappings().filter_map(|(code, _)| char::from_u32(code)).collect(),
            )
        };
        &characters(Weight::Regular) & &characters(Weight::SemiBold)
    });
    DRAWN.contains(&character)
}

/// The text, or as much of its start and end as fits into `limit` points around an ellipsis.
pub(crate) fn shorten(text: &str, size: f64, weight: Weight, limit: f64) -> String {
    if width(text, size, weight) <= limit {
        return text.to_owned();
    }
    // What no line could hold need not be measured: hostile names may be megabytes long.
    let cap = (limit / size * 8.0).max(2.0) as usize;
    let head: Vec<char> = text.chars().take(cap).collect();
    let tail: Vec<char> = text.chars().rev().take(cap).collect();
    let most = head.len().min(text.chars().count().saturating_sub(1));
    for kept in (1..=most).rev() {
        let (front, back) = (kept.div_ceil(2), kept / 2);
        let candidate: String =
            head[..front].iter().copied().chain(['…']).chain(tail[..back].iter().rev().copied()).collect();
        if width(&candidate, size, weight) <= limit {
            return candidate;
        }
    }
    "…".to_owned()
}

/// Greedy lines no wider than `limit` points; a word that is wider than a line is broken where it must.
pub(crate) fn wrap(text: &str, size: f64, weight: Weight, limit: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        for piece in break_word(word, size, weight, limit) {
            let Some(line) = lines.last_mut() else {
                continue;
            };
            let joined = if line.is_empty() { piece.clone() } else { format!("{line} {piece}") };
            if line.is_empty() || width(&joined, size, weight) <= limit {
                *line = joined;
            } else {
                lines.push(piece);
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn break_word(word: &str, size: f64, weight: Weight, limit: f64) -> Vec<String> {
    if width(word, size, weight) <= limit {
        return vec![word.to_owned()];
    }
    let mut pieces = vec![String::new()];
    let mut filled = 0.0;
    for character in word.chars() {
        let step = width(character.encode_utf8(&mut [0; 4]), size, weight);
        if filled + step > limit && filled > 0.0 {
            pieces.push(String::new());
            filled = 0.0;
        }
        filled += step;
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_that_figures_use_are_in_both_faces() {
        for sign in "→–—…∞ε≤×•\u{a0}őű".chars().chain([MISSING]) {
            assert!(has(sign), "{sign}");
        }
        assert!(!has('名') && !has('\n'));
    }

    #[test]
    fn shortened_text_fits_and_keeps_both_ends() {
        let name = "layer3.12.some.very.long.module.path.conv2.pre";
        let short = shorten(name, 7.0, Weight::Regular, 80.0);
        assert!(width(&short, 7.0, Weight::Regular) <= 80.0);
        assert!(short.starts_with("layer3") && short.ends_with("pre") && short.contains('…'), "{short}");
        assert_eq!(shorten("abc", 7.0, Weight::Regular, 0.0), "…");
    }

    #[test]
    fn wrapping_loses_no_letter() {
        let text = "a few words and one_that_is_much_longer_than_a_line_can_hold at the end";
        let lines = wrap(text, 7.0, Weight::Regular, 60.0);
        assert!(lines.iter().all(|line| width(line, 7.0, Weight::Regular) <= 60.0), "{lines:?}");
        let letters = |text: &str| text.replace(' ', "");
        assert_eq!(letters(&lines.concat()), letters(text));
    }
}
