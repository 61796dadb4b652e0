//! Why a figure could not be made, and what to do about it.

/// Each message says what happened, why, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// Nothing to draw at all.
    #[error("no report was given, so there is nothing to draw: pass at least one report")]
    NoReports,
    /// A study without a single finished cell.
    #[error(
        "report {number} ({pair}) has no cells, so there is nothing to draw: let the study finish at least one cell"
    )]
    NoCells {
        /// Place among the given reports, from 1.
        number: usize,
        /// `front → end`, as far as known.
        pair: String,
    },
    /// A width no page has.
    #[error(
        "a figure width of {width_mm} mm is outside 40 to 2000 mm: papers take 85 (one column) or 180 (two columns)"
    )]
    Width {
        /// What was asked for.
        width_mm: f64,
    },
    /// A PNG that would be empty or enormous.
    #[error(
        "scale {scale} makes a picture of {width} x {height} pixels, outside 1 to {limit} a side: choose another scale"
    )]
    Scale {
        /// What was asked for.
        scale: f32,
        /// Resulting width in pixels.
        width: f32,
        /// Resulting height in pixels.
        height: f32,
        /// Largest side we make.
        limit: u32,
    },
    /// The PDF writer refused.
    #[error("the talk could not be written as PDF: {reason}; export it as HTML and print that, and report this")]
    Pdf {
        /// The library's words.
        reason: String,
    },
    /// The renderer or the PNG encoder refused.
    #[error("the figure could not be turned into pixels: {reason}; save it as SVG instead and report this")]
    Raster {
        /// The library's words.
        reason: String,
    },
}
