//! Figures: drawn once as data, shown anywhere.
//!
//! A [`Figure`] says what is plotted (columns of panels with series, reference lines, a caption). [`lay_out`] turns it into
//! a [`Scene`] of a few primitive shapes with every text measured in the bundled font; the scene is written as SVG, and that
//! SVG is what the PNG is made from. So the picture, its text and its legend are the same bytes on every machine.

pub mod compatibility;
mod describe;
mod error;
mod font;
mod format;
mod layout;
mod model;
mod raster;

pub mod scene;
mod svg;
#[cfg(test)]
mod tests;

pub(crate) use compatibility::base;
pub use compatibility::{Options, compatibility, so_far};
pub use error::FigureError;
pub use font::Weight;
pub use layout::{lay_out, lay_out_at};
pub use model::{Axis, Column, Dash, Figure, Look, Panel, Point, Reference, Row, Series, Shape, Spread};
pub use scene::Scene;

impl Figure {
    /// The figure as a complete SVG document: sized in millimetres, `<title>` and `<desc>` for screen readers, the
    /// recipes in `<metadata>`, text as `<text>` in an embedded font.
    #[must_use]
    pub fn to_svg(&self) -> String {
        svg::write(self, &lay_out(self))
    }

    /// The figure as an RGB PNG with the recipes in `iTXt` chunks named `recipe`.
    ///
    /// `scale` counts device pixels per CSS pixel: 1 is 96 dpi, 2 is 192 dpi (print wants about 3).
    ///
    /// # Errors
    /// [`FigureError::Scale`] when `scale` is not above 0 or the picture would be larger than a sane file;
    /// [`FigureError::Raster`] when rendering or encoding fails.
    pub fn to_png(&self, scale: f32) -> Result<Vec<u8>, FigureError> {
        raster::render(self, scale)
    }
}
