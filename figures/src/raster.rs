//! A sheet as PNG: the SVG rendered with the bundled font alone, the recipes kept in text chunks.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, Tree};

use super::error::FigureError;
use super::font;
use super::sheet::Sheet;
use crate::theme::Color;

/// The chunk's keyword.
pub(crate) const RECIPE: &str = "recipe";
/// Largest side of a picture in pixels; 12,000 is a metre at 300 dpi.
const SIDE_LIMIT: u32 = 12_000;
/// Pixels in a CSS inch, by definition.
const CSS_DPI: f64 = 96.0;

/// See [`Sheet::to_png`].
pub(crate) fn render(sheet: &Sheet, scale: f32) -> Result<Vec<u8>, FigureError> {
    let options =
        usvg::Options { font_family: font::FAMILY.to_owned(), fontdb: font::database(), ..usvg::Options::default() };
    let tree = Tree::from_str(&sheet.to_svg(), &options).map_err(raster)?;
    let (width, height) = pixels(&tree, scale)?;
    let mut pixmap = Pixmap::new(width, height)
        .ok_or_else(|| FigureError::Raster { reason: format!("no memory for {width} x {height} pixels") })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    encode(sheet, &opaque(&pixmap, sheet.theme.tokens().background), width, height, scale)
}

fn pixels(tree: &Tree, scale: f32) -> Result<(u32, u32), FigureError> {
    let (width, height) = ((tree.size().width() * scale).round(), (tree.size().height() * scale).round());
    let sane = 1.0..=SIDE_LIMIT as f32;
    if scale.is_finite() && sane.contains(&width) && sane.contains(&height) {
        Ok((width as u32, height as u32))
    } else {
        Err(FigureError::Scale { scale, width, height, limit: SIDE_LIMIT })
    }
}

/// RGB rows, top to bottom. The background covers the canvas; the last row and column may be a hair short of it after
/// rounding, so the surface colour is laid under every pixel.
fn opaque(pixmap: &Pixmap, background: Color) -> Vec<u8> {
    let under = [background.r, background.g, background.b];
    pixmap
        .pixels()
        .iter()
        .flat_map(|pixel| {
            let rest = 255 - u16::from(pixel.alpha());
            let over = [pixel.red(), pixel.green(), pixel.blue()];
            [0, 1, 2].map(|i| over[i].saturating_add((u16::from(under[i]) * rest / 255) as u8))
        })
        .collect()
}

fn encode(sheet: &Sheet, rgb: &[u8], width: u32, height: u32, scale: f32) -> Result<Vec<u8>, FigureError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_source_srgb(png::SrgbRenderingIntent::RelativeColorimetric);
    let per_metre = (f64::from(scale) * CSS_DPI / 0.0254).round() as u32;
    let dims = png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter };
    encoder.set_pixel_dims(Some(dims));
    encoder.add_itxt_chunk("Title".to_owned(), sheet.title.clone()).map_err(raster)?;
    for recipe in &sheet.recipes {
        encoder.add_itxt_chunk(RECIPE.to_owned(), recipe.clone()).map_err(raster)?;
    }
    let mut writer = encoder.write_header().map_err(raster)?;
    writer.write_image_data(rgb).map_err(raster)?;
    writer.finish().map_err(raster)?;
    Ok(bytes)
}

fn raster(error: impl std::fmt::Display) -> FigureError {
    FigureError::Raster { reason: error.to_string() }
}
