//! A laid-out picture with what its file says about it: what every kind of figure becomes before it is written.

use super::describe::describe;
use super::error::FigureError;
use super::model::Figure;
use super::scene::Scene;
use super::{lay_out, raster, svg};
use crate::theme::Theme;

/// A picture and the words around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Colours.
    pub theme: Theme,
    /// One line for screen readers and file managers; not drawn.
    pub title: String,
    /// Every value in words, for people who hear the picture.
    pub description: String,
    /// Text that makes the data again, one per report; stored inside the files, not drawn.
    pub recipes: Vec<String>,
    /// What is drawn.
    pub scene: Scene,
}

impl Sheet {
    /// A complete SVG document: sized in millimetres, `<title>` and `<desc>` for screen readers, the recipes in `<metadata>`,
    /// text as `<text>` in an embedded font.
    #[must_use]
    pub fn to_svg(&self) -> String {
        svg::write(self)
    }

    /// An RGB PNG with the recipes in `iTXt` chunks named `recipe`.
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

impl Figure {
    /// The figure laid out for paper.
    #[must_use]
    pub fn sheet(&self) -> Sheet {
        Sheet {
            theme: self.theme,
            title: self.title.clone(),
            description: describe(self),
            recipes: self.recipes.clone(),
            scene: lay_out(self),
        }
    }

    /// See [`Sheet::to_svg`].
    #[must_use]
    pub fn to_svg(&self) -> String {
        self.sheet().to_svg()
    }

    /// See [`Sheet::to_png`].
    ///
    /// # Errors
    /// As [`Sheet::to_png`].
    pub fn to_png(&self, scale: f32) -> Result<Vec<u8>, FigureError> {
        self.sheet().to_png(scale)
    }
}
