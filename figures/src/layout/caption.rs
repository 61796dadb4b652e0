//! The caption: paragraphs wrapped to the figure's width.

use super::small;
use crate::font::{self, Weight};
use crate::model::Figure;
use crate::scene::{Anchor, Layer, Role};
use crate::theme::{FIGURE as SIZES, Tokens};

/// Draws the caption from `y` down and moves `y` to its last baseline.
pub(crate) fn layer(figure: &Figure, width: f64, y: &mut f64) -> Layer {
    write_caption(&figure.caption, width, figure.theme.tokens(), y)
}

/// As [`layer`], for any paragraphs.
pub(crate) fn write_caption(paragraphs: &[String], width: f64, tokens: &Tokens, y: &mut f64) -> Layer {
    let mut items = Vec::new();
    let limit = width - 2.0 * SIZES.margin;
    let step = SIZES.small * SIZES.leading;
    for (index, paragraph) in paragraphs.iter().enumerate() {
        *y += if index == 0 { SIZES.gutter } else { SIZES.gap * 0.5 };
        for line in font::wrap(paragraph, SIZES.small, Weight::Regular, limit) {
            *y += step;
            items.push(small(line, (SIZES.margin, *y), Anchor::Start, tokens.text_muted, Role::Caption));
        }
    }
    *y += font::DESCENT * SIZES.small;
    Layer { name: "caption".to_owned(), items }
}
