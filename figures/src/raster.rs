//! A sheet as PNG: its scene painted with the bundled font alone, the recipes kept in text chunks.

mod paint;

use tiny_skia::{Color as Ink, Pixmap};

use super::error::FigureError;
use super::scene::Scene;
use super::sheet::Sheet;

/// The chunk's keyword.
pub(crate) const RECIPE: &str = "recipe";
/// Largest side of a picture in pixels; 12,000 is a metre at 300 dpi.
const SIDE_LIMIT: u32 = 12_000;
/// Pixels in a CSS inch, by definition.
const CSS_DPI: f64 = 96.0;
/// CSS pixels in a point, by definition.
const CSS_PIXELS: f32 = 96.0 / 72.0;

/// See [`Sheet::to_png`].
pub(crate) fn render(sheet: &Sheet, scale: f32) -> Result<Vec<u8>, FigureError> {
    let pixmap = painted(&sheet.scene, scale)?;
    let rgb: Vec<u8> = pixmap.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    encode(sheet, &rgb, pixmap.width(), pixmap.height(), scale)
}

/// The scene over its background, which covers every pixel.
pub(crate) fn painted(scene: &Scene, scale: f32) -> Result<Pixmap, FigureError> {
    let (width, height) = pixels(scene, scale)?;
    let mut pixmap = Pixmap::new(width, height)
        .ok_or_else(|| FigureError::Raster { reason: format!("no memory for {width} x {height} pixels") })?;
    let under = scene.background;
    pixmap.fill(Ink::from_rgba8(under.r, under.g, under.b, 255));
    paint::scene(scene, scale * CSS_PIXELS, &mut pixmap);
    Ok(pixmap)
}

fn pixels(scene: &Scene, scale: f32) -> Result<(u32, u32), FigureError> {
    let pixels = |points: f64| (points as f32 * CSS_PIXELS * scale).round();
    let (width, height) = (pixels(scene.width), pixels(scene.height));
    let sane = 1.0..=SIDE_LIMIT as f32;
    if scale.is_finite() && sane.contains(&width) && sane.contains(&height) {
        Ok((width as u32, height as u32))
    } else {
        Err(FigureError::Scale { scale, width, height, limit: SIDE_LIMIT })
    }
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
